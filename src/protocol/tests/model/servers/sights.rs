//! What must be seen to happen, so that a scope is known to reach what it is for.

use stateright::Property;

use super::super::answer::What;
use super::Servers;
use super::state::{Progress, Said, Server, State};
use crate::ledger::EntryKind;
use crate::protocol::{CaseState, Command};

/// Something that happens in some state.
#[derive(Debug, Clone, Copy)]
pub enum Sight {
    /// The other server answers a request sent again, from what the first committed before it crashed.
    AnsweredByTheOther,
    /// What is in a turn is in hand no longer, by the lease.
    LapsedInATurn,
    /// One request waits for a turn, or is in one, on both servers at once.
    InBothServers,
    /// A resent request is answered from where the lease says, without a turn.
    LookedUp,
    /// Redis, having lost its memory, says that an answered request is still in hand.
    RolledBack,
    /// Something committed was lost before it was durable, and all is answered in the end.
    AnsweredAfterFailover,
    /// A turn that was cut off had been committed.
    CutOffAfterCommit,
    /// A registration of the same child waits for a case.
    UnderReview,
    /// What was under review is answered with the number that its case gave.
    ReviewDecided,
    /// A sending is refused, and another answered.
    OneRefused,
    /// A case is decided, and a resent decision answered as the first.
    DecidedAndResent,
}

impl Sight {
    pub fn property(self) -> Property<Servers> {
        match self {
            Self::AnsweredByTheOther => {
                Property::sometimes("the other server answers after a crash", answered_by_the_other)
            }
            Self::LapsedInATurn => Property::sometimes("a lease lapses while in a turn", lapsed_in_a_turn),
            Self::InBothServers => Property::sometimes("a request is in hand on both servers", in_both_servers),
            Self::LookedUp => Property::sometimes("an answer is looked up where the lease says", |_, state: &State| {
                state
                    .sendings
                    .iter()
                    .any(|progress| matches!(progress, Progress::LookedUp(_)))
            }),
            Self::RolledBack => Property::sometimes(
                "a rolled-back lease says that what was answered is in hand",
                rolled_back,
            ),
            Self::AnsweredAfterFailover => {
                Property::sometimes("all is answered after a failover", |model: &Servers, state: &State| {
                    state.left.failovers < model.faults.failovers && all_answered(state)
                })
            }
            Self::CutOffAfterCommit => Property::sometimes(
                "a turn is cut off after its commit",
                |model: &Servers, state: &State| {
                    let queued = state.servers.iter().flat_map(|running| &running.queue);
                    let mut queued = queued.map(|queued| model.sendings[queued.sending].request());
                    state.left.cuts < model.faults.cuts
                        && queued.any(|request| state.committed.memory.requests.contains_key(request))
                },
            ),
            Self::UnderReview => Property::sometimes("a registration waits for a case", |_, state: &State| {
                state
                    .told
                    .iter()
                    .flatten()
                    .any(|told| matches!(told.what, What::Review(_)))
            }),
            Self::ReviewDecided => {
                Property::sometimes("a number is told where there was a review", |_, state: &State| {
                    let kind = |position: i64| state.durable.memory.entries[position as usize - 1].kind;
                    state.told.iter().flatten().any(|told| {
                        matches!(told.what, What::Number(_)) && kind(told.position) == EntryKind::UnderReview
                    })
                })
            }
            Self::OneRefused => Property::sometimes("one is refused and another answered", |_, state: &State| {
                state.sendings.contains(&Progress::Refused)
                    && state
                        .sendings
                        .iter()
                        .any(|progress| matches!(progress, Progress::Answered(_)))
            }),
            Self::DecidedAndResent => {
                Property::sometimes("a case is decided, and the decision sent again", |_, state: &State| {
                    let mut cases = state.durable.memory.cases.values();
                    cases.any(|case| case.state == CaseState::Approved) && all_answered_or_refused(state)
                })
            }
        }
    }
}

fn all_answered(state: &State) -> bool {
    let mut all = state.sendings.iter();
    all.all(|progress| matches!(progress, Progress::Answered(_) | Progress::LookedUp(_)))
}

fn all_answered_or_refused(state: &State) -> bool {
    let mut all = state.sendings.iter();
    all.all(|progress| matches!(progress, Progress::Answered(_) | Progress::Refused))
}

/// The sending by which an entry was made, told by its seal.
fn wrote(model: &Servers, state: &State, sending: usize) -> bool {
    let Command::Issue(issue) = &model.sendings[sending].command else {
        return false;
    };
    let mut entries = state.durable.memory.entries.iter();
    entries.any(|entry| entry.sealed == issue.draft.sealed)
}

fn answered_by_the_other(model: &Servers, state: &State) -> bool {
    let pairs = state
        .sendings
        .iter()
        .enumerate()
        .filter_map(|(sending, progress)| match progress {
            Progress::Lost(server) => Some((sending, *server)),
            _ => None,
        });
    pairs.into_iter().any(|(lost, crashed)| {
        let by_other = |(again, progress): (usize, &Progress)| {
            let other: Server = 1 - crashed;
            model.request(again) == model.request(lost) && *progress == Progress::Answered(other)
        };
        wrote(model, state, lost) && state.sendings.iter().enumerate().any(by_other)
    })
}

fn lapsed_in_a_turn(model: &Servers, state: &State) -> bool {
    let untouched = state.left.rollbacks == model.faults.rollbacks && state.left.crashes == model.faults.crashes;
    untouched
        && [0, 1].into_iter().any(|server| {
            let batch = state.servers[server].turn.iter().flat_map(|turn| &turn.batch);
            let mut claimed = batch.filter(|queued| queued.claimed);
            claimed.any(|queued| {
                let keys = model.lease_keys(queued.sending);
                keys.is_some_and(|(request, _)| !state.in_hand(request, server))
            })
        })
}

fn in_both_servers(model: &Servers, state: &State) -> bool {
    let at_work = |server: Server| {
        let running = &state.servers[server];
        let in_turn = running.turn.iter().flat_map(|turn| &turn.batch);
        running
            .queue
            .iter()
            .chain(in_turn)
            .map(|queued| model.request(queued.sending))
            .collect::<Vec<_>>()
    };
    let other = at_work(1);
    at_work(0).iter().any(|request| other.contains(request))
}

fn rolled_back(model: &Servers, state: &State) -> bool {
    let in_hand = |request: usize| matches!(state.lease[request], Some(Said::InHand { .. }));
    let ended = state.servers.iter().all(|running| running.ending.is_empty());
    let answered = |request: usize| state.told[request].is_some();
    state.left.rollbacks < model.faults.rollbacks
        && ended
        && (0..model.requests.len()).any(|request| in_hand(request) && answered(request))
}
