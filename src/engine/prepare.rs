//! Everything about a command that can be done before its turn: digesting, sealing, keys.

use std::sync::Arc;

use super::Sender;
use crate::ledger::{Draft, KeyRing, RequestKey, SealError, content_digest};
use crate::protocol::{Issue, Rules};
use crate::registration::{Content, Registration, keys};
use crate::shell::random;

/// The kind of command, in the digest of its content: an id used for one kind is not that of another.
const ISSUE: &str = "issue";

/// The keyed digest of a registration's canonical content.
pub(super) fn digest(ring: &KeyRing, content: &Content) -> [u8; 16] {
    content_digest(&ring.index, ISSUE, &content.canonical())
}

/// Makes the command of a checked registration.
pub(super) fn issue(
    ring: &KeyRing,
    rules: &Rules,
    sender: &Sender,
    request: RequestKey,
    content: Content,
    facts: Registration,
    digest: [u8; 16],
) -> Result<Issue, SealError> {
    let randomness = (random::bytes(), random::bytes());
    let draft = Draft::seal(
        ring,
        request,
        sender.context.clone(),
        digest,
        &content.encode(),
        randomness,
    )?;
    let keys = keys(&facts, &ring.index, rules.codes);
    Ok(Issue {
        draft,
        content: Arc::new(content),
        facts: Arc::new(facts),
        keys,
        case_id: random::uuid_v4(),
    })
}
