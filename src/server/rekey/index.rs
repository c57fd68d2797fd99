//! Changing the key of look-up digests: every row gets a twin under the new key, the entry that makes the change, then the rows
//! under the former key are deleted. A few rows a turn, in the order of their keys.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use uuid::Uuid;

use super::page::{Page, wanted};
use super::place::Place;
use super::{Change, Changing, Progress, Reindexed, Stage};
use crate::ledger::{FenceError, Head, IndexKey, KeyId, Moment, Reindexing};
use crate::number::Codes;
use crate::protocol::{CaseKind, Changes, Decided, keys_held, twins};
use crate::registration::Key;
use crate::server::ServeError;
use crate::shell::random;
use crate::store::{CasesAsked, KeyTable, Reader, Store, StoreError, Turn};

/// Cases read at a time.
const CASES: i64 = 1_000;

/// The index key in use, and what is to be done for its change.
type Indexing = (KeyId, Option<Reindexing>);

impl<S: Store> Changing<'_, S> {
    /// Changes the key of look-up digests to the last one, or gives that up.
    pub(super) async fn change_index(
        &self,
        change: Change,
        shown: &mut impl FnMut(Progress),
    ) -> Result<Reindexed, ServeError> {
        let (mut dropped, mut given_up) = (None, change == Change::GiveUpIndex);
        let ids = self.keys.index.ids();
        let mut now = self.persistently(async || self.begin_indexing(change).await).await?;
        // Each part ends in a turn that finds all of it done: a failover may have lost what was done before, even that it was begun
        // or given up.
        while let (key, Some(reindexing)) = now {
            now = match reindexing {
                Reindexing::Adding { .. } if change == Change::GiveUpIndex => {
                    self.persistently(async || self.begin_indexing(change).await).await?
                }
                Reindexing::Adding { key: coming, .. } => {
                    let indexes = (&*self.index(key)?, &*self.index(coming)?);
                    let some = async |place| self.add_some(reindexing, place, indexes).await;
                    self.go_through(reindexing, Stage::Indexing, shown, some).await?;
                    let next = self.persistently(async || self.switch(reindexing).await).await?;
                    // By somebody else, meanwhile.
                    given_up |= matches!(next.1, Some(Reindexing::Dropping { former, .. }) if former == coming);
                    next
                }
                Reindexing::Dropping { former, .. } => {
                    dropped = Some(former);
                    // It need not be at hand any more: what is found by the key in use is known without it.
                    let (index, former) = (self.index(key)?, self.keys.index.get(former));
                    let some = async |place| self.drop_some(reindexing, place, (&index, former.as_deref())).await;
                    self.go_through(reindexing, Stage::Dropping, shown, some).await?;
                    self.persistently(async || self.end_indexing(reindexing).await).await?
                }
            };
            // What was begun before may have been another change, or one that was given up.
            if now.1.is_none() && !given_up && ids.last() != Some(&now.0) {
                now = self.persistently(async || self.begin_indexing(change).await).await?;
            }
        }
        let (key, _) = now;
        let place = |key| ids.iter().position(|id| *id == key);
        Ok(match dropped {
            Some(coming) if place(coming) > place(key) => Reindexed::GivenUp { coming, key },
            Some(former) => Reindexed::Changed { former, key },
            None => Reindexed::Nothing(key),
        })
    }

    fn index(&self, id: KeyId) -> Result<Arc<IndexKey>, ServeError> {
        Ok(self.keys.index.get(id).ok_or(FenceError::IndexKey(id))?)
    }

    fn codes(&self) -> &'static Codes {
        Codes::embedded()
    }

    /// Begins the change, unless it is begun already or there is nothing to change to.
    async fn begin_indexing(&self, change: Change) -> Result<Indexing, ServeError> {
        let turn = self.turn().await?;
        let head = turn.head().clone();
        let (used, last) = (head.keys.index, self.keys.index.ids().pop());
        let changes = match (change, head.reindexing) {
            (Change::GiveUpIndex, Some(Reindexing::Adding { .. })) => Changes::on(head).give_up_reindexing()?,
            (Change::ToTheLast, None) if last != Some(used) => {
                let key = last.ok_or(FenceError::IndexKey(used))?;
                Changes::on(head).begin_reindexing(key, &self.keys)?
            }
            // It is made already.
            (Change::GiveUpIndex, Some(Reindexing::Dropping { .. })) if last == Some(used) => {
                turn.finish().await?;
                return Err(ServeError::TooLateToGiveUp);
            }
            (_, reindexing) => {
                turn.finish().await?;
                return Ok((used, reindexing));
            }
        };
        self.commit(turn, &changes).await?;
        Ok(indexing(&changes.head))
    }

    /// Goes through all rows, from where the store says that it was left.
    async fn go_through(
        &self,
        reindexing: Reindexing,
        stage: Stage,
        shown: &mut impl FnMut(Progress),
        some: impl AsyncFn(Place) -> Result<Place, ServeError>,
    ) -> Result<(), ServeError> {
        let mut place = self
            .persistently(async || {
                let mut turn = self.turn().await?;
                let place = noted(&mut turn, reindexing).await?;
                turn.finish().await?;
                Ok(place)
            })
            .await?;
        while place.table().is_some() {
            place = self.and_pause(async || some(place).await).await?;
            shown(place.progress(stage));
        }
        Ok(())
    }

    /// Writes the twins of the next rows, and tells up to where that is done.
    async fn add_some(
        &self,
        adding: Reindexing,
        place: Place,
        indexes: (&IndexKey, &IndexKey),
    ) -> Result<Place, ServeError> {
        let Some(page) = self.page(place, adding.since()).await? else {
            return Ok(Place::ALL);
        };
        let twins = self.twins_of(&page, indexes).await?;
        let mut turn = self.turn().await?;
        let noted = noted(&mut turn, adding).await?;
        if noted != place {
            turn.finish().await?;
            return Ok(noted);
        }
        // Who holds a key may be another by now, and the turns that made it so have written the twin as well.
        let all: BTreeSet<Key> = twins.iter().flat_map(|(key, twin)| [*key, *twin]).collect();
        let found = turn.find(&wanted(page.table, all.into_iter().collect())).await?;
        let mut changes = Changes::on(turn.head().clone());
        changes.reindexed = Some(page.up_to.0);
        for (key, twin) in &twins {
            match (found.strict.get(key), found.strict.get(twin)) {
                (Some(holder), None) => changes.strict.push((*twin, *holder)),
                (holder, of_twin) if holder == of_twin => {}
                (_, _) => return Err(held_otherwise()),
            }
            let holders = found.blocking.get(key).into_iter().flatten();
            changes.blocking.extend(holders.map(|holder| (*twin, *holder)));
        }
        self.commit(turn, &changes).await?;
        Ok(page.up_to)
    }

    /// The twins of all keys of a page that are made with the first of these index keys.
    async fn twins_of(
        &self,
        page: &Page,
        (index, other): (&IndexKey, &IndexKey),
    ) -> Result<Vec<(Key, Key)>, ServeError> {
        let mut known = HashMap::new();
        for decided in page.holders.values() {
            known.extend(twins(decided, &[], (index, other), self.codes()));
        }
        let made: HashSet<Key> = known.values().copied().collect();
        let unknown = |key: &&Key| !known.contains_key(*key) && !made.contains(*key);
        if page.keys.iter().any(|key| unknown(&key)) {
            let cases = self.shared_numbers().await?;
            for decided in page.holders.values() {
                known.extend(twins(decided, &cases, (index, other), self.codes()));
            }
        }
        let made: HashSet<Key> = known.values().copied().collect();
        let mut pairs = Vec::new();
        for key in page.keys.iter().filter(|key| !made.contains(*key)) {
            pairs.push((*key, *known.get(key).ok_or_else(|| page.strange(key))?));
        }
        Ok(pairs)
    }

    /// The cases that may have told two persons apart with one number: which, their registrations do not say.
    async fn shared_numbers(&self) -> Result<Vec<Uuid>, ServeError> {
        let asked = CasesAsked {
            kind: Some(CaseKind::SharedNumber),
            ..CasesAsked::default()
        };
        let (mut cases, mut after) = (Vec::new(), 0);
        loop {
            let page = self.store.reader().cases_opened_after(after, &asked, CASES).await?;
            let Some(last) = page.last() else {
                return Ok(cases);
            };
            after = last.decision;
            cases.extend(page.iter().map(|case| case.case_id));
        }
    }

    /// The turn from which on rows are found by the other key, if all of them are there under it.
    async fn switch(&self, adding: Reindexing) -> Result<Indexing, ServeError> {
        let mut turn = self.turn().await?;
        let head = turn.head().clone();
        let all = noted(&mut turn, adding).await? == Place::ALL;
        if head.reindexing != Some(adding) || !all {
            turn.finish().await?;
            return Ok(indexing(&head));
        }
        let moment = Moment::new(self.clock.now());
        let seed = (random::uuid_v4(), random::bytes(), random::bytes());
        let changes = Changes::on(head).switch_index((&self.keys, moment), seed)?;
        self.commit(turn, &changes).await?;
        Ok(indexing(&changes.head))
    }

    /// Deletes the next rows that are not found by the first of these index keys, and tells up to where that is done.
    async fn drop_some(
        &self,
        dropping: Reindexing,
        place: Place,
        (index, former): (&IndexKey, Option<&IndexKey>),
    ) -> Result<Place, ServeError> {
        let Some(page) = self.page(place, dropping.since()).await? else {
            return Ok(Place::ALL);
        };
        let cases = self.cases_of(&page, index, former).await?;
        let under = |index: &IndexKey| -> HashSet<Key> {
            let held = |decided: &Decided| keys_held(decided, &cases, index, self.codes());
            page.holders.values().flat_map(held).collect()
        };
        let (kept, gone) = (under(index), former.map(under));
        let mut dropped = Vec::new();
        for key in page.keys.iter().filter(|key| !kept.contains(*key)) {
            if gone.as_ref().is_some_and(|gone| !gone.contains(key)) {
                return Err(page.strange(key));
            }
            dropped.push(*key);
        }
        let mut turn = self.turn().await?;
        let noted = noted(&mut turn, dropping).await?;
        if noted != place {
            turn.finish().await?;
            return Ok(noted);
        }
        match page.table {
            KeyTable::Strict => turn.drop_keys(&dropped, &[], page.up_to.0).await?,
            _ => turn.drop_keys(&[], &dropped, page.up_to.0).await?,
        }
        Ok(page.up_to)
    }

    /// The cases that must be known to tell what the keys of a page are: most often none.
    async fn cases_of(
        &self,
        page: &Page,
        index: &IndexKey,
        former: Option<&IndexKey>,
    ) -> Result<Vec<Uuid>, ServeError> {
        let mut all = HashSet::new();
        for decided in page.holders.values() {
            all.extend(keys_held(decided, &[], index, self.codes()));
            all.extend(
                former
                    .into_iter()
                    .flat_map(|former| keys_held(decided, &[], former, self.codes())),
            );
        }
        match page.keys.iter().all(|key| all.contains(key)) {
            true => Ok(Vec::new()),
            false => self.shared_numbers().await,
        }
    }

    /// Notes that the other key is needed no more, if no row is left under it.
    async fn end_indexing(&self, dropping: Reindexing) -> Result<Indexing, ServeError> {
        let mut turn = self.turn().await?;
        let mut head = turn.head().clone();
        let all = noted(&mut turn, dropping).await? == Place::ALL;
        if head.reindexing != Some(dropping) || !all {
            turn.finish().await?;
            return Ok(indexing(&head));
        }
        head.reindexing = None;
        let changes = Changes::on(head);
        self.commit(turn, &changes).await?;
        Ok(indexing(&changes.head))
    }
}

/// How far a part of the change has come: to its end, where it is not under way any more. Somebody else may be at it, too; and a
/// failover may have lost what was done.
async fn noted(turn: &mut impl Turn, reindexing: Reindexing) -> Result<Place, ServeError> {
    match turn.head().reindexing == Some(reindexing) {
        true => Ok(Place(turn.reindexed().await?)),
        false => Ok(Place::ALL),
    }
}

fn indexing(head: &Head) -> Indexing {
    (head.keys.index, head.reindexing)
}

fn held_otherwise() -> ServeError {
    StoreError::Corrupt("a key and its twin under the other index key are held by different entries".to_owned()).into()
}
