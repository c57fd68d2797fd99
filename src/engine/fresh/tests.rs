#![allow(clippy::unwrap_used, reason = "a test may panic")]

use super::*;
use crate::ledger::{Context, Draft, Entry, EntryKind, Frontier, KeyId, KeyRing, Placement, Recovered, SCHEMA_VERSION};
use crate::number::{PlaceCode, Sex};
use crate::registration::Key;
use crate::store::{KeyPage, KeyTable};
use uuid::Uuid;

const NOW: Duration = Duration::from_secs(1);
const MEMORY: usize = 4 << 20;

fn key(n: u128) -> Key {
    Key::from_bytes(n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes())
}

fn request(id: u128) -> RequestKey {
    RequestKey {
        id: Uuid::from_u128(id),
        office: "26734".to_owned(),
    }
}

fn prefix() -> Prefix {
    Prefix::new(PlaceCode::new(79).unwrap(), Sex::Female, 2026).unwrap()
}

fn row(next: u32, held: u32) -> PrefixRow {
    PrefixRow {
        next,
        held,
        picker: KeyId(2),
        free: vec![7],
    }
}

/// The head of an empty ledger.
fn empty() -> Head {
    Head {
        frontier: Frontier::default(),
        epoch: 1,
        schema: SCHEMA_VERSION,
        keys: KeyRing::new(&[1; 32], &[2; 32], &[3; 32]).unwrap().ids,
        at: 0,
        drawn: 0,
        recovered: Recovered::default(),
        resealing: None,
        reindexing: None,
        notes: None,
    }
}

/// A turn on `head` that writes request `id`, strict key `id`, and blocking key `1000 + id`.
fn turn(head: &Head, id: u128) -> Changes {
    let ring = KeyRing::new(&[1; 32], &[2; 32], &[3; 32]).unwrap();
    let salt = [id as u8; 32];
    let draft = Draft::seal(&ring, request(id), Context::default(), [0; 16], &[], (salt, [0; 12])).unwrap();
    let position = head.size() + 1;
    let placement = Placement {
        position,
        epoch: 1,
        kind: EntryKind::Issued,
        decision: position,
        number: None,
        case_id: None,
        changed: Vec::new(),
        at: 1,
    };
    let mut changes = Changes::on(head.clone());
    let entry = Entry::place(draft, placement);
    changes.head.frontier.push(entry.leaf);
    changes.entries.push(entry);
    changes.strict.push((key(id), position));
    changes.blocking.push((key(1000 + id), position));
    changes.prefixes.push((prefix(), row(u32::try_from(id).unwrap(), 0)));
    changes
}

/// All that a turn about request `id` wants.
fn wanted(id: u128) -> Wanted {
    Wanted {
        requests: vec![request(id)],
        strict: vec![key(id)],
        blocking: vec![key(1000 + id)],
        prefixes: vec![(prefix(), 2)],
    }
}

/// How many keys of request `id` are looked up in a turn on this head.
fn looked_up(fresh: &Fresh, head: &Head, id: u128) -> usize {
    let mut wanted = wanted(id);
    fresh.narrow(head, NOW, &mut wanted);
    wanted.requests.len() + wanted.strict.len() + wanted.blocking.len()
}

fn page(head: &Head, keys: &[Key]) -> KeyPage {
    KeyPage {
        head: head.clone(),
        keys: keys.iter().map(|key| key.as_bytes().to_vec()).collect(),
    }
}

/// A filter complete on the head of an empty ledger.
fn complete() -> (Fresh, Head) {
    let fresh = Fresh::new(MEMORY, empty(), NOW);
    assert!(fresh.complete(1));
    (fresh, empty())
}

#[test]
fn nothing_is_spared_and_anything_may_be_known_before_the_filter_is_complete() {
    let fresh = Fresh::new(MEMORY, empty(), NOW);
    assert_eq!(looked_up(&fresh, &empty(), 1), 3);
    assert!(fresh.may_know(&request(1)));
    assert!(fresh.complete(1));
    assert_eq!(looked_up(&fresh, &empty(), 1), 0);
    assert!(!fresh.may_know(&request(1)));
}

#[test]
fn what_this_server_commits_is_known_from_then_on() {
    let (fresh, head) = complete();
    let first = turn(&head, 1);
    assert_eq!(looked_up(&fresh, &head, 1), 0, "not before it is committed");
    fresh.committed(&first);
    assert_eq!(looked_up(&fresh, &first.head, 1), 3);
    assert_eq!(looked_up(&fresh, &first.head, 2), 0);
    assert!(fresh.may_know(&request(1)) && !fresh.may_know(&request(2)));
}

#[test]
fn on_any_other_head_everything_is_looked_up() {
    let (_, head) = complete();
    let first = turn(&head, 1);
    let others = [
        (
            "another server wrote, or a commit of unknown outcome happened",
            turn(&first.head, 2).head,
        ),
        ("a failover lost a commit", head.clone()),
        ("a failover lost a commit and another server wrote", turn(&head, 3).head),
        (
            "another life of the store",
            Head {
                epoch: 2,
                ..first.head.clone()
            },
        ),
    ];
    for (what, other) in others {
        let (fresh, _) = complete();
        fresh.committed(&first);
        assert_eq!(looked_up(&fresh, &first.head, 9), 0);
        let mut all = wanted(9);
        assert!(fresh.narrow(&other, NOW, &mut all).is_empty(), "{what}");
        assert!(!all.prefixes.is_empty(), "{what}");
        assert_eq!(looked_up(&fresh, &other, 9), 3, "{what}");
        assert!(fresh.may_know(&request(9)), "{what}");
        // Coming back to the old head does not bring the filter back.
        assert_eq!(looked_up(&fresh, &first.head, 9), 3, "{what}");
    }
}

