//! The stream of items.

use std::collections::VecDeque;

use uuid::Builder;

use super::calendar::{Calendar, Moment};
use super::dice::Dice;
use super::draft::Draft;
use super::later::{Agenda, Later};
use super::maker::{IN_TIME_DAYS, Maker};
use super::names::Names;
use super::numbers::PersonalNumbers;
use super::offices::Offices;
use super::sorts::Sorts;
use super::timeline::Timeline;
use super::variation::decompose;
use super::{Expected, Item, Mix, Plan, PlanError, Sort};
use crate::number::Codes;
use crate::proto::v1::{IssueNumberRequest, Register, RegistrationKind};

/// The births of a plan, one item after another. It remembers what is still to be sent again, over a bounded window,
/// and one counter for each book and each prefix of parents' numbers; never the births.
pub struct Births {
    maker: Maker,
    mix: Mix,
    sorts: Sorts,
    timeline: Timeline,
    /// How many children have been made.
    children: u64,
    /// How many items have been handed out.
    sequence: u64,
    /// Made, and to be handed out next.
    ready: VecDeque<Draft>,
    agenda: Agenda,
}

impl Births {
    /// Sets out to make the births of a plan.
    ///
    /// # Errors
    /// [`PlanError`] says why the plan cannot be followed.
    pub fn new(plan: Plan) -> Result<Births, PlanError> {
        let sorts = Sorts::of(&plan.mix).ok_or(PlanError::Mix)?;
        if plan.today.year() > 2399 {
            return Err(PlanError::Today);
        }
        let offices = Offices::open(Codes::embedded(), plan.today, plan.provinces).ok_or(PlanError::NoProvince)?;
        let calendar = Calendar::until(plan.today);
        let timeline = Timeline::new(&plan, offices.share, &calendar).ok_or(PlanError::TooLong)?;
        Ok(Births {
            maker: Maker {
                dice: Dice::new(plan.seed),
                calendar,
                offices,
                names: Names::new(),
                numbers: PersonalNumbers::new(plan.seed),
            },
            mix: plan.mix,
            sorts,
            timeline,
            children: 0,
            sequence: 0,
            ready: VecDeque::new(),
            agenda: Agenda::default(),
        })
    }

    fn now(&self) -> Moment {
        self.maker.calendar.moment(self.timeline.elapsed_ms(self.children))
    }

    /// Makes the next birth with all its children.
    fn make(&mut self) {
        let at = self.now();
        let room = self.timeline.children - self.children;
        let mut drafts = self.sorts.next(&mut self.maker, at, room);
        for draft in &mut drafts {
            draft.child = self.next_child();
            if let Some(second) = &mut draft.second {
                second.child = self.next_child();
            }
        }
        self.ready.extend(drafts);
    }

    fn next_child(&mut self) -> u64 {
        self.children += 1;
        self.children - 1
    }

    /// Hands out a first registration, and puts down what is to follow it.
    fn first(&mut self, mut draft: Draft) -> Item {
        if self.maker.dice.chance(self.mix.nfd) {
            decompose(&mut draft.registration);
        }
        let of = self.sequence;
        if let Some(second) = draft.second.take() {
            self.put(Later::Entry(*second, Sort::SecondTwin { of }));
        } else if draft.sort == Sort::Ordinary && self.maker.dice.chance(self.mix.doubles) {
            draft.expected = Expected::OneOfTwo;
            let double = self.maker.doubled(&draft);
            self.put(Later::Entry(double, Sort::Double { of }));
        }
        let item = self.item(draft);
        self.follow(&item);
        item
    }

    /// Puts down what uses the request id of this item again.
    fn follow(&mut self, item: &Item) {
        let of = item.sequence;
        if self.maker.dice.chance(self.mix.resent) {
            for _ in 0..self.maker.dice.one_of([1, 1, 1, 1, 2, 3]) {
                self.put(Later::Again(Item {
                    sort: Sort::Resent { of },
                    expected: Expected::SameAnswer,
                    ..item.clone()
                }));
            }
        }
        if self.maker.dice.chance(self.mix.changed) {
            let mut other = Item {
                sort: Sort::Changed { of },
                expected: Expected::IdReused,
                ..item.clone()
            };
            if let Some(registration) = &mut other.request.registration {
                self.maker.change(registration);
            }
            self.put(Later::Again(other));
        }
    }

    fn put(&mut self, later: Later) {
        self.agenda.put(self.children, later, &mut self.maker.dice);
    }

    /// Hands out what refers to an earlier item.
    fn later(&mut self, later: Later) -> Item {
        match later {
            Later::Again(item) => Item {
                sequence: self.next_sequence(),
                ..item
            },
            Later::Entry(draft, sort) => {
                let entered = self.enter(draft);
                self.item(Draft { sort, ..entered })
            }
        }
    }

    fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence - 1
    }

    /// Enters a draft in the book now.
    fn enter(&mut self, mut draft: Draft) -> Draft {
        let (calendar, today) = (&self.maker.calendar, self.now().day);
        let entry = self
            .maker
            .offices
            .next_entry(draft.desk, Register::Birth, calendar.year(today));
        draft.registration.r#ref = Some(entry);
        draft.registration.registered_on = Some(calendar.date(today));
        if today - draft.born > IN_TIME_DAYS {
            draft.registration.set_kind(RegistrationKind::Late);
        }
        draft
    }

    /// Gives a draft its request id.
    fn item(&mut self, draft: Draft) -> Item {
        let sequence = self.next_sequence();
        let id = Builder::from_unix_timestamp_millis(self.now().unix_ms, &self.maker.dice.bytes()).into_uuid();
        let reference = draft.registration.r#ref.as_ref();
        Item {
            sequence,
            office: reference
                .map(|reference| reference.office_code.clone())
                .unwrap_or_default(),
            role: draft.role(),
            child: draft.child,
            sort: draft.sort,
            expected: draft.expected,
            request: IssueNumberRequest {
                request_id: id.to_string(),
                registration: Some(draft.registration),
                validate_only: false,
            },
        }
    }
}

impl Iterator for Births {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        if self.ready.is_empty() {
            if let Some(later) = self.agenda.due(self.children) {
                return Some(self.later(later));
            }
            if self.children < self.timeline.children {
                self.make();
            }
        }
        match self.ready.pop_front() {
            Some(draft) => Some(self.first(draft)),
            None => self.agenda.next().map(|later| self.later(later)),
        }
    }
}
