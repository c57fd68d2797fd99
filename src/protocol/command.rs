//! What a turn is asked to do.

use std::borrow::Cow;
use std::sync::Arc;

use prost::Message;
use uuid::Uuid;

use super::{Act, Import, Registered};
use crate::ledger::{Draft, IndexKey, KeyId, RequestKey, content_digest};
use crate::number::{Codes, Number};
use crate::proto::v1::BirthRegistration;
use crate::registration::{Content, Handed, HandedText, Keys, Ref, Registration, keys, keys_brought};

/// The rules in force that are configuration, not code.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// The place codes with their dates.
    pub codes: &'static Codes,
    /// From this age, in years, a late registration is never issued on the service's own knowledge.
    pub grown_years: i32,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            codes: Codes::embedded(),
            grown_years: 14,
        }
    }
}

/// One command of a turn.
#[derive(Debug, Clone)]
pub enum Command {
    /// Give a number to a registered birth.
    Issue(Box<Issue>),
    /// Take in a birth that was registered elsewhere.
    Import(Box<Import>),
    /// Do something about a number that was given.
    Act(Box<Act>),
    /// Tell what became of a request or registration: changes nothing, but sees all that went before.
    Find(Find),
}

/// A birth to be given a number: checked, sealed and digested before its turn.
#[derive(Debug, Clone)]
pub struct Issue {
    /// The entry to be, as far as it is known.
    pub draft: Draft,
    /// The registration as it is kept.
    pub content: Arc<Content>,
    /// The same, checked.
    pub facts: Arc<Registration>,
    /// The number that a mission has handed out to the child.
    pub handed: Option<Handed>,
    /// The number that it is known to have been answered with, by an entry that the store lost.
    pub told: Option<Number>,
    /// The index key that its digest and its look-up keys were made with.
    pub index: KeyId,
    /// Its look-up keys.
    pub keys: Keys,
    /// The digest of the registration as it was sent (see [`sent_digest`]).
    pub as_sent: [u8; 16],
    /// A random id, in case a case must be opened.
    pub case_id: Uuid,
}

/// A question that must be answered inside a turn.
#[derive(Debug, Clone)]
pub enum Find {
    /// By the request's id and office.
    Request(RequestKey),
    /// By a registration's reference.
    Reference(Ref),
}

impl Command {
    /// Whether it was prepared with another index key than this.
    fn is_indexed_otherwise(&self, index: &IndexKey) -> bool {
        match self {
            Self::Issue(issue) => issue.index != index.id(),
            Self::Import(item) => item.index != index.id(),
            Self::Act(_) | Self::Find(_) => false,
        }
    }

    /// Digests it with this index key instead of the one that it was prepared with.
    fn index_with(&mut self, index: &IndexKey, codes: &Codes) {
        match self {
            Self::Issue(issue) => {
                issue.index = index.id();
                issue.draft.digest = issue_digest(index, &issue.content);
                issue.keys = keys(&issue.facts, index, codes);
            }
            Self::Import(item) => {
                let Registered { content, facts } = &item.registered;
                item.index = index.id();
                item.draft.digest = import_digest(index, content);
                item.keys = keys_brought(content, facts, index, codes);
            }
            Self::Act(_) | Self::Find(_) => {}
        }
    }
}

/// The commands, digested anew where they were prepared with an index key that is no longer in use.
pub fn indexed_as_of<'a>(commands: &'a [Command], index: &IndexKey, codes: &Codes) -> Cow<'a, [Command]> {
    let mut commands = Cow::Borrowed(commands);
    if commands.iter().any(|command| command.is_indexed_otherwise(index)) {
        let stale = commands.to_mut().iter_mut();
        stale
            .filter(|command| command.is_indexed_otherwise(index))
            .for_each(|command| command.index_with(index, codes));
    }
    commands
}

/// The digest by which the contents of two requests to give a number are compared. The kind of command is part of it:
/// an id used for one kind is not that of another.
pub fn issue_digest(key: &IndexKey, content: &Content) -> [u8; 16] {
    content_digest(key, "issue", &content.canonical())
}

/// The same of items of an import.
pub fn import_digest(key: &IndexKey, content: &Content) -> [u8; 16] {
    content_digest(key, "import", &content.canonical())
}

/// The digest of a birth's message as it was sent, before anything was made of it. Equal ones say the same; the converse need
/// not hold, so it spares work and decides nothing: it never leaves this process.
pub fn sent_digest(key: &IndexKey, message: &BirthRegistration, handed: Option<&HandedText>) -> [u8; 16] {
    let mut bytes = message.encode_to_vec();
    if let Some(handed) = handed {
        // Led by a field that a registration does not have: no registration is taken for this.
        bytes.push(0);
        bytes.extend(handed.encode_to_vec());
    }
    content_digest(key, "sent", &bytes)
}

/// The digest of a ledger's first entry, which has no content.
pub fn genesis_digest(key: &IndexKey) -> [u8; 16] {
    content_digest(key, "genesis", &[])
}
