//! The index key is changed, and nobody is told anything else than before.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use uuid::Uuid;

use super::acts::{approve, authority, change, propose, registrar};
use super::sequences::{Outcome, run, steps};
use super::{Memory, Vary, birth};
use crate::ledger::{EntryKind, IndexKey, KeyId, Position, Purpose, Reindexing, Secret, Secrets};
use crate::number::Number;
use crate::proto::v1 as pb;
use crate::protocol::{
    Changes, Command, Proposed, ReindexError, Resolution, Standing, Told, indexing_from, issue_digest, keys_held, twins,
};
use crate::refusal::Refusal;
use crate::registration::Key;

/// Secrets of which two are of look-up digests.
fn secrets() -> Secrets {
    let secret = |byte: u8| Secret::from(&[byte; 32]);
    let mut secrets = Secrets::new(secret(1), secret(2), secret(3));
    secrets.add(Purpose::Index, secret(4)).unwrap();
    secrets
}

impl Memory {
    /// An empty store under keys of which two are of look-up digests.
    fn of_two_indexes() -> (Self, [KeyId; 2]) {
        let secrets = secrets();
        let ids = secrets.ids(Purpose::Index).try_into().unwrap();
        (Self::under(Arc::new(secrets.ring().unwrap())), ids)
    }

    fn index(&self, id: KeyId) -> Arc<IndexKey> {
        self.ring.index.get(id).unwrap()
    }

    fn begin_reindexing(&mut self, key: KeyId) {
        let changes = Changes::on(self.head.clone());
        let changes = changes.begin_reindexing(key, &self.ring).unwrap();
        self.keep(&changes).unwrap();
    }

    /// Adds the twins that are missing, and finds that those which are there are held alike.
    fn add_missing_twins(&mut self, [index, other]: [KeyId; 2]) {
        let indexes = (&*self.index(index), &*self.index(other));
        let cases = self.shared_numbers();
        let made: HashSet<Key> = self.keys_under(indexes.1);
        let twin = |position: Position, key: Key| {
            let pairs = twins(&self.decided(position), &cases, indexes, self.rules.codes);
            *pairs.get(&key).expect("a twin")
        };
        let olds = |key: &&Key| !made.contains(*key);
        let strict: Vec<_> = self
            .strict
            .iter()
            .filter(|(key, _)| olds(key))
            .map(|(key, position)| (twin(*position, *key), *position))
            .collect();
        let blocking: Vec<_> = self
            .blocking
            .iter()
            .filter(|(key, _)| olds(key))
            .flat_map(|(key, holders)| holders.iter().map(|position| (twin(*position, *key), *position)))
            .collect();
        for (key, position) in strict {
            let before = self.strict.insert(key, position);
            assert!(before.is_none_or(|before| before == position));
        }
        for (key, position) in blocking {
            let holders = self.blocking.entry(key).or_default();
            if !holders.contains(&position) {
                holders.push(position);
                holders.sort_unstable();
            }
        }
    }

    fn keys_under(&self, index: &IndexKey) -> HashSet<Key> {
        let cases = self.shared_numbers();
        let all = (1..=self.head.size()).map(|position| self.decided(position));
        all.flat_map(|decided| keys_held(&decided, &cases, index, self.rules.codes))
            .collect()
    }

    fn switch_index(&mut self) -> Position {
        let seed = (Uuid::from_u128(0x51d), [9; 32], [9; 12]);
        let changes = Changes::on(self.head.clone());
        let changes = changes.switch_index((&self.ring, self.moment), seed).unwrap();
        self.keep(&changes).unwrap();
        self.head.size()
    }

    /// Deletes all rows that are not found by the key in use.
    fn drop_former(&mut self) {
        let kept = self.keys_under(&self.index(self.head.keys.index));
        self.strict.retain(|key, _| kept.contains(key));
        self.blocking.retain(|key, _| kept.contains(key));
        self.head.reindexing = None;
    }
}