#[test]
fn a_turn_that_was_not_committed_changes_nothing() {
    let (fresh, head) = complete();
    let _lost = turn(&head, 1);
    assert_eq!(looked_up(&fresh, &head, 1), 0);
}

#[test]
fn what_was_written_while_it_is_filled_is_known_as_well_as_what_was_read() {
    let fresh = Fresh::new(MEMORY, empty(), NOW);
    let first = turn(&empty(), 1);
    assert_eq!(looked_up(&fresh, &empty(), 1), 3);
    fresh.committed(&first);
    assert_eq!(
        fresh.add(KeyTable::Strict, &page(&empty(), &[key(50)]), 1).ok(),
        Some(true)
    );
    assert_eq!(
        fresh.add(KeyTable::Blocking, &page(&first.head, &[key(1060)]), 1).ok(),
        Some(true)
    );
    let requests = KeyPage {
        head: first.head.clone(),
        keys: vec![request(70).binding()],
    };
    assert_eq!(fresh.add(KeyTable::Requests, &requests, 1).ok(), Some(true));
    assert!(fresh.complete(1));
    let known = [1, 50, 60, 70, 80].map(|id| looked_up(&fresh, &first.head, id));
    assert_eq!(known, [3, 1, 1, 1, 0]);
}

/// A primary that a failover left behind still answers those who are connected to it.
#[test]
fn a_page_read_from_another_ledger_does_not_count() {
    let fresh = Fresh::new(MEMORY, empty(), NOW);
    fresh.committed(&turn(&empty(), 1));
    let elsewhere = turn(&empty(), 2).head;
    let ahead = turn(&turn(&empty(), 1).head, 2).head;
    for head in [elsewhere, ahead] {
        assert_eq!(fresh.add(KeyTable::Strict, &page(&head, &[]), 1).ok(), Some(false));
    }
}

#[test]
fn a_filling_that_was_given_up_adds_nothing_to_the_next_and_does_not_complete_it() {
    let fresh = Fresh::new(MEMORY, empty(), NOW);
    let other = turn(&empty(), 2).head;
    looked_up(&fresh, &other, 1);
    assert!(fresh.add(KeyTable::Strict, &page(&other, &[]), 1).is_err());
    assert!(!fresh.complete(1));
    let later = NOW + 2 * QUIET;
    fresh.narrow(&other, later, &mut wanted(1));
    assert!(fresh.add(KeyTable::Strict, &page(&other, &[]), 1).is_err());
    assert!(!fresh.complete(1) && fresh.complete(2));
}

#[test]
fn the_more_often_others_write_the_longer_it_waits_before_it_is_filled_again() {
    let (fresh, mut head) = complete();
    let (mut now, mut filling, mut quiet) = (NOW, 1, QUIET);
    for id in 1..20 {
        head = turn(&head, id).head;
        fresh.narrow(&head, now, &mut wanted(1));
        quiet = (quiet * 2).min(LONGEST_QUIET);
        for (after, begun) in [(quiet - Duration::from_millis(1), false), (quiet, true)] {
            fresh.narrow(&head, now + after, &mut wanted(1));
            assert_eq!(fresh.is_filling(filling + 1), begun, "{id}");
        }
        now += quiet;
        filling += 1;
        assert!(fresh.complete(filling));
    }
    // Servers that take turns with each other all the time never begin.
    for id in 20..60 {
        head = turn(&head, id).head;
        fresh.narrow(&head, now, &mut wanted(1));
        now += QUIET;
    }
    assert!(!fresh.is_filling(filling + 1));
}

#[test]
fn more_keys_than_it_may_hold_turn_it_off_for_good() {
    let fresh = Fresh::new(64, empty(), NOW);
    assert!(fresh.complete(1));
    let mut head = empty();
    for id in 1..100 {
        let changes = turn(&head, id);
        fresh.committed(&changes);
        head = changes.head;
    }
    assert_eq!(looked_up(&fresh, &head, 200), 3);
    assert!(fresh.may_know(&request(200)));
    fresh.narrow(&head, NOW + LONGEST_QUIET, &mut wanted(1));
    assert!(!fresh.is_filling(2));
}

#[test]
fn prefixes_are_remembered_from_head_to_head_save_where_numbers_came_from_elsewhere() {
    let fresh = Fresh::new(0, empty(), NOW);
    let ask = |head: &Head| fresh.narrow(head, NOW, &mut wanted(1)).remove(&prefix());
    assert_eq!(ask(&empty()), None);
    fresh.learn(&HashMap::from([(prefix(), row(40, 0))]));
    let drawn = ask(&empty()).unwrap();
    assert_eq!((drawn.next, drawn.free), (40, vec![40, 41]));
    let next = turn(&empty(), 42);
    fresh.committed(&next);
    assert_eq!(ask(&next.head).unwrap().free, [42, 43]);
    fresh.learn(&HashMap::from([(prefix(), row(42, 1))]));
    assert_eq!(ask(&next.head), None);
    fresh.learn(&HashMap::from([(prefix(), row(42, 0))]));
    assert_eq!(ask(&empty()), None, "another head");
}
