//! Recording changes of civil status: facts get another version, and whatever follows from that.

use std::sync::Arc;
use std::time::Duration;

use super::effects::Effects;
use super::{
    Act, CaseCause, CaseKind, CaseRow, CaseState, Change, Decided, Deed, LifeStatus, NumberRow, NumberState,
    Registered, World,
};
use crate::refusal::Refusal;
use crate::registration::{
    Compared, Content, Keys, Problem, Registration, Violation, check_as_held, compare, identifies, with_facts,
};

/// When a change that met another of the same person in its turn is to be sent again.
const AGAIN: Duration = Duration::from_millis(100);

/// What a change makes of the facts.
pub(super) struct Changed {
    /// The facts after it.
    pub registered: Registered,
    /// Their keys.
    pub keys: Keys,
    /// The keys before it.
    former: Keys,
}

impl Changed {
    /// Blocking keys that the facts did not have before.
    pub fn new_probes(&self) -> impl Iterator<Item = crate::registration::Key> + '_ {
        let known = |key: &crate::registration::Key| self.former.probes.contains(key);
        self.keys.probes.iter().filter(move |key| !known(key)).copied()
    }

    /// The child's strict key, if it is another than before.
    pub fn new_subject(&self) -> Option<crate::registration::Key> {
        self.keys.subject.filter(|key| self.former.subject != Some(*key))
    }
}

