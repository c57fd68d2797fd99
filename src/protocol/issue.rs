//! Deciding on a registered birth.
//!
//! The order of the checks is that of the contract: known request id, known registration, eligibility, child. (Identity,
//! role and fields were checked before the turn.)

use super::handed::InHand;
use super::{CaseCause, CaseState, Decided, Issue, Rules, Standing, World};
use crate::ledger::{Moment, Position};
use crate::number::{NotIssuing, Number, PlaceCode, Prefix, Slot};
use crate::refusal::Refusal;
use crate::registration::{Content, Kind, Registration};

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
    /// The child keeps the number that a mission handed out to it.
    Settle,
    /// The registration was decided before, and the child does not get the number that was handed out to it.
    Spend {
        /// The decision.
        decision: Position,
        /// The number that the child has.
        instead: Option<Number>,
    },
    /// The child has the number again that it was answered with before the store lost that.
    Reenter(Slot),
    /// The child gets no number: kept as a decision.
    NotEligible,
    /// Nothing is decided and nothing written.
    Refuse(Refusal),
}

/// Decides on a birth.
pub fn decide(world: &World<'_>, command: &Issue) -> Verdict {
    if let Some(known) = world.by_request(&command.draft.request) {
        return if same_request(world, known, command) {
            Verdict::Known(known.known.entry.position)
        } else {
            Verdict::Refuse(Refusal::RequestIdReused(differing(world, known, command)))
        };
    }
    let decided = match command.told {
        None => decide_new(world, command),
        Some(number) => decide_told(world, command, number),
    };
    decided.unwrap_or_else(Verdict::Refuse)
}

/// Decides on a birth that was answered with this number before the store lost that. It has the number again if nothing speaks
/// against it: a recovery passed it over and nobody has it, the registration is not known, and neither is the child. What
/// speaks against it is for somebody to look at, and no case is opened: an import opens one.
fn decide_told(world: &World<'_>, command: &Issue, number: Number) -> Result<Verdict, Refusal> {
    if let Some(known) = world.by_strict_key(command.keys.reference) {
        // It was sent under two ids, and told the same number under both.
        let has_it = world.number_of(known).is_some_and(|row| row.number == number);
        if has_it && same_registration(known, command) {
            return Ok(Verdict::Bind(known.known.entry.position));
        }
        let differing = known.content().map(|content| content.differing(&command.content));
        return Err(Refusal::RegistrationExists(of_registration(differing)));
    }
    if !command.facts.eligible() {
        return Err(Refusal::NotEligible);
    }
    let prefix = command.facts.prefix().map_err(|_| Refusal::Bug)?;
    let slot = world.setting.ring.picker.slot(number);
    let next = world.found.prefixes.get(&prefix).map_or(0, |row| row.next);
    if number.prefix() != prefix || slot.counter() >= next || world.of_digits(number).is_some() {
        return Err(Refusal::WrongState("number"));
    }
    let waits = needs_other_side(&command.facts, world.setting.rules, world.setting.moment).is_some();
    if waits || !lookalikes(world, command).is_empty() {
        return Err(Refusal::WrongState("registration.child"));
    }
    Ok(Verdict::Reenter(slot))
}

/// Decides on a request that was not decided before.
fn decide_new(world: &World<'_>, command: &Issue) -> Result<Verdict, Refusal> {
    let in_hand = world.in_hand(command)?;
    if let Some(known) = world.by_strict_key(command.keys.reference)
        && let Some(verdict) = decide_known(world, known, command, in_hand.as_ref())?
    {
        return Ok(verdict);
    }
    if let Some(in_hand) = &in_hand {
        in_hand.unused()?;
    }
    let (rules, moment) = (world.setting.rules, world.setting.moment);
    if !command.facts.eligible() {
        return Ok(Verdict::NotEligible);
    }
    // A number that was handed out is there, whatever became of its place since.
    if in_hand.is_none() {
        eligible(&command.facts, rules, moment)?;
    }
    decide_child(world, command, in_hand.as_ref())
}

