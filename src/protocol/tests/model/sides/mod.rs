//! The commands of offices and of both sides, in every order, each in a turn of its own: turns are a total order, so what
//! two servers do to each other is no question here.

mod elsewhere;
mod known;
pub mod scopes;
mod sights;
mod steps;

use std::sync::Arc;

use stateright::{Model, Property};

use super::super::Memory;
use super::super::acts::registrar;
use super::super::handed::{MISSION, reservation};
use super::kept::{Person, Sent, Stored};
use super::promises::{self, Broken, Judged, Promise};
use super::seeded::Mistake;
use crate::ledger::KeyRing;
use crate::number::{Number, Slot};
use crate::proto::v1 as pb;
use crate::protocol::{CaseCause, Command, Deed};
use known::{Child, child};
pub use sights::Sight;
use uuid::Uuid;

/// A scope: who may be registered, what may be done, and how often.
pub struct Sides {
    ring: Arc<KeyRing>,
    start: Stored,
    /// Registrations, and of whom they really are.
    births: Vec<(pb::BirthRegistration, Person)>,
    /// As whom each of them makes its child known.
    children: Vec<Child>,
    /// Changes of facts: by someone who knows the person as this birth; the new facts, and which of them.
    changes: Vec<(pb::BirthRegistration, pb::Facts, Vec<&'static str>)>,
    /// A number that only the population database knows.
    elsewhere: Number,
    /// What an import brings: which birth, and the number it has there.
    items: Vec<(usize, Option<Number>)>,
    menu: Vec<Kind>,
    /// How many commands may be carried out.
    commands: u8,
    sights: Vec<Sight>,
    mistake: Option<Mistake>,
}

/// Kinds of commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Register,
    Confirm,
    Dispute,
    Attach,
    Revoke,
    Reissue,
    Merge,
    Split,
    Change,
    /// A mission hands out a number of its block, and says so.
    HandOut,
    CloseBlock,
    Import,
    Report,
}

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    Registrar,
    Department,
    Authority,
    Mission,
    Importer,
}

/// A command. Births and changes are named by their place in the scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Register(usize),
    Confirm(Slot),
    Dispute(Slot, CaseCause, Option<Number>),
    Attach(Number, usize),
    Revoke(Actor, Slot),
    Reissue(Actor, Slot, usize),
    Merge(Actor, Slot, Number),
    Split(Actor, Slot, usize),
    Change(Slot, usize),
    /// A number of a block, the birth it was handed out for, and whether it was printed.
    HandOut(Uuid, Number, usize, bool),
    CloseBlock(Uuid),
    Import(usize),
    /// That another registry has another name for the holder of a number.
    Report(Actor, Slot),
    Approve(Actor, Uuid, Approval),
    Reject(Actor, Uuid),
    Withdraw(Actor, Uuid),
}

/// What an approval says besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approval {
    Nothing,
    SamePerson(Number),
    DifferentPersons,
    Standing(Number),
    Keeper(usize),
}

/// A store, and how many commands may follow.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    store: Stored,
    left: u8,
    broken: Broken,
}

impl Judged for State {
    fn broken(&self) -> Broken {
        self.broken
    }
}

impl Sides {
    /// A scope in which the first of these births has its number.
    pub fn of(births: &[(pb::BirthRegistration, Person)], menu: &[Kind], commands: u8) -> Self {
        let memory = Memory::new();
        let mut model = Self {
            ring: Arc::clone(&memory.ring),
            start: Stored::new(memory.clone()),
            births: births.to_vec(),
            children: births
                .iter()
                .map(|(birth, _)| child(&memory.registered(birth).facts))
                .collect(),
            changes: Vec::new(),
            elsewhere: Number::parse("001226123456").expect("a number"),
            items: Vec::new(),
            menu: menu.to_vec(),
            commands,
            sights: Vec::new(),
            mistake: None,
        };
        model.begin(model.command(&model.start, Step::Register(0)));
        model
    }

    /// A scope in which a mission has a block of so many numbers, too.
    pub fn with_block(mut self, count: usize) -> Self {
        let asked = reservation(&self.start.memory, count);
        let act = self.desk(&self.start).act_of(registrar(MISSION), Deed::Reserve(asked));
        let command = Command::Act(Box::new(act));
        self.begin(Sent { command, person: 0 });
        self
    }

    /// Carries a command out before anything else happens.
    fn begin(&mut self, sent: Sent) {
        let turned = self.start.turn(&self.start, &[sent], None);
        assert!(
            turned.answers[0].is_some() && !turned.broken.any(),
            "the scope begins well"
        );
        self.start = turned.after;
    }

    /// Where commands are made: under ids that only this place of the ledger has.
    fn desk(&self, store: &Stored) -> Memory {
        let mut desk = Memory::under(self.ring.clone());
        desk.made = store.size() as u8;
        desk
    }

    pub fn bringing(self, items: Vec<(usize, Option<Number>)>) -> Self {
        Self { items, ..self }
    }

    pub fn changing(self, changes: Vec<(pb::BirthRegistration, pb::Facts, Vec<&'static str>)>) -> Self {
        Self { changes, ..self }
    }

    /// What must be seen to happen in this scope.
    pub fn seeing(self, sights: &[Sight]) -> Self {
        Self {
            sights: sights.to_vec(),
            ..self
        }
    }

    pub fn with(self, mistake: Mistake) -> Self {
        Self {
            mistake: Some(mistake),
            ..self
        }
    }

    fn take(&self, state: &State, sent: Sent) -> State {
        let turned = state.store.turn(&state.store, &[sent], self.mistake);
        let mut broken = turned.broken;
        let refused = turned.answers == [None];
        broken.unless(!refused || turned.after == state.store, Promise::NothingOffTheLedger);
        State {
            left: if refused { state.left } else { state.left - 1 },
            store: turned.after,
            broken,
        }
    }
}

impl Model for Sides {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            store: self.start.clone(),
            left: self.commands,
            broken: Broken::default(),
        }]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        if state.left > 0 && !state.broken.any() {
            self.steps_of(&state.store, steps);
        }
    }

    fn next_state(&self, last: &State, step: Step) -> Option<State> {
        let state = self.take(last, self.command(&last.store, step));
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let sights = self.sights.iter().map(|sight| sight.property());
        promises::always().into_iter().chain(sights).collect()
    }
}
