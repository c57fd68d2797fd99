//! The reading side sees what is durable, and finds it by every name it has.

use dinhdanh::ledger::EntryKind;
use dinhdanh::number::Slot;
use dinhdanh::protocol::{Attachment, CaseRow, Changes, Wanted};
use dinhdanh::store::{KeyTable, Reader, Store, Turn};

use super::draft::{Pen, key, prefix, request, row};
use super::{Backend, fresh, turn};

pub async fn a_reader_sees_what_is_committed_and_nothing_else<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    let reader = store.reader();
    for id in 1..=5 {
        let before = reader.head().await.unwrap();
        let turn = store.begin().await.unwrap();
        let mut changes = Changes::on(turn.head().clone());
        Pen::on(&mut changes).entry(id, EntryKind::Rejected);
        // Readers do not wait for a turn, and see nothing of it.
        assert_eq!(reader.head().await.unwrap(), before);
        assert_eq!(reader.by_request(&request(id)).await.unwrap(), None);
        turn.commit(&changes).await.unwrap();
        assert_eq!(reader.head().await.unwrap(), changes.head);
        assert!(reader.by_request(&request(id)).await.unwrap().is_some());
    }
}

pub async fn a_decision_is_found_by_request_reference_and_number<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    let slot = Slot::of(prefix(2026), 4).unwrap();
    let mut number = None;
    turn(&store, |changes| {
        let mut pen = Pen::on(changes);
        pen.case(1, &[]);
        number = Some(pen.issued(2, slot));
        changes.strict.extend([(key(1), 1), (key(2), 2)]);
    })
    .await
    .unwrap();
    let reader = store.reader();
    let found = [
        reader.by_request(&request(2)).await.unwrap().unwrap(),
        reader.by_strict_key(key(2)).await.unwrap().unwrap(),
        reader.by_slot(slot).await.unwrap().unwrap(),
    ];
    assert_eq!(found[0].entry.position, 2);
    assert_eq!((&found[0].number, &found[0].case), (&number, &None));
    assert!(found.iter().all(|known| *known == found[0]));
    let case = reader.by_strict_key(key(1)).await.unwrap().unwrap();
    assert_eq!(case, reader.by_request(&request(1)).await.unwrap().unwrap());
    assert!(case.number.is_none() && case.case.is_some());
}

pub async fn entries_and_numbers_come_in_pages<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    turn(&store, |changes| {
        let mut pen = Pen::on(changes);
        for (id, year) in (0..25_u32).zip((2000..2005).cycle()) {
            pen.issued(id.into(), Slot::of(prefix(year), id).unwrap());
        }
    })
    .await
    .unwrap();
    let reader = store.reader();
    for page in [1, 7, 25, 26] {
        let (mut positions, mut slots) = (Vec::new(), Vec::new());
        loop {
            let entries = reader
                .entries_after(positions.last().copied().unwrap_or(0), page)
                .await
                .unwrap();
            let numbers = reader.numbers_after(slots.last().copied(), page).await.unwrap();
            assert!(entries.len() <= page as usize && numbers.len() <= page as usize);
            if entries.is_empty() && numbers.is_empty() {
                break;
            }
            positions.extend(entries.iter().map(|known| known.entry.position));
            slots.extend(numbers.iter().map(|number| number.slot));
        }
        assert!(positions.iter().copied().eq(1..=25));
        assert_eq!(slots.len(), 25);
        assert!(slots.is_sorted(), "in the order of slots");
    }
    // From a slot in which there is no number: so those of a prefix are found, whatever lies before them.
    for year in 1999..2006 {
        let before = Slot::from_value(Slot::of(prefix(year), 0).unwrap().value() - 1).unwrap();
        let next = reader.numbers_after(Some(before), 1).await.unwrap();
        let next: Vec<_> = next.iter().map(|number| number.slot.prefix()).collect();
        let expected = (year..2005).find(|year| *year >= 2000).map(prefix);
        assert_eq!(next, Vec::from_iter(expected), "{year}");
    }
    assert!(reader.entries_after(25, 10).await.unwrap().is_empty());
    assert!(reader.entries_after(i64::MAX, 10).await.unwrap().is_empty());
}

pub async fn holders_answers_as_a_turn_does<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    turn(&store, |changes| {
        let mut pen = Pen::on(changes);
        pen.issued(1, Slot::of(prefix(2026), 0).unwrap());
        pen.case(2, &[1]);
        changes.strict.extend([(key(1), 1), (key(2), 2)]);
        changes.blocking.extend([(key(3), 1), (key(3), 2)]);
        changes.prefixes.push((prefix(2026), row(1, 0)));
    })
    .await
    .unwrap();
    let wanted = Wanted {
        requests: vec![request(1), request(2), request(3)],
        strict: vec![key(1), key(2), key(3)],
        blocking: vec![key(1), key(3)],
        prefixes: Vec::new(),
    };
    let read = store.reader().holders(&wanted).await.unwrap();
    let found = store.begin().await.unwrap().find(&wanted).await.unwrap();
    assert_eq!(
        (read.requests, read.strict, read.blocking),
        (found.requests, found.strict, found.blocking)
    );
    assert_eq!(store.reader().prefixes().await.unwrap(), [(prefix(2026), row(1, 0))]);
}

