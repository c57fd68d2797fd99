//! Looking up: from the replay of a decision to a question that only a turn can answer.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::work::Answer;
use super::{Engine, Lane, left, open};
use crate::lease::LeaseKey;
use crate::ledger::{IndexKey, RequestKey};
use crate::protocol::{Command, Decided, Find, Found, Known, Reply, Wanted};
use crate::refusal::Refusal;
use crate::registration::{Ref, reference_key};
use crate::store::{Reader, Store, StoreError};

impl<S: Store> Engine<S> {
    /// What became of a request of this office.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRequest`] only after a look inside a turn; [`Refusal::InProgress`] while it is in hand.
    pub async fn find_request(&self, request: RequestKey, patience: Option<Duration>) -> Result<Reply, Refusal> {
        self.within_quota(&request.office)?;
        if let Some(known) = self.decided(&request, patience).await? {
            // The id of a call of another kind names no registration.
            return match known.known.entry.kind.is_of_a_birth() {
                true => known.reply(true).ok_or(Refusal::NoSuchRequest),
                false => Err(Refusal::NoSuchRequest),
            };
        }
        self.refuse_if_in_hand(&LeaseKey::Request(request.clone())).await?;
        let office = request.office.clone();
        self.ask(Find::Request(request), &office, patience).await
    }

    /// What became of a registration of this office, by its reference.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRegistration`] only after a look inside a turn; [`Refusal::InProgress`] while it is in hand.
    pub async fn find_registration(&self, reference: &Ref, patience: Option<Duration>) -> Result<Reply, Refusal> {
        self.within_quota(&reference.office)?;
        let index = &self.shared.keys.index;
        let reading = async {
            loop {
                let index = index.current();
                let key = reference_key(reference, &index);
                let known = self.shared.store.reader().by_strict_key(key).await?;
                // One that is not found is looked for in a turn.
                if known.is_none() || self.is_in_use(&index).await? {
                    return Ok(known);
                }
            }
        };
        if let Some(known) = self.read(patience, reading).await? {
            // One that an import made known without a number was never asked about.
            return known.reply(true).ok_or(Refusal::NoSuchRegistration);
        }
        let key = reference_key(reference, &index.current());
        self.refuse_if_in_hand(&LeaseKey::Reference(key)).await?;
        self.ask(Find::Reference(reference.clone()), &reference.office, patience)
            .await
    }

    /// What the store finds by keys made with the index key in use, and that key.
    pub(super) async fn found_by(
        &self,
        wanted: impl Fn(&IndexKey) -> Wanted,
    ) -> Result<(Arc<IndexKey>, Found), StoreError> {
        loop {
            let index = self.shared.keys.index.current();
            let wanted = wanted(&index);
            if wanted.is_empty() {
                return Ok((index, Found::default()));
            }
            let found = self.shared.store.reader().holders(&wanted).await?;
            if self.is_in_use(&index).await? {
                return Ok((index, found));
            }
        }
    }

    /// Whether rows that were found by this index key are those that there are. If not, they are to be looked up again: since
    /// the last turn of this server the key was changed, and its rows are not kept up to date, or are gone.
    async fn is_in_use(&self, index: &IndexKey) -> Result<bool, StoreError> {
        let head = self.shared.store.reader().head().await?;
        let followed = self.shared.keys.follow(&head);
        followed.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(head.keys.index == index.id())
    }

    /// Counts a look-up by an office.
    ///
    /// # Errors
    /// [`Refusal::Quota`] if it looks up faster than it may.
    pub fn look_up_by(&self, office: &str) -> Result<(), Refusal> {
        self.within_quota(office)
    }

    /// The decision on a request, if there is one that is durable.
    pub(super) async fn decided(
        &self,
        request: &RequestKey,
        patience: Option<Duration>,
    ) -> Result<Option<Decided>, Refusal> {
        self.read(patience, self.shared.store.reader().by_request(request))
            .await
    }

    /// Reads the store beside the turns.
    async fn read(
        &self,
        patience: Option<Duration>,
        reading: impl Future<Output = Result<Option<Known>, StoreError>>,
    ) -> Result<Option<Decided>, Refusal> {
        let known = self.read_store(patience, reading).await?;
        self.opened(known)
    }

    /// The same, whatever is read.
    pub(super) async fn read_store<T>(
        &self,
        patience: Option<Duration>,
        reading: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, Refusal> {
        let read = self.shared.readings.read(left(patience), reading).await;
        let read = read.map_err(|shed| self.refusal(shed))?;
        read.map_err(|error| self.unavailable(&error))
    }

    /// The same for somebody who reads all there is, a piece at a time: slower than whoever looks up, and never refused.
    pub(super) async fn read_aside<T>(
        &self,
        reading: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, Refusal> {
        let read = self.shared.readings.read_aside(reading).await;
        let read = read.map_err(|shed| self.refusal(shed))?;
        read.map_err(|error| self.unavailable(&error))
    }

    async fn ask(&self, question: Find, office: &str, patience: Option<Duration>) -> Result<Reply, Refusal> {
        let admitted = self.shared.queue.admits(Lane::LookUps, office, left(patience));
        admitted.map_err(|shed| self.refusal(shed))?;
        let until = patience.map(|patience| self.shared.clock.monotonic() + patience);
        let (reply, answer) = oneshot::channel();
        let answers = Answer::One(reply, until);
        self.enqueue(Command::Find(question), office, answers, Lane::LookUps)
            .await;
        answer.await.map_err(|_| Refusal::Bug)?
    }

    fn opened(&self, known: Option<Known>) -> Result<Option<Decided>, Refusal> {
        let opened = known.map(|known| open::open(&self.shared.keys, known)).transpose();
        opened.map_err(|error| match StoreError::from(error) {
            error @ StoreError::Unavailable(_) => self.unavailable(&error),
            error => {
                tracing::error!(%error, "a stored registration does not open");
                Refusal::Bug
            }
        })
    }

    async fn refuse_if_in_hand(&self, key: &LeaseKey) -> Result<(), Refusal> {
        if self.shared.in_hand.in_hand(key) || self.shared.lease.in_hand(key).await {
            return Err(Refusal::InProgress {
                retry_after: self.later(),
            });
        }
        Ok(())
    }

    fn unavailable(&self, error: &StoreError) -> Refusal {
        if matches!(error, StoreError::RolledBack(_)) || self.shared.guard.is_tripped() {
            return Refusal::StoreRolledBack {
                retry_after: self.later(),
            };
        }
        tracing::warn!(%error, "the store did not answer a look-up");
        Refusal::StoreUnavailable {
            retry_after: self.later(),
        }
    }
}
