//! What is done with a command before its turn: sealing, keys.

use std::sync::Arc;

use super::Sender;
use crate::ledger::{Draft, KeyRing, RequestKey, SealError};
use crate::places::Gazetteer;
use crate::protocol::{Import, Issue, Registered, Rules, import_digest};
use crate::registration::{Brought, Content, Handed, Registration, keys, keys_brought, warnings};
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
        told: None,
        keys,
        as_sent,
        case_id: random::uuid_v4(),
    })
}

/// Makes the command of a checked item of an import.
pub(super) fn import(
    ring: &KeyRing,
    known: &Gazetteer<'_>,
    sender: &Sender,
    request: RequestKey,
    content: Arc<Content>,
    (facts, brought): (Arc<Registration>, Brought),
) -> Result<Import, SealError> {
    let randomness = (random::bytes(), random::bytes());
    let digest = import_digest(&ring.index, &content);
    let draft = Draft::seal(
        ring,
        request,
        sender.context.clone(),
        digest,
        &content.encode(),
        randomness,
    )?;
    Ok(Import {
        draft,
        keys: keys_brought(&content, &facts, &ring.index, known.codes),
        warnings: warnings(&content, &facts, &brought, known),
        registered: Registered { content, facts },
        brought,
        case_id: random::uuid_v4(),
    })
}