/// What a caller was told, as far as it does not depend on where in the ledger it stands: with its position among the entries of
/// callers.
fn told(outcome: &Outcome, switched: Position) -> Result<(Option<Number>, String, Position, bool), Refusal> {
    let (standing, position, replayed) = outcome.clone()?;
    let number = match &standing {
        Standing::Issued(row) => Some(row.number),
        _ => None,
    };
    let what = match standing {
        Standing::Issued(row) => format!("{:?}", row.state),
        other => format!("{other:?}"),
    };
    Ok((number, what, among_callers(position, switched), replayed))
}

fn among_callers(position: Position, switched: Position) -> Position {
    position - i64::from(position > switched)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whenever_the_index_key_is_changed_everybody_is_told_the_same(
        steps in steps(),
        cuts in vec(1..6_usize, 0..20),
        [begun, changed, dropped] in [0..8_usize, 0..4_usize, 0..4_usize],
    ) {
        let (store, [former, key]) = Memory::of_two_indexes();
        let (expected, told_before) = run(store.clone(), &steps, &cuts, &mut |_, _| ())?;
        let (changed, dropped) = (begun + changed, begun + changed + dropped);
        let mut switched = Position::MAX;
        let (memory, outcomes) = run(store, &steps, &cuts, &mut |turn, memory| {
            if turn == begun {
                memory.begin_reindexing(key);
            }
            if turn == changed {
                memory.add_missing_twins([former, key]);
                switched = memory.switch_index();
            }
            if turn == dropped {
                memory.drop_former();
            }
        })?;
        for (now, before) in outcomes.iter().zip(&told_before) {
            prop_assert_eq!(told(now, switched), told(before, Position::MAX));
        }
        prop_assert_eq!(memory.numbers.keys().collect::<Vec<_>>(), expected.numbers.keys().collect::<Vec<_>>());
        prop_assert_eq!(&memory.prefixes, &expected.prefixes);
        // As long as there are rows under both keys, those under the one are those under the other.
        let rows = |memory: &Memory, indexes: [KeyId; 2], switched| rows_under(memory, indexes, switched);
        let of_former = rows(&expected, [former, former], Position::MAX);
        let last = memory.head.keys.index;
        prop_assert_eq!(rows(&memory, [last, former], switched), of_former.clone());
        if let Some((other, _)) = memory.head.index_to_write() {
            let mut memory = memory;
            memory.add_missing_twins([former, other]);
            prop_assert_eq!(rows(&memory, [other, former], switched), of_former);
        }
    }
}

/// The rows that are found by the first key, each as it would be under the second.
fn rows_under(
    memory: &Memory,
    [index, shown]: [KeyId; 2],
    switched: Position,
) -> (BTreeMap<Key, Position>, BTreeMap<Key, Vec<Position>>) {
    let indexes = (&*memory.index(index), &*memory.index(shown));
    let cases = memory.shared_numbers();
    let shown = |key: &Key, position: Position| {
        let pairs = twins(&memory.decided(position), &cases, indexes, memory.rules.codes);
        pairs.get(key).copied()
    };
    let at = |position: &Position| among_callers(*position, switched);
    let strict = memory.strict.iter();
    let strict = strict.filter_map(|(key, position)| Some((shown(key, *position)?, at(position))));
    let blocking = memory.blocking.iter();
    let blocking =
        blocking.filter_map(|(key, holders)| Some((shown(key, holders[0])?, holders.iter().map(at).collect())));
    (strict.collect(), blocking.collect())
}

/// What was entered before under the former key is known again under the new one, also where that key is gone.
#[test]
fn a_resent_request_of_before_is_known_without_the_former_key() {
    let (mut memory, [former, key]) = Memory::of_two_indexes();
    let number = memory.given(&birth());
    let act = memory.act_of(
        registrar("26734"),
        change(number, &birth(), facts("Tày"), &["ethnicity"]),
    );
    memory.send(act.clone()).unwrap();
    let sent = memory.issue(7, &birth().entry("7").of_another_mother());
    let first = memory.turn(&[sent]).replies.remove(0).unwrap();
    memory.begin_reindexing(key);
    memory.add_missing_twins([former, key]);
    memory.switch_index();
    memory.drop_former();

    let mut without = secrets();
    assert_eq!(without.drop_before(Purpose::Index, key), [former]);
    memory.ring = Arc::new(without.ring().unwrap());
    assert_eq!(memory.ring.follow(&memory.head), Ok(()));
    let again = memory.issue(7, &birth().entry("7").of_another_mother());
    let again = memory.turn(&[again]).replies.remove(0).unwrap();
    assert_eq!((again.position, again.replayed), (first.position, true));
    assert!(memory.send(act.clone()).is_ok());
    let mut other = act;
    other.fields.add("more", 1);
    assert!(matches!(memory.send(other), Err(Refusal::RequestIdReused(_))));
    let another = memory.issue(7, &birth().entry("8").of_another_mother());
    let refused = memory.turn(&[another]).replies.remove(0);
    assert!(matches!(refused, Err(Refusal::RequestIdReused(_))), "{refused:?}");
    // And the child is known by its new keys.
    let found = memory.find_reference(&birth());
    assert!(matches!(memory.carry_out(&[found]).0.remove(0), Ok(Told::Birth(reply)) if reply.replayed));
}

