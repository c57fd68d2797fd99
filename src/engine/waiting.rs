//! A command on its way into the queue.

use super::Shared;
use super::admission::Queue;
use super::work::{Answer, Work};
use crate::refusal::Refusal;
use tokio::sync::OwnedSemaphorePermit;

/// Work not yet queued. If its caller goes away meanwhile, those who joined its flight are told to send again, and its
/// keys are let go: nobody waits for work that nobody does.
pub(super) struct Waiting<'a, S> {
    shared: &'a Shared<S>,
    work: Option<Work>,
}

impl<'a, S> Waiting<'a, S> {
    /// Takes the work's keys in hand.
    pub fn new(shared: &'a Shared<S>, work: Work) -> Self {
        shared.in_hand.take(&work.held);
        Self {
            shared,
            work: Some(work),
        }
    }

    /// Puts it into the queue; `false` if that is full.
    pub fn enter(&mut self, queue: &Queue, office: &str, room: Option<OwnedSemaphorePermit>) -> bool {
        let Some(work) = self.work.take() else { return false };
        match queue.push(work.lane, office, work, room) {
            Ok(()) => true,
            Err(work) => {
                self.work = Some(*work);
                false
            }
        }
    }

    /// Gives it up.
    pub fn refuse(&mut self, refusal: Refusal) {
        if let Some(Work { answer, held, .. }) = self.work.take() {
            self.shared.in_hand.release(&held);
            Answer::give(answer, &self.shared.flights, Err(refusal));
        }
    }
}

impl<S> Drop for Waiting<'_, S> {
    fn drop(&mut self) {
        let retry_after = self.shared.limits.retry_after;
        self.refuse(Refusal::InProgress { retry_after });
    }
}
