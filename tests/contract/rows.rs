//! What is written comes back, row for row.

use dinhdanh::ledger::{Context, EntryKind, Placement, RequestKey};
use dinhdanh::number::Slot;
use dinhdanh::protocol::{CaseCause, CaseKind, CaseRow, CaseState, Known, LifeStatus, NumberState, Side, Wanted};
use dinhdanh::store::{Reader, Store, Turn};
use uuid::Uuid;

use super::draft::{Pen, key, prefix, request};
use super::{Backend, fresh, head, ring, turn};

/// What a turn finds of these positions.
async fn known(store: &impl Store, positions: impl IntoIterator<Item = i64>) -> Vec<Known> {
    let positions: Vec<_> = positions.into_iter().collect();
    store.begin().await.unwrap().known(&positions).await.unwrap()
}

pub async fn batches_of_every_size_come_back_in_order<B: Backend>() {
    for size in [0_u32, 1, 2, 512, 2000] {
        let (_backend, store) = fresh::<B>().await;
        let mut entries = Vec::new();
        turn(&store, |changes| {
            let mut pen = Pen::on(changes);
            for n in 0..size {
                let (position, id) = (pen.next(), u128::from(n) + 1);
                pen.issued(id, Slot::of(prefix(2026), n).unwrap());
                pen.changes.strict.push((key(id), position));
                pen.changes.blocking.push((key(1_000_000 + id), position));
            }
            entries.clone_from(&changes.entries);
        })
        .await
        .unwrap();
        assert_eq!(head(&store).await.size(), i64::from(size));
        let back: Vec<_> = known(&store, 1..=i64::from(size))
            .await
            .into_iter()
            .map(|known| known.entry)
            .collect();
        assert!(back == entries, "a batch of {size}");
        let wanted = Wanted {
            requests: (1..=u128::from(size)).map(request).collect(),
            strict: (1..=u128::from(size)).map(key).collect(),
            blocking: (1..=u128::from(size)).map(|id| key(1_000_000 + id)).collect(),
            ..Wanted::default()
        };
        let found = store.begin().await.unwrap().find(&wanted).await.unwrap();
        for (id, position) in (1..=u128::from(size)).zip(1_i64..) {
            assert_eq!(found.requests[&request(id)], position);
            assert_eq!(found.strict[&key(id)], position);
            assert_eq!(found.blocking[&key(1_000_000 + id)], [position]);
        }
    }
}

pub async fn every_kind_of_row_comes_back_as_it_was<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    let states = [
        NumberState::Reserved,
        NumberState::Issued,
        NumberState::Confirmed,
        NumberState::Disputed,
        NumberState::Revoked,
        NumberState::Quarantined,
    ];
    let lives = [LifeStatus::Alive, LifeStatus::Deceased, LifeStatus::Missing];
    let other = ring().picker.at(Slot::of(prefix(2025), 999_999).unwrap());
    let mut expected = Vec::new();
    turn(&store, |changes| {
        let mut pen = Pen::on(changes);
        for (kind, _) in EntryKind::ALL {
            expected.push((pen.entry(1000 + kind.code() as u128, kind).clone(), None, None));
        }
        for (at, (state, life)) in (0..).zip(states.into_iter().flat_map(|state| lives.map(|life| (state, life)))) {
            let mut row = pen.issued(u128::from(at) + 1, Slot::of(prefix(2026), at).unwrap());
            (row.state, row.life) = (state, life);
            row.replaced_by = (at % 2 == 1).then_some(other);
            row.replaces = (at % 3 == 1).then_some(other);
            row.case_id = (at % 5 == 1).then(|| Uuid::from_u128(at.into()));
            row.issued_at += i64::from(at);
            row.registration -= i64::from(at % 7);
            row.facts += i64::from(at % 4);
            *pen.changes.numbers.last_mut().unwrap() = row.clone();
            expected.push((pen.changes.entries.last().unwrap().clone(), Some(row), None));
        }
        for (at, case) in (0_u128..).zip(cases()) {
            let made = pen.case(2000 + at, &[1, 2]);
            let case = CaseRow {
                case_id: made.case_id,
                decision: made.decision,
                matches: made.matches,
                ..case
            };
            *pen.changes.cases.last_mut().unwrap() = case.clone();
            let loaded = CaseRow {
                matches: Vec::new(),
                ..case
            };
            expected.push((pen.changes.entries.last().unwrap().clone(), None, Some(loaded)));
        }
        // A further id of the first decision, as a bound request has it.
        let placement = Placement {
            kind: EntryKind::Bound,
            ..pen.placement(1)
        };
        let context = Context {
            officer: "officer".to_owned(),
            purpose: "purpose".to_owned(),
        };
        expected.push((pen.place(request(3000), context, b"", placement).clone(), None, None));
    })
    .await
    .unwrap();
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(entry, number, case)| Known {
            entry,
            number,
            case,
            former: None,
        })
        .collect();
    assert_eq!(known(&store, 1..=expected.len() as i64).await, expected);
    assert_eq!(store.reader().entries_after(0, 1000).await.unwrap(), expected);
    let numbers = store.reader().numbers_after(None, 1000).await.unwrap();
    assert_eq!(
        numbers,
        expected
            .iter()
            .filter_map(|known| known.number.clone())
            .collect::<Vec<_>>()
    );
    let first = store.reader().by_request(&request(3000)).await.unwrap();
    assert_eq!(first, Some(expected[0].clone()), "a bound id leads to the decision");
}

