//! Blocks of numbers: kept as they were reserved, and found by whatever asks for them.

use dinhdanh::ledger::EntryKind;
use dinhdanh::number::Slot;
use dinhdanh::protocol::{BlockRow, Loaded, Needs, NumberRow, NumberState};
use dinhdanh::store::{Reader, Store, StoreError, Turn};

use super::draft::{Pen, prefix, request};
use super::{Backend, fresh, turn};

fn slot(counter: u32) -> Slot {
    Slot::of(prefix(2025), counter).unwrap()
}

/// A block of these counters, with its numbers.
fn reserve(pen: &mut Pen<'_>, id: u128, counters: &[u32]) -> (BlockRow, Vec<NumberRow>) {
    let opened = pen.entry(id, EntryKind::BlockReserved).position;
    let numbers: Vec<_> = counters
        .iter()
        .map(|counter| pen.elsewhere(slot(*counter), NumberState::Reserved, opened))
        .collect();
    let ends = [numbers.first(), numbers.last()].map(|number| number.unwrap().slot);
    let block = BlockRow {
        request: request(id),
        opened,
        first: ends[0],
        last: ends[1],
        count: numbers.len() as i64,
        unused: numbers.len() as i64,
        expires_at: 5,
        closed: None,
    };
    pen.changes.numbers.extend(numbers.iter().cloned());
    pen.changes.rare.blocks.push(block.clone());
    (block, numbers)
}

async fn look_up(store: &impl Store, needs: &Needs) -> Loaded {
    let mut turn = store.begin().await.unwrap();
    let loaded = turn.look_up(needs).await.unwrap();
    turn.finish().await.unwrap();
    assert_eq!(store.reader().look_up(needs).await.unwrap(), loaded);
    loaded
}

pub async fn blocks_are_found_by_request_by_office_and_whole<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    let mut made = Vec::new();
    turn(&store, |changes| {
        let mut pen = Pen::on(changes);
        made.push(reserve(&mut pen, 1, &[0, 1, 4]));
        // Between the first and the last of them lie numbers of others.
        made.push(reserve(&mut pen, 2, &[2]));
        pen.issued(3, slot(3));
    })
    .await
    .unwrap();
    let (mut first, mut numbers) = made.remove(0);
    let (second, _) = made.remove(0);
    // A number is used, and the other block closed, by later turns.
    first.unused = 2;
    numbers[1].state = NumberState::Issued;
    turn(&store, |changes| {
        Pen::on(changes).entry(4, EntryKind::Settled);
        changes.rare.numbers.push(numbers[1].clone());
        changes.rare.blocks.push(first.clone());
    })
    .await
    .unwrap();
    let closed = BlockRow {
        unused: 0,
        closed: Some(5),
        ..second.clone()
    };
    turn(&store, |changes| {
        Pen::on(changes).entry(5, EntryKind::BlockClosed);
        changes.rare.blocks.push(closed.clone());
    })
    .await
    .unwrap();

    let mut loaded = look_up(
        &store,
        &Needs {
            blocks: vec![request(2), request(9), request(1)],
            ..Needs::default()
        },
    )
    .await;
    loaded.blocks.sort_by_key(|block| block.opened);
    assert_eq!(loaded.blocks, [first.clone(), closed]);
    let office = request(1).office;
    let needs = Needs {
        offices: vec!["nobody".to_owned(), office],
        ..Needs::default()
    };
    assert_eq!(
        look_up(&store, &needs).await.blocks,
        [first.clone()],
        "the closed one is left out"
    );
    let needs = Needs {
        whole: vec![first.opened],
        ..Needs::default()
    };
    assert_eq!(look_up(&store, &needs).await.whole, numbers);
    assert_eq!(store.reader().totals().await.unwrap().blocks, 2);
}

pub async fn a_block_keeps_its_numbers_and_a_closed_one_stays_closed<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    let mut made = None;
    turn(&store, |changes| {
        made = Some(reserve(&mut Pen::on(changes), 1, &[0, 1]))
    })
    .await
    .unwrap();
    let (block, numbers) = made.unwrap();
    let closed = BlockRow {
        unused: 0,
        closed: Some(2),
        ..block.clone()
    };
    turn(&store, |changes| {
        Pen::on(changes).entry(2, EntryKind::BlockClosed);
        changes.rare.blocks.push(closed.clone());
    })
    .await
    .unwrap();
    let again = BlockRow {
        closed: None,
        ..block.clone()
    };
    let more = BlockRow {
        unused: 3,
        request: request(7),
        ..block
    };
    for wrong in [again, more] {
        let written = turn(&store, |changes| {
            Pen::on(changes).entry(8, EntryKind::BlockReserved);
            changes.rare.blocks.push(wrong);
        });
        assert!(matches!(written.await, Err(StoreError::Conflict(_))));
    }
    // A number that was given is not set apart again.
    let mut number = numbers[0].clone();
    for (state, id, fits) in [(NumberState::Quarantined, 3, true), (NumberState::Reserved, 4, false)] {
        number.state = state;
        let written = turn(&store, |changes| {
            Pen::on(changes).entry(id, EntryKind::Settled);
            changes.rare.numbers.push(number.clone());
        });
        assert_eq!(written.await.is_ok(), fits, "{state:?}");
    }
}
