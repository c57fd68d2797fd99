//! What is asked for by lists, filters and pages of cases, histories and attachments.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use dinhdanh::ledger::{EntryKind, Position};
use dinhdanh::number::Slot;
use dinhdanh::protocol::{Attachment, CaseKind, CaseRow, CaseState, Loaded, Needs, NumberRow, NumberState, Side};
use dinhdanh::store::{CasesAsked, Reader, Store, Turn};
use uuid::Uuid;

use super::draft::{Pen, prefix};
use super::{Backend, fresh, ring, turn};

fn slot(counter: u32) -> Slot {
    Slot::of(prefix(2026), counter).unwrap()
}

/// What a turn and a reader load, which must be the same.
async fn look_up(store: &impl Store, needs: &Needs) -> Loaded {
    let mut sorted = Vec::new();
    let in_turn = store.begin().await.unwrap().look_up(needs).await.unwrap();
    let read = store.reader().look_up(needs).await.unwrap();
    for mut loaded in [in_turn, read] {
        // In whatever order they come.
        loaded.known.sort_by_key(|known| known.entry.position);
        loaded.numbers.sort_by_key(|number| number.slot);
        loaded.cases.sort_by_key(|case| case.decision);
        loaded.against.sort_unstable();
        sorted.push(loaded);
    }
    let read = sorted.pop().unwrap();
    assert_eq!(sorted, std::slice::from_ref(&read));
    read
}

pub async fn a_look_up_loads_what_is_needed_and_nothing_else<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    let (mut numbers, mut cases, mut attached) = (Vec::new(), Vec::new(), Vec::new());
    turn(&store, |changes| {
        let mut pen = Pen::on(changes);
        numbers.extend((0..4).map(|at| pen.issued(at.into(), slot(at))));
        for matches in [&[3, 1][..], &[], &[1, 2], &[1]] {
            let id = 10 + cases.len() as u128;
            cases.push(pen.case(id, matches));
        }
        attached.extend([(8, 1), (5, 0), (6, 1), (7, 2)].map(|(registration, at)| Attachment {
            registration,
            slot: slot(at),
            former: Some(numbers[3].number),
        }));
        pen.changes.rare.attached.clone_from(&attached);
    })
    .await
    .unwrap();
    turn(&store, |changes| {
        cases[2] = Pen::on(changes).closed(20, &cases[2], CaseState::Withdrawn, None);
    })
    .await
    .unwrap();
    cases[0].matches.sort_unstable();

    assert_eq!(look_up(&store, &Needs::default()).await, Loaded::default());
    let known = store.reader().entries_at(&[1, 6, 9]).await.unwrap();
    let each = [
        (
            Needs {
                positions: vec![9, 1, 77, 6],
                ..Needs::default()
            },
            Loaded {
                known,
                ..Loaded::default()
            },
        ),
        (
            Needs {
                slots: vec![slot(1), slot(3), slot(99), slot(0)],
                ..Needs::default()
            },
            Loaded {
                numbers: vec![numbers[0].clone(), numbers[1].clone(), numbers[3].clone()],
                // In the order of the ledger.
                attached: vec![attached[1], attached[2], attached[0]],
                ..Loaded::default()
            },
        ),
        (
            Needs {
                cases: vec![cases[2].case_id, Uuid::from_u128(5), cases[0].case_id, cases[1].case_id],
                ..Needs::default()
            },
            Loaded {
                cases: cases[..3].to_vec(),
                ..Loaded::default()
            },
        ),
        (
            Needs {
                against: vec![2, 1, 3, 4],
                ..Needs::default()
            },
            Loaded {
                // The closed one is left out.
                against: vec![(1, cases[0].case_id), (1, cases[3].case_id), (3, cases[0].case_id)],
                ..Loaded::default()
            },
        ),
    ];
    let (mut needs, mut all) = (Needs::default(), Loaded::default());
    for (need, loaded) in each {
        assert_eq!(look_up(&store, &need).await, loaded);
        needs.positions.extend(need.positions);
        needs.slots.extend(need.slots);
        needs.cases.extend(need.cases);
        needs.against.extend(need.against);
        all.known.extend(loaded.known);
        all.numbers.extend(loaded.numbers);
        all.attached.extend(loaded.attached);
        all.cases.extend(loaded.cases);
        all.against.extend(loaded.against);
    }
    assert_eq!(look_up(&store, &needs).await, all);
}

