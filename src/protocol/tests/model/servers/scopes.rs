//! The scopes in which two servers are checked.

use super::super::super::{Memory, Vary, birth};
use super::super::kept::{Sent, Stored};
use super::super::promises::Promise;
use super::super::seeded::Mistake;
use super::super::{holds, violates};
use super::state::Faults;
use super::{Servers, Sight};
use crate::proto::v1 as pb;

/// Births sent in this order of preference, if any: the request id, the registration, and the child it is of. A request
/// named twice is sent twice, each time under another seal.
fn births(sent: &[(u128, pb::BirthRegistration, u8)]) -> (Stored, Vec<Sent>) {
    let mut memory = Memory::new();
    let make = |(id, birth, person): &(u128, pb::BirthRegistration, u8)| Sent {
        command: memory.issue(*id, birth),
        person: *person,
    };
    let sendings = sent.iter().map(make).collect();
    (Stored::new(memory), sendings)
}

/// One request sent three times.
fn resends() -> Servers {
    let (start, sendings) = births(&[(1, birth(), 1), (1, birth(), 1), (1, birth(), 1)]);
    let faults = Faults {
        crashes: 1,
        lapses: 1,
        saves: 1,
        rollbacks: 1,
        ..Faults::default()
    };
    Servers::new(start, sendings, faults)
}

#[test]
fn a_request_sent_to_both_servers_is_decided_once() {
    holds(resends().seeing(&[
        Sight::AnsweredByTheOther,
        Sight::LapsedInATurn,
        Sight::InBothServers,
        Sight::LookedUp,
        Sight::RolledBack,
    ]));
}