/// Cases in which every kind, state, cause and side there is comes up.
fn cases() -> Vec<CaseRow> {
    let codes = || 1..=20;
    let kinds: Vec<_> = codes().filter_map(CaseKind::from_code).collect();
    let states: Vec<_> = codes().filter_map(CaseState::from_code).collect();
    let sides: Vec<_> = codes().filter_map(Side::from_code).collect();
    let slot = |at: usize| Slot::of(prefix(2024), at as u32).unwrap();
    let of = |at: usize| {
        let (state, proposed_side) = (states[at % states.len()], sides[at % sides.len()]);
        let decided = matches!(state, CaseState::Approved | CaseState::Rejected);
        CaseRow {
            case_id: Uuid::nil(),
            kind: kinds[at % kinds.len()],
            state,
            cause: codes().filter_map(CaseCause::from_code).cycle().nth(at).unwrap(),
            decision: 0,
            proposed_side,
            opened_at: at as i64 * 1000,
            version: at as i64 + 1,
            slot: (at % 3 == 1).then(|| slot(at)),
            other: (at % 5 == 1).then(|| ring().picker.at(slot(at))),
            closed: (state != CaseState::Open).then_some(at as i64),
            decided_side: decided.then(|| proposed_side.other()),
            matches: Vec::new(),
        }
    };
    (0..20).map(of).collect()
}

pub async fn any_text_comes_back_as_it_was<B: Backend>() {
    let texts = [
        "",
        " ",
        "Nguyễn Thị Hòa Bình",
        "Nguye\u{302}\u{303}n",
        "'; DROP TABLE entries; --",
        "\"$1\" ?1 :a @b %s",
        "a\0b",
        "\0",
        "tab\tand\nline\r\n",
        "👩‍👩‍👧‍👦 𐍈 العربية עברית 日本語",
        "\u{feff}mark",
        "\u{10ffff}\u{fffd}\u{200b}",
        "12",
        "1e5",
        "0x10",
        "NULL",
    ];
    let long = "ữ".repeat(20_000);
    let texts: Vec<&str> = texts.into_iter().chain([long.as_str()]).collect();
    let (_backend, store) = fresh::<B>().await;
    let mut entries = Vec::new();
    turn(&store, |changes| {
        let mut pen = Pen::on(changes);
        for (at, text) in texts.iter().enumerate() {
            let next = |by: usize| texts[(at + by) % texts.len()].to_owned();
            let request = RequestKey {
                id: Uuid::from_u128(7),
                office: (*text).to_owned(),
            };
            let placement = pen.placement(pen.next());
            pen.place(
                request,
                Context {
                    officer: next(1),
                    purpose: next(2),
                },
                b"content",
                placement,
            );
        }
        entries.clone_from(&changes.entries);
    })
    .await
    .unwrap();
    for entry in entries {
        let found = store.reader().by_request(&entry.request).await.unwrap().unwrap();
        assert_eq!(found.entry, entry);
        let wanted = Wanted {
            requests: vec![entry.request.clone()],
            ..Wanted::default()
        };
        let found = store.begin().await.unwrap().find(&wanted).await.unwrap();
        assert_eq!(found.requests[&entry.request], entry.position);
    }
}

pub async fn any_sealed_bytes_come_back_as_they_were<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    let every: Vec<u8> = (0..=255).collect();
    let contents = [
        vec![],
        vec![0],
        every.clone(),
        every.repeat(4000),
        b"'; DROP TABLE entries; --".to_vec(),
    ];
    turn(&store, |changes| {
        let mut pen = Pen::on(changes);
        for (id, bytes) in (0..).zip(&contents) {
            pen.entry(id, EntryKind::Rejected).sealed.bytes.clone_from(bytes);
        }
    })
    .await
    .unwrap();
    let back = known(&store, 1..=contents.len() as i64).await;
    assert!(back.iter().map(|known| &known.entry.sealed.bytes).eq(&contents));
}

pub async fn integers_come_back_from_both_ends_of_their_range<B: Backend>() {
    for extreme in [i64::MIN, i64::MIN + 1, -1, 0, i64::MAX] {
        let (_backend, store) = fresh::<B>().await;
        let mut case = None;
        turn(&store, |changes| {
            let mut pen = Pen::on(changes);
            pen.issued(1, Slot::of(prefix(2026), 0).unwrap());
            pen.changes.numbers[0].issued_at = extreme;
            pen.case(2, &[]);
            let row = &mut pen.changes.cases[0];
            (row.opened_at, row.version) = (extreme, extreme);
            case = Some(row.clone());
            changes.head.at = extreme;
            changes.entries.iter_mut().for_each(|entry| entry.at = extreme);
        })
        .await
        .unwrap();
        let back = known(&store, [1, 2]).await;
        assert_eq!(back[0].number.as_ref().unwrap().issued_at, extreme);
        assert_eq!(back[1].case, case);
        assert!(back.iter().all(|known| known.entry.at == extreme));
        assert_eq!(head(&store).await.at, extreme);
    }
}