/// A number and a case change together, again and again: no look-up sees the one without the other.
/// Polls something so often at most, and then drops it.
async fn given_up_after(polls: usize, work: impl Future) {
    let (mut work, mut left) = (std::pin::pin!(work), polls);
    std::future::poll_fn(|context| match left {
        0 => Poll::Ready(()),
        _ => {
            left -= 1;
            work.as_mut().poll(context).map(drop)
        }
    })
    .await;
}

/// Whoever looks up may go in the middle of it. Others, on the same connections, see what is there when they ask.
pub async fn a_look_up_given_up_leaves_no_moment_behind<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    let sizes = async || {
        // As many at a time as there are connections.
        let all = (0..8).map(|_| async { store.reader().head().await.unwrap().size() });
        futures_util::future::join_all(all).await
    };
    for polls in 0..40 {
        let before = i64::try_from(polls).unwrap();
        let needs = Needs {
            positions: vec![1],
            slots: vec![slot(0)],
            cases: vec![Uuid::from_u128(1)],
            against: vec![1],
            blocks: vec![crate::contract::draft::request(1)],
            offices: vec!["an office".to_owned()],
            whole: vec![1],
            versions: vec![slot(0)],
        };
        given_up_after(polls, store.reader().look_up(&needs)).await;
        assert_eq!(sizes().await, [before; 8]);
        turn(&store, |changes| {
            Pen::on(changes).entry(polls as u128, EntryKind::Rejected);
        })
        .await
        .unwrap();
        assert_eq!(sizes().await, [before + 1; 8], "given up after {polls} polls");
    }
}

pub async fn a_look_up_is_of_one_moment<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    let mut rows = None;
    turn(&store, |changes| {
        let mut pen = Pen::on(changes);
        let mut number = pen.issued(1, slot(0));
        number.issued_at = 1;
        pen.changes.numbers[0] = number.clone();
        rows = Some((number, pen.case(2, &[1])));
    })
    .await
    .unwrap();
    let (mut number, mut case) = rows.unwrap();
    let needs = Needs {
        positions: vec![1, 2],
        slots: vec![number.slot],
        cases: vec![case.case_id],
        against: vec![1],
        ..Needs::default()
    };
    let (store, done) = (Arc::new(store), Arc::new(AtomicBool::new(false)));
    let reading = tokio::spawn({
        let (store, done) = (Arc::clone(&store), Arc::clone(&done));
        async move {
            let mut seen = Vec::new();
            while !done.load(Ordering::Acquire) {
                let loaded = store.reader().look_up(&needs).await.unwrap();
                let issued_at = |number: Option<&NumberRow>| number.unwrap().issued_at;
                seen.push([
                    issued_at(loaded.known[0].number.as_ref()),
                    loaded.known[1].case.as_ref().unwrap().version,
                    issued_at(loaded.numbers.first()),
                    loaded.cases[0].version,
                ]);
            }
            seen
        }
    });
    for version in 2..=200 {
        (number.issued_at, case.version) = (version, version);
        turn(&*store, |changes| {
            changes.rare.numbers.push(number.clone());
            changes.rare.cases.push(case.clone());
        })
        .await
        .unwrap();
    }
    done.store(true, Ordering::Release);
    for seen in reading.await.unwrap() {
        assert_eq!(seen, [seen[0]; 4]);
    }
}

/// Offices, one of them with a code that nobody would choose.
const OFFICES: [&str; 3] = ["26734", "a\0'\u{1f476}", "00001"];

