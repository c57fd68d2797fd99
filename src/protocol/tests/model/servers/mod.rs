//! Two servers on one store, each step of theirs by itself, with a lease that may lapse, crashes, and callers who resend.
//! Every turn is decided by the real protocol; the way to it and from it is that of `engine`.

mod faults;
pub mod scopes;
mod sights;
mod state;
mod steps;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use stateright::{Model, Property};

use super::answer::Answer;
use super::kept::{Sent, Stored, Turned};
use super::promises::{self, Judged, Promise};
use super::seeded::Mistake;
use crate::ledger::RequestKey;
use crate::protocol::Command;
use crate::registration::Key;
pub use sights::Sight;
use state::{Faults, LeaseKey, Sending, Server, State};

/// A scope: what is sent, what may go wrong, and what must be seen to happen.
pub struct Servers {
    start: Stored,
    sendings: Vec<Sent>,
    /// Each request that is sent, once.
    requests: Vec<RequestKey>,
    /// Each reference that is claimed, once.
    references: Vec<Key>,
    faults: Faults,
    sights: Vec<Sight>,
    mistake: Option<Mistake>,
    /// Turns taken before: the same commands on the same store come to the same.
    turns: Mutex<HashMap<TurnKey, Arc<Turned>>>,
}

/// The stores it loaded from and writes to, and its commands.
type TurnKey = (u64, u64, Vec<Sending>);

/// A step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Send(Sending, Server),
    Claim(Sending, Server),
    Begin(Server),
    Load(Server),
    Commit(Server),
    /// What was committed becomes durable.
    Sync,
    Answer(Server),
    EndClaims(Server),
    Crash(Server),
    Lapse(LeaseKey),
    Save,
    RollBack,
    Cut(Server),
    FailOver,
}

impl Servers {
    pub fn new(start: Stored, sendings: Vec<Sent>, faults: Faults) -> Self {
        let mut requests: Vec<_> = sendings.iter().map(|sent| sent.request().clone()).collect();
        requests.sort_unstable();
        requests.dedup();
        let mut references: Vec<_> = sendings.iter().filter_map(|sent| reference(&sent.command)).collect();
        references.sort_unstable();
        references.dedup();
        Self {
            start,
            sendings,
            requests,
            references,
            faults,
            sights: Vec::new(),
            mistake: None,
            turns: Mutex::default(),
        }
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

    fn request(&self, sending: Sending) -> usize {
        let request = self.sendings[sending].request();
        let place = self.requests.iter().position(|known| known == request);
        place.expect("a request of this scope")
    }

    /// The keys that a sending claims; only births claim any.
    fn lease_keys(&self, sending: Sending) -> Option<(LeaseKey, LeaseKey)> {
        let reference = reference(&self.sendings[sending].command)?;
        let place = self.references.iter().position(|known| *known == reference);
        Some((
            self.request(sending),
            self.requests.len() + place.expect("a reference of this scope"),
        ))
    }

    fn turn(&self, present: &Stored, loaded: &Stored, batch: Vec<Sending>) -> Arc<Turned> {
        let key = (loaded.digest(), present.digest(), batch);
        let known = self.turns.lock().expect("no thread panicked").get(&key).cloned();
        known.unwrap_or_else(|| {
            let commands: Vec<Sent> = key.2.iter().map(|sending| self.sendings[*sending].clone()).collect();
            let turned = Arc::new(present.turn(loaded, &commands, self.mistake));
            let mut turns = self.turns.lock().expect("no thread panicked");
            turns.insert(key, Arc::clone(&turned));
            turned
        })
    }

    /// Notes what is told of a request, which may never have been told otherwise.
    fn tell(&self, state: &mut State, sending: Sending, answer: Answer) {
        let request = self.request(sending);
        let told = state.told[request];
        let later = told.is_none_or(|told| told.may_become(answer));
        let earlier = told.is_some_and(|told| answer.may_become(told));
        state.broken.unless(later || earlier, Promise::SameAnswerForEver);
        if later {
            state.told[request] = Some(answer);
        }
        self.still_true(state);
    }

    /// What was told is on the durable ledger, and would be told again.
    fn still_true(&self, state: &mut State) {
        for (request, told) in self.requests.iter().zip(&state.told) {
            let Some(told) = told else { continue };
            match state.durable.answers.get(request) {
                None => state.broken.add(Promise::DurableBeforeAnswered),
                Some(now) => state.broken.unless(told.may_become(*now), Promise::SameAnswerForEver),
            }
        }
    }
}

/// The reference that a command claims.
fn reference(command: &Command) -> Option<Key> {
    match command {
        Command::Issue(issue) => Some(issue.keys.reference),
        Command::Import(_) | Command::Act(_) | Command::Find(_) => None,
    }
}

impl Model for Servers {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        let free = vec![None; self.requests.len() + self.references.len()];
        vec![State {
            committed: self.start.clone(),
            durable: self.start.clone(),
            lock: None,
            servers: Default::default(),
            lease: free.clone(),
            saved: free,
            sendings: vec![state::Progress::NotSent; self.sendings.len()],
            told: vec![None; self.requests.len()],
            left: self.faults,
            broken: promises::Broken::default(),
        }]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        // A promise once broken, nothing more need be known.
        if !state.broken().any() {
            self.steps_of(state, steps);
            self.faults_of(state, steps);
        }
    }

    fn next_state(&self, last: &State, step: Step) -> Option<State> {
        let mut state = last.clone();
        self.take(&mut state, step);
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let sights = self.sights.iter().map(|sight| sight.property());
        promises::always().into_iter().chain(sights).collect()
    }
}
