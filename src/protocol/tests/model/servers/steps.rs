//! The steps of callers and servers, as `engine` takes them.

use super::super::seeded::Mistake;
use super::state::{Ending, LeaseKey, Phase, Progress, Queued, Said, Sending, Server, State, Turn};
use super::{Servers, Step};
use crate::ledger::RequestKey;
use crate::protocol::Command;

impl Servers {
    /// The steps that callers and servers can take.
    pub(super) fn steps_of(&self, state: &State, steps: &mut Vec<Step>) {
        for (sending, progress) in state.sendings.iter().enumerate() {
            match *progress {
                // The servers are alike: which of them is called the first makes no difference.
                Progress::NotSent if sending == 0 => steps.push(Step::Send(0, 0)),
                Progress::NotSent => steps.extend([0, 1].map(|server| Step::Send(sending, server))),
                Progress::With(server) if state.servers[server].asking.contains(&sending) => {
                    steps.push(Step::Claim(sending, server));
                }
                _ => {}
            }
        }
        for server in [0, 1] {
            let running = &state.servers[server];
            let free = state.lock.is_none();
            match running.turn.as_ref().map(|turn| &turn.phase) {
                None if !running.queue.is_empty() && (free || self.needs_no_lock(state, server)) => {
                    steps.push(Step::Begin(server));
                }
                // Whoever folds the two loads first, and then waits.
                None if !running.queue.is_empty() && self.mistake == Some(Mistake::LockAndLoadFolded) => {
                    steps.push(Step::Load(server));
                }
                Some(Phase::LoadedUnlocked(_)) if free => steps.push(Step::Begin(server)),
                Some(Phase::Locked) => steps.push(Step::Load(server)),
                Some(Phase::Loaded(_)) => steps.push(Step::Commit(server)),
                Some(Phase::Committed { size, .. }) if *size <= state.durable.size() || self.answers_early() => {
                    steps.push(Step::Answer(server));
                }
                _ => {}
            }
            if !running.ending.is_empty() {
                steps.push(Step::EndClaims(server));
            }
        }
        if state.committed != state.durable {
            steps.push(Step::Sync);
        }
    }

    fn answers_early(&self) -> bool {
        self.mistake == Some(Mistake::AnsweredBeforeDurable)
    }

    /// Whether a server believes that it is alone, the lease having granted all that waits for its turn.
    fn needs_no_lock(&self, state: &State, server: Server) -> bool {
        let queue = &state.servers[server].queue;
        self.mistake == Some(Mistake::LeaseTrusted) && queue.iter().all(|queued| queued.claimed)
    }

    pub(super) fn take(&self, state: &mut State, step: Step) {
        match step {
            Step::Send(sending, server) => {
                state.sendings[sending] = Progress::With(server);
                state.servers[server].asking.push(sending);
            }
            Step::Claim(sending, server) => self.claim(state, sending, server),
            Step::Begin(server) => self.begin(state, server),
            Step::Load(server) => load(state, server),
            Step::Commit(server) => self.commit(state, server),
            Step::Sync => {
                state.durable = state.committed.clone();
                self.still_true(state);
            }
            Step::Answer(server) => self.answer(state, server),
            Step::EndClaims(server) => self.end_claims(state, server),
            fault => self.go_wrong(state, fault),
        }
    }

    /// Asks the lease: what is in hand elsewhere waits, what was answered is looked up, all else takes a turn.
    fn claim(&self, state: &mut State, sending: Sending, server: Server) {
        let Some((request, reference)) = self.lease_keys(sending) else {
            return queue(state, sending, server, false);
        };
        if let Some(Said::Answered { position, digest }) = state.lease[request] {
            return self.look_up(state, sending, server, (position, digest));
        }
        let elsewhere =
            |key: LeaseKey| matches!(state.lease[key], Some(Said::InHand { .. })) && !state.in_hand(key, server);
        if elsewhere(request) || elsewhere(reference) {
            return;
        }
        let life = state.servers[server].life;
        for key in [request, reference] {
            state.lease[key] = Some(Said::InHand { server, life });
        }
        queue(state, sending, server, true);
    }