/// Cases of every kind in every state, proposed by either side, and the offices each concerns.
fn cases_of_all_sorts(pen: &mut Pen<'_>) -> Vec<(CaseRow, Vec<&'static str>)> {
    let kinds = (1..=20).filter_map(CaseKind::from_code);
    let states: Vec<_> = (1..=20).filter_map(CaseState::from_code).collect();
    let sorts = kinds.flat_map(|kind| states.clone().into_iter().map(move |state| (kind, state)));
    let mut cases = Vec::new();
    for (at, (kind, state)) in sorts.enumerate() {
        let mut case = pen.case(at as u128, &[]);
        let by_population = (at / states.len() + at) % 2 == 0;
        (case.kind, case.state) = (kind, state);
        case.proposed_side = if by_population {
            Side::Population
        } else {
            Side::Registration
        };
        let decided = matches!(state, CaseState::Approved | CaseState::Rejected);
        case.decided_side = decided.then(|| case.proposed_side.other());
        case.closed = (state != CaseState::Open).then_some(1000);
        *pen.changes.cases.last_mut().unwrap() = case.clone();
        let offices: Vec<_> = (0..3)
            .filter(|bit| at >> bit & 1 == 1)
            .map(|bit| OFFICES[bit])
            .collect();
        let parties = offices.iter().map(|office| ((*office).to_owned(), case.decision));
        pen.changes.rare.parties.extend(parties);
        cases.push((case, offices));
    }
    cases
}

fn fits(asked: &CasesAsked, case: &CaseRow, offices: &[&str]) -> bool {
    asked.state.is_none_or(|state| state == case.state)
        && asked.kind.is_none_or(|kind| kind == case.kind)
        && asked.waiting_for.is_none_or(|side| case.waiting_for() == Some(side))
        && asked
            .offices
            .as_ref()
            .is_none_or(|asked| offices.iter().any(|office| asked.iter().any(|asked| asked == office)))
}

/// Filters by everything and by nothing, for whatever offices.
fn filters() -> Vec<CasesAsked> {
    let mut filters = Vec::new();
    for state in [None, Some(CaseState::Open), Some(CaseState::Rejected)] {
        for kind in [None, Some(CaseKind::Revoke), Some(CaseKind::Mismatch)] {
            for waiting_for in [None, Some(Side::Registration), Some(Side::Population)] {
                filters.push(CasesAsked {
                    state,
                    kind,
                    waiting_for,
                    offices: None,
                });
            }
        }
    }
    filters
}

pub async fn cases_are_listed_as_asked<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    let mut cases = Vec::new();
    turn(&store, |changes| cases = cases_of_all_sorts(&mut Pen::on(changes)))
        .await
        .unwrap();
    assert_eq!(cases.len(), 24);
    let offices = [
        None,
        Some(&[][..]),
        Some(&OFFICES[..1]),
        Some(&OFFICES[1..]),
        Some(&OFFICES[..]),
        Some(&["99999", "26734"]),
    ];
    let mut found = 0;
    for (offices, page) in offices.into_iter().zip([1, 3, 100].into_iter().cycle()) {
        for mut asked in filters() {
            asked.offices = offices.map(|offices| offices.iter().map(|office| (*office).to_owned()).collect());
            let expected = cases.iter().filter(|(case, offices)| fits(&asked, case, offices));
            let expected: Vec<_> = expected.map(|(case, _)| case.clone()).collect();
            let mut listed = Vec::new();
            while let after = listed.last().map_or(0, |case: &CaseRow| case.decision)
                && let more = store.reader().cases_opened_after(after, &asked, page).await.unwrap()
                && !more.is_empty()
            {
                assert!(more.len() <= page as usize);
                listed.extend(more);
            }
            assert_eq!(listed, expected, "{asked:?}");
            found += listed.len();
        }
    }
    assert!(found > 100, "the filters leave something: {found}");
}

pub async fn the_offices_of_a_case_are_told_each_once<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    let mut expected: Vec<(String, Position)> = Vec::new();
    turn(&store, |changes| {
        let cases = cases_of_all_sorts(&mut Pen::on(changes));
        let parties = cases.iter().flat_map(|(case, offices)| {
            let office = |office: &&str| ((*office).to_owned(), case.decision);
            offices.iter().map(office)
        });
        expected.extend(parties);
    })
    .await
    .unwrap();
    // Named again, and one anew, by a later turn.
    turn(&store, |changes| {
        let rare = &mut changes.rare;
        rare.parties.extend(expected.iter().take(5).cloned());
        rare.parties
            .extend([("\u{10ffff}".to_owned(), 1), ("\u{10ffff}".to_owned(), 1)]);
    })
    .await
    .unwrap();
    expected.push(("\u{10ffff}".to_owned(), 1));
    expected.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
    let parties = store
        .reader()
        .parties(&(0..100).rev().collect::<Vec<_>>())
        .await
        .unwrap();
    assert_eq!(parties, expected);
    let some = store.reader().parties(&[8, 6, 1000]).await.unwrap();
    expected.retain(|(_, position)| [6, 8].contains(position));
    assert_eq!(some, expected);
    assert!(!some.is_empty());
    assert_eq!(store.reader().parties(&[]).await.unwrap(), []);
}