fn facts(ethnicity: &str) -> pb::Facts {
    pb::Facts {
        ethnicity: Some(ethnicity.into()),
        ..pb::Facts::default()
    }
}

#[test]
fn the_change_is_one_entry_and_may_be_given_up_before() {
    let (mut memory, [former, key]) = Memory::of_two_indexes();
    memory.given(&birth());
    let nothing = Changes::on(memory.head.clone()).switch_index((&memory.ring, memory.moment), Default::default());
    assert_eq!(nothing.err(), Some(ReindexError::NotReady));
    memory.begin_reindexing(key);
    let since = memory.head.size() + 1;
    assert_eq!(memory.head.reindexing, Some(Reindexing::Adding { key, since }));
    assert_eq!(memory.head.size(), 1, "no entry yet");

    let given_up = Changes::on(memory.head.clone()).give_up_reindexing().unwrap();
    let dropping = Reindexing::Dropping { former: key, since };
    assert_eq!(
        (given_up.head.keys.index, given_up.head.reindexing),
        (former, Some(dropping))
    );
    assert!(given_up.entries.is_empty());

    let switched = memory.switch_index();
    let entry = memory.decided(switched);
    assert_eq!(entry.known.entry.kind, EntryKind::IndexKeyChanged);
    assert_eq!(indexing_from(&entry.says.fields), Some((former, key)));
    assert_eq!(memory.head.keys.index, key);
}

/// Two persons with one subject were told apart by a case that neither of their registrations names.
#[test]
fn a_child_set_apart_by_a_case_keeps_its_key() {
    let (mut memory, [former, key]) = Memory::of_two_indexes();
    let second = birth().entry("2");
    let number = memory.given(&birth());
    let waits = memory.tell(2, &second).unwrap();
    let case = memory.open_case(&waits);
    memory
        .act(authority(), approve(&case, Resolution::SamePerson(number)))
        .unwrap();
    let proposed = propose(number, Proposed::Split(memory.reference(&second)));
    let opened = memory.act(registrar("26734"), proposed).unwrap();
    let case = memory.case(opened).clone();
    let keeper = Resolution::Keeper(memory.reference(&birth()));
    memory.act(authority(), approve(&case, keeper)).unwrap();

    let held = memory.strict.len();
    memory.begin_reindexing(key);
    memory.add_missing_twins([former, key]);
    assert_eq!(memory.strict.len(), 2 * held);
    memory.switch_index();
    memory.drop_former();
    assert_eq!(memory.strict.len(), held);
}

#[test]
fn commands_prepared_before_the_change_are_digested_anew_in_their_turn() {
    let (mut memory, [former, key]) = Memory::of_two_indexes();
    memory.given(&birth());
    let stale = memory.issue(5, &birth().entry("5").of_another_mother());
    memory.begin_reindexing(key);
    memory.add_missing_twins([former, key]);
    memory.switch_index();
    memory.drop_former();
    let Command::Issue(before) = &stale else { panic!() };
    let reply = memory.turn(std::slice::from_ref(&stale)).replies.remove(0).unwrap();
    let entry = &memory.entries[reply.position as usize - 1];
    assert_ne!(entry.digest, before.draft.digest);
    let index = memory.index(key);
    assert_eq!(entry.digest, issue_digest(&index, &before.content));
}