    /// Believes the lease if the durable entry it names decides this very request and content.
    fn look_up(&self, state: &mut State, sending: Sending, server: Server, (position, digest): (i64, [u8; 16])) {
        let own = self.sendings[sending].request();
        let entry = state.durable.memory.entries.get(position as usize - 1);
        let its_own = entry.is_some_and(|entry| {
            entry.request == *own && entry.digest == digest && Some(digest) == self.digest(sending)
        });
        let answer = state.durable.answers.get(own).copied().filter(|_| its_own);
        match answer {
            None => queue(state, sending, server, false),
            Some(answer) => {
                state.servers[server].asking.retain(|asking| *asking != sending);
                state.sendings[sending] = Progress::LookedUp(server);
                self.tell(state, sending, answer);
            }
        }
    }

    fn digest(&self, sending: Sending) -> Option<[u8; 16]> {
        match &self.sendings[sending].command {
            Command::Issue(issue) => Some(issue.draft.digest),
            Command::Import(_) | Command::Act(_) | Command::Find(_) => None,
        }
    }

    /// Begins a turn with all that waits for one.
    fn begin(&self, state: &mut State, server: Server) {
        if !self.needs_no_lock(state, server) {
            state.lock = Some(server);
        }
        let running = &mut state.servers[server];
        match running.turn.take() {
            Some(Turn {
                batch,
                phase: Phase::LoadedUnlocked(loaded),
            }) => {
                let phase = Phase::Loaded(loaded);
                running.turn = Some(Turn { batch, phase });
            }
            _ => {
                let (batch, phase) = (std::mem::take(&mut running.queue), Phase::Locked);
                running.turn = Some(Turn { batch, phase });
            }
        }
    }

    /// Decides by what was loaded, and writes what comes of it to what is there. A lock is held until then.
    fn commit(&self, state: &mut State, server: Server) {
        let Some(Turn { batch, phase }) = state.servers[server].turn.take() else {
            return;
        };
        let Phase::Loaded(loaded) = phase else { return };
        let sendings = batch.iter().map(|queued| queued.sending).collect();
        let turned = self.turn(&state.committed, &loaded, sendings);
        state.broken.extend(turned.broken);
        state.committed = turned.after.clone();
        if state.lock == Some(server) {
            state.lock = None;
        }
        let phase = Phase::Committed {
            size: state.committed.size(),
            answers: turned.answers.clone(),
        };
        state.servers[server].turn = Some(Turn { batch, phase });
    }

    fn answer(&self, state: &mut State, server: Server) {
        let Some(Turn { batch, phase }) = state.servers[server].turn.take() else {
            return;
        };
        let Phase::Committed { answers, .. } = phase else {
            return;
        };
        for (queued, answer) in batch.into_iter().zip(answers) {
            let Queued { sending, claimed } = queued;
            state.sendings[sending] = match answer {
                None => Progress::Refused,
                Some(_) => Progress::Answered(server),
            };
            if claimed {
                let position = answer.map(|answer| answer.position);
                let own = position.filter(|position| decided_as(state, *position, self.sendings[sending].request()));
                state.servers[server].ending.push(Ending { sending, answered: own });
            }
            if let Some(answer) = answer {
                self.tell(state, sending, answer);
            }
        }
    }

    /// Notes at the lease what was answered, and lets go of all else that is still this server's.
    fn end_claims(&self, state: &mut State, server: Server) {
        for Ending { sending, answered } in std::mem::take(&mut state.servers[server].ending) {
            let (Some((request, reference)), Some(digest)) = (self.lease_keys(sending), self.digest(sending)) else {
                continue;
            };
            if state.in_hand(request, server) {
                state.lease[request] = answered.map(|position| Said::Answered { position, digest });
            }
            if state.in_hand(reference, server) {
                state.lease[reference] = None;
            }
        }
    }
}

/// Whether the entry at a position is that of this request.
fn decided_as(state: &State, position: i64, request: &RequestKey) -> bool {
    let entry = state.committed.memory.entries.get(position as usize - 1);
    entry.is_some_and(|entry| entry.request == *request)
}

fn queue(state: &mut State, sending: Sending, server: Server, claimed: bool) {
    let running = &mut state.servers[server];
    running.asking.retain(|asking| *asking != sending);
    running.queue.push(Queued { sending, claimed });
}

fn load(state: &mut State, server: Server) {
    let loaded = state.committed.clone();
    let running = &mut state.servers[server];
    running.turn = match running.turn.take() {
        Some(Turn { batch, .. }) => Some(Turn {
            batch,
            phase: Phase::Loaded(loaded),
        }),
        None => Some(Turn {
            batch: std::mem::take(&mut running.queue),
            phase: Phase::LoadedUnlocked(loaded),
        }),
    };
}