impl World<'_> {
    pub(super) fn change(&self, act: &Act, change: &Change) -> Result<Effects, Refusal> {
        // Any office may record a change of a person whom it knows: who does not is told of no number.
        let row = self.of_digits(change.number).ok_or(Refusal::NoSuchNumber)?;
        let held = self.decided.get(&row.facts).and_then(Decided::content);
        let held = held.filter(|held| matches(change, held)).ok_or(Refusal::NoSuchNumber)?;
        if !row.stands() && row.state != NumberState::Disputed {
            return Err(Refusal::WrongState("number"));
        }
        // What two changes in a row come to was not looked up for this turn: the second must be sent again.
        if self.decided_now(row.facts) {
            return Err(Refusal::InProgress { retry_after: AGAIN });
        }
        let life = life_after(row.life, change.life)?;
        let changed = self.changed(change, held)?;
        let mut row = NumberRow {
            life,
            facts: self.next_position(),
            ..row.clone()
        };
        let others = self.met_by(&row, &changed);
        let mut effects = match others {
            None => Effects::about(&row),
            Some(_) if row.case_id.is_some() => return Err(Refusal::CaseOpen),
            Some(other) => {
                let mut effects = self.open_about(act, row.clone(), CaseKind::TwoNumbers, CaseCause::ChangedFacts);
                if let Some(case) = &mut effects.opened {
                    case.other = Some(other.number);
                    // What the service finds is decided by the population side, whoever told of it.
                    case.proposed_side = super::Side::Registration;
                }
                row.case_id = effects.case_id;
                effects
            }
        };
        if effects.opened.is_none()
            && let Some(key) = changed.new_subject()
        {
            effects.strict.push((key, self.next_position()));
        }
        effects.changed = vec![row.clone()];
        effects.blocking = Some((changed.keys.blocking.clone(), self.next_position()));
        effects.registered = Some(changed.registered);
        Ok(effects)
    }

    /// The facts after a change.
    pub(super) fn changed(&self, change: &Change, held: &Content) -> Result<Changed, Refusal> {
        let content = with_facts(held, &change.facts, &change.mask);
        let facts = check_as_held(&content, held, self.setting.rules.codes, change.today)
            .map_err(|violations| Refusal::InvalidField(violations.into_iter().map(Violation::of_facts).collect()))?;
        let before = Registration::from_content(held).map_err(|_| Refusal::Bug)?;
        if facts.child.sex != before.child.sex || facts.child.born.year() != before.child.born.year() {
            return Err(Refusal::NeedsReissue);
        }
        if change.effective_on < facts.child.born.earliest() {
            return Err(Refusal::invalid("effective_on", Problem::BeforeBirth));
        }
        Ok(Changed {
            keys: self.setting.keys(&facts),
            former: self.setting.keys(&before),
            registered: Registered {
                content: Arc::new(content),
                facts: Arc::new(facts),
            },
        })
    }

    /// Another number whose holder the person may be, by keys that the facts did not have before.
    fn met_by(&self, row: &NumberRow, changed: &Changed) -> Option<&NumberRow> {
        let facts = &changed.registered.facts;
        let met = changed
            .new_probes()
            .flat_map(|key| self.by_blocking_key(key))
            .filter(|known| self.may_be_of(facts, known));
        let of_subject = changed.new_subject().and_then(|key| self.by_strict_key(key));
        let others = met
            .chain(of_subject)
            .filter(|known| self.claims_child(known))
            .filter_map(|known| self.number_of(known))
            .map(|other| self.last_of(other));
        others
            .filter(|other| other.slot != row.slot && Some(other.number) != row.replaces)
            .min_by_key(|other| other.slot)
    }

    /// The cases that waited only because of what was so before this command, each closed by an entry of the service itself:
    /// when facts change, registrations that get their numbers, and mismatches that are none any more; when a number is
    /// confirmed, that it was missing there.
    pub(super) fn cases_settled_by(&self, act: &Act, row: &NumberRow) -> Vec<CaseRow> {
        let settled = |case: &CaseRow| match (&act.deed, case.cause) {
            (Deed::Confirm(_), CaseCause::MissingThere) => case.slot == Some(row.slot),
            (Deed::Change(_), CaseCause::SameChild) => {
                let waiting = self.decided.get(&case.decision);
                waiting.is_some_and(|waiting| !self.still_meets(waiting, case))
            }
            (Deed::Change(_), CaseCause::Differs) => self.agrees_now(case, row),
            _ => false,
        };
        self.cases_against(row).into_iter().filter(settled).collect()
    }

    /// The open cases raised against a registration of a number, in the order in which they were opened.
    pub(super) fn cases_against(&self, row: &NumberRow) -> Vec<CaseRow> {
        let registrations = self.registrations_of(row).into_iter();
        let ids = registrations
            .filter_map(|position| self.against.get(&position))
            .flatten();
        let cases = ids.filter_map(|id| self.cases.get(id)?.clone());
        let mut cases: Vec<CaseRow> = cases.filter(|case| case.state == CaseState::Open).collect();
        cases.sort_unstable_by_key(|case| case.decision);
        cases.dedup_by_key(|case| case.decision);
        cases
    }

    /// Whether a waiting registration may still be of a child that its case was raised against: by the facts that were
    /// registered, by those of now, or by any between.
    fn still_meets(&self, waiting: &Decided, case: &CaseRow) -> bool {
        let Some(facts) = waiting.facts() else { return true };
        let meets = |met: &Decided| self.claims_child(met) && self.may_be_of(facts, met);
        let registered = case.matches.iter().any(|position| match self.decided.get(position) {
            Some(met) if met.facts().is_some() => meets(met),
            // What cannot be looked at cannot be ruled out.
            _ => true,
        });
        let probes = self.setting.keys(facts).probes;
        let mut versions = self.by_blocking_keys(&probes);
        registered || versions.any(|met| case.matches.contains(&self.registration_of(met)) && meets(met))
    }
}

/// Whether what an office knows of a person is so: the name, the date of birth, and whatever else it tells.
fn matches(change: &Change, held: &Content) -> bool {
    let compared = compare(&change.matching, held);
    identifies(&compared) && compared.iter().all(|(_, compared)| *compared == Compared::Match)
}

fn life_after(before: LifeStatus, told: Option<LifeStatus>) -> Result<LifeStatus, Refusal> {
    match (before, told) {
        (_, None) => Ok(before),
        (LifeStatus::Alive, Some(LifeStatus::Deceased | LifeStatus::Missing))
        | (LifeStatus::Missing, Some(LifeStatus::Deceased | LifeStatus::Alive))
        | (LifeStatus::Deceased, Some(LifeStatus::Alive)) => Ok(told.unwrap_or(before)),
        _ => Err(Refusal::WrongState("kind")),
    }
}

impl Violation {
    /// The same, of a field of new facts rather than of a registration.
    fn of_facts(self) -> Self {
        let field = self.field.strip_prefix("registration.");
        let field = field.map(|field| field.strip_prefix("child.").unwrap_or(field).to_owned());
        Self {
            field: format!("facts.{}", field.unwrap_or(self.field)),
            ..self
        }
    }
}