/// Decides by what became of the registration before; `None` if it is to be decided afresh: its number was revoked without
/// another in its place, its case was taken back, it got nothing and is entered again with other facts, or an import made
/// it known without a number.
fn decide_known(
    world: &World<'_>,
    known: &Decided,
    command: &Issue,
    in_hand: Option<&InHand>,
) -> Result<Option<Verdict>, Refusal> {
    if world.unnumbered(known) {
        return Ok(None);
    }
    let claims = world.claims_child(known);
    let decision = known.known.entry.position;
    if same_registration(known, command) && (claims || stays_refused(world, known)) {
        let double = in_hand.map(|in_hand| world.double_of(known, in_hand)).transpose()?;
        return Ok(Some(match double.flatten() {
            Some(instead) => Verdict::Spend { decision, instead },
            None => Verdict::Bind(decision),
        }));
    }
    if !claims {
        return Ok(None);
    }
    let differing = known.content().map(|content| content.differing(&command.content));
    Err(Refusal::RegistrationExists(of_registration(differing)))
}

/// The paths among these that are of a registration: a number in hand is nothing that it says.
fn of_registration(paths: Option<Vec<String>>) -> Vec<String> {
    let mut paths = paths.unwrap_or_default();
    paths.retain(|path| path.starts_with("registration"));
    paths
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
    place_is_open(facts.place, rules, moment)
}

/// Whether new numbers are given for a place.
///
/// # Errors
/// [`Refusal::PrefixClosed`].
pub(super) fn place_is_open(place: PlaceCode, rules: &Rules, moment: Moment) -> Result<(), Refusal> {
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

fn decide_child(world: &World<'_>, command: &Issue, in_hand: Option<&InHand>) -> Result<Verdict, Refusal> {
    let matches = lookalikes(world, command);
    if let Some(cause) = needs_other_side(&command.facts, world.setting.rules, world.setting.moment) {
        return Ok(Verdict::Review { cause, matches });
    }
    if !matches.is_empty() {
        let cause = CaseCause::SameChild;
        return Ok(Verdict::Review { cause, matches });
    }
    if let Some(in_hand) = in_hand {
        let cause = CaseCause::Late;
        return Ok(match in_hand.late(world.setting.moment.at) {
            true => Verdict::Review { cause, matches },
            false => Verdict::Settle,
        });
    }
    // Checked facts have a birth year that a prefix can hold.
    let prefix = command.facts.prefix().map_err(|_| Refusal::Bug)?;
    let counter = world.next_counter(prefix).ok_or(Refusal::PrefixExhausted)?;
    Ok(Verdict::Issue { prefix, counter })
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
    // Whether the child of an old entry has a number elsewhere is not known here.
    let same_entry = world.by_strict_key(command.keys.reference);
    let same_entry = same_entry.filter(|known| world.unnumbered(known));
    let mut matches: Vec<Position> = of_blocking
        .chain(of_subject)
        .chain(same_entry)
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
/// its reference since a reissue. A number that was handed out is not part of it.
fn same_registration(known: &Decided, command: &Issue) -> bool {
    let same = |content: &Content| content.registers_the_same_as(&command.content);
    same_content(known, command) || known.content().is_some_and(|content| same(content))
}

fn same_content(known: &Decided, command: &Issue) -> bool {
    known.says_the_same(false, &command.draft.digest, &command.content)
}

/// Whether an id was bound to what is known, rather than being that of its own request.
fn bound(known: &Decided, command: &Issue) -> bool {
    known.known.entry.request != command.draft.request
}

/// Whether a command says what its id was used for: the request itself, or the registration that it was bound to.
fn same_request(world: &World<'_>, known: &Decided, command: &Issue) -> bool {
    if bound(known, command) {
        same_registration(known, command) && !of_another(world, known, command)
    } else {
        same_content(known, command)
    }
}

/// Whether a number was handed out that has nothing to do with what is known of a registration. The one that it said itself
/// has, even once that was taken back and the number is in its block again.
fn of_another(world: &World<'_>, known: &Decided, command: &Issue) -> bool {
    let said = known.handed().map(|handed| handed.number);
    let other = command.handed.filter(|handed| said != Some(handed.number));
    let row = other.map(|handed| world.of_digits(handed.number));
    row.is_some_and(|row| row.is_none_or(|row| row.registration != known.known.entry.position))
}

/// The paths in which a command differs from what its id was used for.
fn differing(world: &World<'_>, known: &Decided, command: &Issue) -> Vec<String> {
    let Some(content) = known.content().filter(|_| bound(known, command)) else {
        return known.differing(&command.content);
    };
    let mut paths = of_registration(Some(content.differing(&command.content)));
    paths.extend(of_another(world, known, command).then(|| "number".to_owned()));
    paths
}
