//! What is done with a command before its turn: sealing, keys.

use std::sync::Arc;

use super::Sender;
use crate::ledger::{Draft, IndexKey, KeyRing, RequestKey, SealError};
use crate::places::Gazetteer;
use crate::protocol::{Import, Issue, Registered, Rules, import_digest};
use crate::registration::{Brought, Content, Handed, Registration, keys, keys_brought, warnings};
use crate::shell::random;

/// Makes the command of a checked registration, whose digest was made with this index key.
pub(super) fn issue(
    (ring, index): (&KeyRing, &IndexKey),
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
    Ok(Issue {
        index: index.id(),
        keys: keys(&facts, index, rules.codes),
        draft,
        content,
        facts,
        handed,
        told: None,
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
    let index = ring.index.current();
    let digest = import_digest(&index, &content);
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
        index: index.id(),
        keys: keys_brought(&content, &facts, &index, known.codes),
        warnings: warnings(&content, &facts, &brought, known),
        registered: Registered { content, facts },
        brought,
        case_id: random::uuid_v4(),
    })
}