pub async fn the_history_comes_in_whole_entries<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    let picker = ring().picker;
    let mut history = Vec::new();
    turn(&store, |changes| {
        let pen = Pen::on(changes);
        // As many numbers an entry as its position says; some entries change none.
        for position in [1, 2, 3, 5, 8, 13] {
            for at in 0..position {
                let mut row = pen.elsewhere(slot(at), NumberState::Reserved, 1);
                row.replaces = Some(picker.at(slot(position)));
                row.case_id = (at % 2 == 0).then(|| Uuid::from_u128(u128::from(at) + 1));
                (row.registration, row.facts) = (i64::from(at), i64::from(position));
                history.push((i64::from(position), row));
            }
        }
        pen.changes.rare.history.clone_from(&history);
    })
    .await
    .unwrap();
    let reader = store.reader();
    for limit in [1, 2, 4, 6, 100] {
        let mut read: Vec<(Position, NumberRow)> = Vec::new();
        while let after = read.last().map_or(0, |(position, _)| *position)
            && let more = reader.history_after(after, limit).await.unwrap()
            && !more.is_empty()
        {
            let mut entries: Vec<_> = more.iter().map(|(position, _)| *position).collect();
            entries.dedup();
            assert!(entries.len() <= limit as usize);
            read.extend(more);
        }
        assert_eq!(read, history, "{limit} at a time");
    }
    let last = reader.last_changes(&[slot(4), slot(50), slot(12)]).await.unwrap();
    let mut last: Vec<_> = last.iter().map(|(position, row)| (row.slot, *position)).collect();
    last.sort_unstable();
    assert_eq!(last, [(slot(4), 13), (slot(12), 13)]);
    assert_eq!(reader.last_changes(&[]).await.unwrap(), []);
}

pub async fn attachments_come_in_pages<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    let attachments: Vec<_> = (1..=20_u32)
        .map(|at| Attachment {
            registration: i64::from(at) * 3,
            slot: slot(at % 4),
            former: (at % 3 == 0).then(|| ring().picker.at(slot(at))),
        })
        .collect();
    turn(&store, |changes| {
        changes.rare.attached.extend(attachments.iter().rev().copied());
        // Enough for a turn that does nothing else.
        Pen::on(changes).entry(1, EntryKind::Attached);
    })
    .await
    .unwrap();
    for limit in [1, 7, 20, 21] {
        let mut read: Vec<Attachment> = Vec::new();
        while let after = read.last().map_or(0, |attachment| attachment.registration)
            && let more = store.reader().attachments_after(after, limit).await.unwrap()
            && !more.is_empty()
        {
            assert!(more.len() <= limit as usize);
            read.extend(more);
        }
        assert_eq!(read, attachments, "{limit} at a time");
    }
}

pub async fn the_entries_that_held_a_number_s_facts_are_told_each_once<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    let mut rows = Vec::new();
    turn(&store, |changes| {
        let mut pen = Pen::on(changes);
        rows.extend([pen.issued(1, slot(0)), pen.issued(2, slot(1))]);
    })
    .await
    .unwrap();
    // Facts change at 3 and at 5; at 4 and 6 something else does.
    for (id, facts) in [(3, 3), (4, 3), (5, 5), (6, 5)] {
        turn(&store, |changes| {
            rows[0].facts = facts;
            Pen::on(changes).changed(id, EntryKind::Changed, &rows[0]);
        })
        .await
        .unwrap();
    }
    let needs = Needs {
        versions: vec![slot(0), slot(1), slot(2)],
        ..Needs::default()
    };
    let mut turn = store.begin().await.unwrap();
    let loaded = turn.look_up(&needs).await.unwrap();
    turn.finish().await.unwrap();
    assert_eq!(loaded.versions, [(slot(0), 3), (slot(0), 5)]);
    assert_eq!(store.reader().look_up(&needs).await.unwrap(), loaded);
}