pub async fn entries_are_found_at_the_positions_asked<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    turn(&store, |changes| {
        let mut pen = Pen::on(changes);
        for id in 1..=10 {
            pen.entry(id, EntryKind::Rejected);
        }
    })
    .await
    .unwrap();
    let asked = [9, 2, 0, 11, 5, -1];
    let mut found = store.reader().entries_at(&asked).await.unwrap();
    found.sort_unstable_by_key(|known| known.entry.position);
    assert!(found.iter().map(|known| known.entry.position).eq([2, 5, 9]));
    let mut in_turn = store.begin().await.unwrap().known(&asked).await.unwrap();
    in_turn.sort_unstable_by_key(|known| known.entry.position);
    assert_eq!(found, in_turn);
}

pub async fn cases_come_in_pages_with_what_they_were_raised_against<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    let mut expected = Vec::new();
    turn(&store, |changes| {
        let mut pen = Pen::on(changes);
        for id in 1..=7_i64 {
            // Named in the order of the ledger: none, one, two and so on.
            expected.push(pen.case(id as u128, &(1..id).collect::<Vec<_>>()));
        }
    })
    .await
    .unwrap();
    for page in [1, 3, 7, 8] {
        let mut cases = Vec::new();
        while let more = store
            .reader()
            .cases_after(cases.last().map(|case: &CaseRow| case.case_id), page)
            .await
            .unwrap()
            && !more.is_empty()
        {
            assert!(more.len() <= page as usize);
            cases.extend(more);
        }
        assert_eq!(cases, expected, "in pages of {page}");
    }
}

pub async fn totals_count_every_row<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    let mut numbers = Vec::new();
    turn(&store, |changes| {
        let mut pen = Pen::on(changes);
        for id in 1..=5 {
            numbers.push(pen.issued(id, Slot::of(prefix(2026), id as u32).unwrap()));
        }
        pen.case(6, &[1, 2, 3]);
        pen.case(7, &[1]);
        changes.strict.extend([(key(1), 1), (key(2), 2), (key(3), 3)]);
        changes.blocking.extend([(key(4), 1), (key(4), 2)]);
        changes.prefixes.push((prefix(2026), row(6, 0)));
    })
    .await
    .unwrap();
    turn(&store, |changes| {
        let changed = numbers[..3].iter().cloned();
        changes.rare.history.extend(changed.map(|number| (7, number)));
        changes.rare.attached.extend([6, 7].map(|registration| Attachment {
            registration,
            slot: numbers[0].slot,
            former: None,
        }));
    })
    .await
    .unwrap();
    let totals = store.reader().totals().await.unwrap();
    assert_eq!(totals.head, store.reader().head().await.unwrap());
    let counts = [
        totals.requests,
        totals.numbers,
        totals.strict_keys,
        totals.blocking_keys,
        totals.cases,
        totals.matches,
        totals.history,
        totals.attachments,
    ];
    assert_eq!(counts, [7, 5, 3, 2, 2, 4, 3, 2]);
}

pub async fn keys_come_in_pages_each_with_the_head_of_its_moment<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    let reader = store.reader();
    for table in KeyTable::ALL {
        let page = reader.keys_after(table, &[], 10).await.unwrap();
        assert!(page.keys.is_empty());
        assert_eq!(page.head, reader.head().await.unwrap());
    }
    turn(&store, |changes| {
        let mut pen = Pen::on(changes);
        for id in 1..=25 {
            pen.entry(id, EntryKind::Rejected);
        }
        for n in 1..=25_u8 {
            changes.strict.push((key(n.into()), n.into()));
            // Two decisions under each key.
            changes.blocking.push((key(1000 + u128::from(n / 2)), n.into()));
        }
    })
    .await
    .unwrap();
    let head = reader.head().await.unwrap();
    let bytes = |key: dinhdanh::registration::Key| key.as_bytes().to_vec();
    for (table, mut expected) in [
        (
            KeyTable::Requests,
            (1..=25).map(|id| request(id).binding()).collect::<Vec<_>>(),
        ),
        (KeyTable::Strict, (1..=25).map(|n| bytes(key(n))).collect()),
        (KeyTable::Blocking, (1000..=1012).map(|n| bytes(key(n))).collect()),
    ] {
        expected.sort_unstable();
        for limit in [1, 7, 25, 100] {
            let (mut keys, mut after) = (Vec::new(), Vec::new());
            loop {
                let page = reader.keys_after(table, &after, limit).await.unwrap();
                assert_eq!(page.head, head);
                assert!(page.keys.len() <= limit as usize);
                assert!(page.keys.is_sorted());
                let Some(last) = page.keys.last() else { break };
                after.clone_from(last);
                keys.extend(page.keys);
            }
            keys.dedup();
            assert_eq!(keys, expected, "{table:?} by {limit}");
        }
    }
}
