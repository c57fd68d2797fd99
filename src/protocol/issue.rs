//! Deciding on a registered birth.
//!
//! The order of the checks is that of the contract: known request id, known registration, eligibility, child. (Identity,
//! role and fields were checked before the turn.)

use super::{CaseCause, CaseState, Decided, Issue, Rules, Standing, World};
use crate::ledger::{Moment, Position};
use crate::number::{NotIssuing, Prefix};
use crate::refusal::Refusal;
use crate::registration::{Kind, Registration};

/// What is decided on one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The request was decided before: nothing is written.
    Known(Position),
    /// The registration was decided before, under another request id, which is now bound to it.
    Bind(Position),
    /// The child gets the next number of a prefix.
    Issue {
        /// The prefix.
        prefix: Prefix,
        /// The picker's counter.
        counter: u32,
    },
    /// A case is opened.
    Review {
        /// Why.
        cause: CaseCause,
        /// The decisions it may collide with.
        matches: Vec<Position>,
    },
    /// The child gets no number: kept as a decision.
    NotEligible,
    /// Nothing is decided and nothing written.
    Refuse(Refusal),
}

/// Decides on a birth.
pub fn decide(world: &World<'_>, command: &Issue) -> Verdict {
    if let Some(known) = world.by_request(&command.draft.request) {
        return if same_request(known, command) {
            Verdict::Known(known.known.entry.position)
        } else {
            Verdict::Refuse(Refusal::RequestIdReused(differing(known, command)))
        };
    }
    if let Some(known) = world.by_strict_key(command.keys.reference)
        && let Some(verdict) = decide_known(world, known, command)
    {
        return verdict;
    }
    let (rules, moment) = (world.setting.rules, world.setting.moment);
    if let Err(refusal) = eligible(&command.facts, rules, moment) {
        return if refusal == Refusal::NotEligible {
            Verdict::NotEligible
        } else {
            Verdict::Refuse(refusal)
        };
    }
    decide_child(world, command)
}

/// Decides by what became of the registration before; `None` if it is to be decided afresh: its number was revoked without
/// another in its place, its case was taken back, or it got nothing and is entered again with other facts.
fn decide_known(world: &World<'_>, known: &Decided, command: &Issue) -> Option<Verdict> {
    let claims = world.claims_child(known);
    if same_registration(known, command) && (claims || stays_refused(world, known)) {
        return Some(Verdict::Bind(known.known.entry.position));
    }
    let differing = || known.content().map(|content| content.differing(&command.content));
    claims.then(|| Verdict::Refuse(Refusal::RegistrationExists(differing().unwrap_or_default())))
}

/// Whether a registration without a claim was refused for good, so that the same facts are refused again.
fn stays_refused(world: &World<'_>, known: &Decided) -> bool {
    matches!(
        world.standing(known),
        Some(Standing::NotEligible | Standing::CaseClosed(CaseState::Rejected))
    )
}

/// Whether a registration can be given a number at all: nationality, and the place's dates.
///
/// # Errors
/// [`Refusal::NotEligible`], [`Refusal::PrefixClosed`].
pub fn eligible(facts: &Registration, rules: &Rules, moment: Moment) -> Result<(), Refusal> {
    if !facts.eligible() {
        return Err(Refusal::NotEligible);
    }
    let place = facts.place;
    match rules.codes.issuing(place, moment.day) {
        Ok(()) => Ok(()),
        Err(NotIssuing::Closed { successor }) => Err(Refusal::PrefixClosed {
            place,
            successor: Some(successor),
        }),
        Err(NotIssuing::Unknown | NotIssuing::NotYetOpen { .. }) => {
            Err(Refusal::PrefixClosed { place, successor: None })
        }
    }
}

fn decide_child(world: &World<'_>, command: &Issue) -> Verdict {
    let matches = lookalikes(world, command);
    if let Some(cause) = needs_other_side(&command.facts, world.setting.rules, world.setting.moment) {
        return Verdict::Review { cause, matches };
    }
    if !matches.is_empty() {
        return Verdict::Review {
            cause: CaseCause::SameChild,
            matches,
        };
    }
    let Ok(prefix) = command.facts.prefix() else {
        // Checked facts have a birth year that a prefix can hold.
        return Verdict::Refuse(Refusal::Bug);
    };
    match world.next_counter(prefix) {
        Some(counter) => Verdict::Issue { prefix, counter },
        None => Verdict::Refuse(Refusal::PrefixExhausted),
    }
}

/// So many registrations sharing one blocking key are a crowd: they are not all looked at. No honest mother or name has
/// so many births within half a year; a further one is reviewed.
pub const CROWD: usize = 64;

/// Registrations that are, or may be, of the same child, in the order of the ledger.
fn lookalikes(world: &World<'_>, command: &Issue) -> Vec<Position> {
    let of_subject = command.keys.subject.and_then(|key| world.by_strict_key(key));
    let crowded = command.keys.probes.iter().filter_map(|key| world.crowd(*key));
    let of_blocking = world
        .by_blocking_keys(&command.keys.probes)
        .filter(|known| world.may_be_of(&command.facts, known));
    let mut matches: Vec<Position> = of_blocking
        .chain(of_subject)
        .filter(|known| world.claims_child(known))
        .map(|known| world.registration_of(known))
        .chain(crowded)
        .collect();
    matches.sort_unstable();
    matches.dedup();
    matches
}

/// Why the service may not decide on this registration by its own knowledge, if so.
fn needs_other_side(facts: &Registration, rules: &Rules, moment: Moment) -> Option<CaseCause> {
    if facts.kind == Kind::ReRegistration {
        return Some(CaseCause::ReRegistration);
    }
    if facts.kind == Kind::Late && facts.grown_on(moment.day, rules.grown_years) {
        return Some(CaseCause::Grown);
    }
    if facts.child.holds_number {
        return Some(CaseCause::HoldsNumber);
    }
    if facts.child.born.full().is_none() {
        return Some(CaseCause::UncertainDate);
    }
    None
}

/// Whether what is known of a registration is what the command says: by its own entry, or by the corrected one that holds
/// its reference since a reissue.
fn same_registration(known: &Decided, command: &Issue) -> bool {
    let corrected = known.content().filter(|_| !known.known.entry.kind.is_of_a_birth());
    same_content(known, command) || corrected.is_some_and(|content| content.differing(&command.content).is_empty())
}

fn same_content(known: &Decided, command: &Issue) -> bool {
    known.known.entry.digest == command.draft.digest
}

/// Whether an id was bound to what is known, rather than being that of its own request.
fn bound(known: &Decided, command: &Issue) -> bool {
    known.known.entry.request != command.draft.request
}

/// Whether a command says what its id was used for: the request itself, or the registration that it was bound to.
fn same_request(known: &Decided, command: &Issue) -> bool {
    if bound(known, command) {
        same_registration(known, command)
    } else {
        same_content(known, command)
    }
}

/// The paths in which a command differs from what its id was used for.
fn differing(known: &Decided, command: &Issue) -> Vec<String> {
    match known.content() {
        Some(content) if bound(known, command) => content.differing(&command.content),
        _ => known.differing(&command.content),
    }
}
