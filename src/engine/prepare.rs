//! What is done with a command before its turn: sealing, keys.

use std::sync::Arc;

use super::Sender;
use crate::ledger::{Draft, KeyRing, RequestKey, SealError};
use crate::protocol::{Issue, Rules};
use crate::registration::{Content, Handed, Registration, keys};
use crate::shell::random;

/// Makes the command of a checked registration.
pub(super) fn issue(
    ring: &KeyRing,
    rules: &Rules,
    sender: &Sender,
    request: RequestKey,
    content: Arc<Content>,
    (facts, handed): (Arc<Registration>, Option<Handed>),
    (digest, as_sent): ([u8; 16], [u8; 16]),
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
        content,
        facts,
        handed,
        keys,
        as_sent,
        case_id: random::uuid_v4(),
    })
}
