//! What may go wrong, at any time, so often as a scope allows.

use super::state::{Phase, Progress, Running, Said, Server, State};
use super::{Servers, Step};

impl Servers {
    /// What may go wrong now.
    pub(super) fn faults_of(&self, state: &State, steps: &mut Vec<Step>) {
        let left = &state.left;
        let in_hand = |said: &Option<Said>| matches!(said, Some(Said::InHand { .. }));
        if left.lapses > 0 {
            let keys = state.lease.iter().enumerate().filter(|(_, said)| in_hand(said));
            steps.extend(keys.map(|(key, _)| Step::Lapse(key)));
        }
        if left.saves > 0 && state.saved != state.lease {
            steps.push(Step::Save);
        }
        if left.rollbacks > 0 && state.saved != state.lease {
            steps.push(Step::RollBack);
        }
        if left.failovers > 0 && (state.committed != state.durable || state.lock.is_some()) {
            steps.push(Step::FailOver);
        }
        for server in [0, 1] {
            let running = &state.servers[server];
            let idle = Running {
                life: running.life,
                ..Running::default()
            };
            if left.crashes > 0 && *running != idle {
                steps.push(Step::Crash(server));
            }
            if left.cuts > 0 && running.turn.is_some() {
                steps.push(Step::Cut(server));
            }
        }
    }

    pub(super) fn go_wrong(&self, state: &mut State, fault: Step) {
        match fault {
            Step::Lapse(key) => {
                state.left.lapses -= 1;
                state.lease[key] = None;
            }
            Step::Save => {
                state.left.saves -= 1;
                state.saved = state.lease.clone();
            }
            Step::RollBack => {
                state.left.rollbacks -= 1;
                state.lease = state.saved.clone();
            }
            Step::Crash(server) => {
                state.left.crashes -= 1;
                crash(state, server);
            }
            Step::Cut(server) => {
                state.left.cuts -= 1;
                run_again(state, server);
            }
            Step::FailOver => {
                state.left.failovers -= 1;
                fail_over(state);
            }
            _ => {}
        }
    }
}

/// A server loses all it had in memory, and the lock with its connection. What it committed stands.
fn crash(state: &mut State, server: Server) {
    if state.lock == Some(server) {
        state.lock = None;
    }
    let life = state.servers[server].life + 1;
    state.servers[server] = Running {
        life,
        ..Running::default()
    };
    for progress in &mut state.sendings {
        if *progress == Progress::With(server) {
            *progress = Progress::Lost(server);
        }
    }
}

/// A turn whose outcome its server does not know: the same commands take another.
fn run_again(state: &mut State, server: Server) {
    if state.lock == Some(server) {
        state.lock = None;
    }
    let running = &mut state.servers[server];
    if let Some(turn) = running.turn.take() {
        running.queue.splice(0..0, turn.batch);
    }
}

/// The standby takes over: what is not durable never was, and every turn that was not known to be is cut off.
fn fail_over(state: &mut State) {
    state.committed = state.durable.clone();
    for server in [0, 1] {
        let turn = state.servers[server].turn.as_ref();
        let safe = matches!(turn.map(|turn| &turn.phase), Some(Phase::Committed { size, .. }) if *size <= state.durable.size());
        if !safe {
            run_again(state, server);
        }
    }
}
