//! What births do not do: numbers and cases that change, registrations that get another number.

use dinhdanh::ledger::{EntryKind, Head};
use dinhdanh::number::Slot;
use dinhdanh::protocol::{
    Attachment, CaseCause, CaseKind, CaseRow, CaseState, Changes, Known, LifeStatus, NumberRow, NumberState, Side,
};
use dinhdanh::store::{Reader, Store, StoreError, Totals};
use uuid::Uuid;

use super::draft::{Pen, key, prefix, request};
use super::{Backend, fresh, head, turn};

fn slot(counter: u32) -> Slot {
    Slot::of(prefix(2026), counter).unwrap()
}

pub async fn numbers_change_and_their_history_stays<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    let mut rows = Vec::new();
    turn(&store, |changes| {
        let mut pen = Pen::on(changes);
        rows.extend((0..3).map(|at| pen.issued(at.into(), slot(at))));
    })
    .await
    .unwrap();
    let digits: Vec<_> = rows.iter().map(|row: &NumberRow| row.number).collect();
    // Every column, some more than once and some back to what it was; of several numbers at once and of one.
    type Step<'a> = Box<dyn Fn(&mut [NumberRow]) + 'a>;
    let steps: [Step<'_>; 4] = [
        Box::new(|rows| rows[0].state = NumberState::Confirmed),
        Box::new(|rows| {
            (rows[0].life, rows[0].facts) = (LifeStatus::Deceased, 5);
            (rows[1].state, rows[1].replaced_by) = (NumberState::Revoked, Some(digits[2]));
            (rows[2].replaces, rows[2].registration) = (Some(digits[1]), 2);
        }),
        Box::new(|rows| {
            rows[2].case_id = Some(Uuid::from_u128(7));
            (rows[2].decision, rows[2].registration, rows[2].facts) = (6, 3, 6);
            rows[2].issued_at = 0;
        }),
        Box::new(|rows| {
            (rows[0].life, rows[0].facts) = (LifeStatus::Alive, 1);
            (rows[2].case_id, rows[2].replaces) = (None, None);
        }),
    ];
    let (mut history, mut id) = (Vec::new(), 100);
    for (step, change) in steps.into_iter().enumerate() {
        let before = rows.clone();
        change(&mut rows);
        turn(&store, |changes| {
            for (row, _) in rows.iter().zip(&before).filter(|(row, before)| row != before) {
                id += 1;
                Pen::on(changes).changed(id, EntryKind::Changed, row);
            }
            history.extend(changes.rare.history.clone());
        })
        .await
        .unwrap();
        let reader = store.reader();
        assert_eq!(reader.numbers_after(None, 10).await.unwrap(), rows, "{step}");
        assert_eq!(reader.history_after(0, 100).await.unwrap(), history, "{step}");
        let slots: Vec<_> = rows.iter().map(|row| row.slot).collect();
        let mut last = reader.last_changes(&slots).await.unwrap();
        last.sort_by_key(|(_, row)| row.slot);
        let expected = |slot| history.iter().rfind(|(_, row)| row.slot == slot).cloned();
        assert_eq!(
            last,
            slots.into_iter().filter_map(expected).collect::<Vec<_>>(),
            "{step}"
        );
        for (position, row) in (1..).zip(&rows) {
            let given = &reader.entries_at(&[position]).await.unwrap()[0];
            assert_eq!(given.number.as_ref(), Some(row), "{step}");
            let now = reader.by_slot(row.slot).await.unwrap().unwrap();
            assert_eq!((now.entry.position, &now.number), (row.facts, &given.number), "{step}");
        }
    }
    assert_eq!(history.len(), 7);
}

/// A store that holds a number (position 1), a case of no number (2), a number revoked by position 4, and a case about
/// the first number, proposed by the population authority (5).
struct Furnished {
    number: NumberRow,
    duplicate: CaseRow,
    revoked: NumberRow,
    case: CaseRow,
}

async fn furnished<B: Backend>() -> (B, B::Store, Furnished) {
    let (backend, store) = fresh::<B>().await;
    let mut rows = None;
    turn(&store, |changes| {
        let mut pen = Pen::on(changes);
        let number = pen.issued(1, slot(0));
        let duplicate = pen.case(2, &[1]);
        let mut revoked = pen.issued(3, slot(1));
        revoked.state = NumberState::Revoked;
        *pen.changes.numbers.last_mut().unwrap() = revoked.clone();
        pen.entry(4, EntryKind::CaseApproved);
        pen.changes.rare.history.push((4, revoked.clone()));
        let mut case = pen.case(5, &[]);
        (case.kind, case.slot) = (CaseKind::Revoke, Some(number.slot));
        case.proposed_side = Side::Population;
        *pen.changes.cases.last_mut().unwrap() = case.clone();
        pen.changes.rare.parties.push(("26734".to_owned(), 5));
        pen.changes.strict.push((key(2), 2));
        rows = Some(Furnished {
            number,
            duplicate,
            revoked,
            case,
        });
    })
    .await
    .unwrap();
    (backend, store, rows.unwrap())
}

pub async fn cases_are_closed_and_keep_all_else<B: Backend>() {
    let (_backend, store, there) = furnished::<B>().await;
    let mut expected = Vec::new();
    turn(&store, |changes| {
        let mut pen = Pen::on(changes);
        expected.push(pen.closed(10, &there.duplicate, CaseState::Rejected, Some(Side::Population)));
        expected.push(pen.closed(11, &there.case, CaseState::Withdrawn, None));
    })
    .await
    .unwrap();
    let reader = store.reader();
    let mut cases = reader.cases_after(None, 10).await.unwrap();
    cases.sort_unstable_by_key(|case| case.decision);
    assert_eq!(cases, expected);
    assert_eq!(cases[0].matches, [1]);
    // The entry that opened it and the one that closed it both lead to it.
    for (position, case) in [(2, 0), (6, 0), (5, 1), (7, 1)] {
        let known = &reader.entries_at(&[position]).await.unwrap()[0];
        let loaded = CaseRow {
            matches: Vec::new(),
            ..expected[case].clone()
        };
        assert_eq!(known.case, Some(loaded), "{position}");
    }
}

/// All that can be read of a store.
type Everything = (
    Head,
    Vec<Known>,
    Vec<NumberRow>,
    Vec<CaseRow>,
    Vec<(i64, NumberRow)>,
    Vec<Attachment>,
    Vec<(String, i64)>,
    Totals,
);

async fn everything(store: &impl Store) -> Everything {
    let reader = store.reader();
    (
        head(store).await,
        reader.entries_after(0, 100).await.unwrap(),
        reader.numbers_after(None, 100).await.unwrap(),
        reader.cases_after(None, 100).await.unwrap(),
        reader.history_after(0, 100).await.unwrap(),
        reader.attachments_after(0, 100).await.unwrap(),
        reader.parties(&(0..100).collect::<Vec<_>>()).await.unwrap(),
        reader.totals().await.unwrap(),
    )
}

/// Adds to changes what must not be written.
type Mistake = fn(&mut Pen<'_>, &Furnished);

/// Makes a mistake, after good rows of every kind in the same turn: it fails, and none of them is left.
async fn refused<B: Backend>(what: &str, mistake: Mistake) -> StoreError {
    let (_backend, store, there) = furnished::<B>().await;
    let before = everything(&store).await;
    let outcome = turn(&store, |changes| {
        let mut pen = Pen::on(changes);
        pen.issued(100, slot(77));
        pen.case(101, &[1]);
        pen.closed(102, &there.duplicate, CaseState::Approved, Some(Side::Population));
        let rare = &mut pen.changes.rare;
        rare.attached.push(Attachment {
            registration: 2,
            slot: slot(0),
            former: None,
        });
        rare.history.push((8, there.number.clone()));
        rare.parties.push(("00001".to_owned(), 7));
        mistake(&mut pen, &there);
    })
    .await;
    assert_eq!(everything(&store).await, before, "{what}");
    // The store goes on as if nothing had been tried.
    turn(&store, |changes| {
        Pen::on(changes).changed(200, EntryKind::Confirmed, &there.number);
    })
    .await
    .unwrap();
    outcome.expect_err(what)
}

pub async fn what_is_changed_must_be_there<B: Backend>() {
    let mistakes: [(&str, Mistake); 6] = [
        ("a number", |pen, _| {
            let unknown = pen.elsewhere(slot(9), NumberState::Issued, 1);
            pen.changed(9, EntryKind::Confirmed, &unknown);
        }),
        ("a number of this turn", |pen, _| {
            let unknown = pen.issued(8, slot(9));
            pen.changed(9, EntryKind::Confirmed, &unknown);
        }),
        ("the digits of a number", |pen, there| {
            let mut other = there.number.clone();
            other.number = there.revoked.number;
            pen.changed(9, EntryKind::Confirmed, &other);
        }),
        ("a number, twice", |pen, there| {
            pen.changed(8, EntryKind::Confirmed, &there.number);
            pen.changed(9, EntryKind::Confirmed, &there.number);
        }),
        ("a case", |pen, there| {
            let unknown = CaseRow {
                case_id: Uuid::from_u128(1),
                ..there.case.clone()
            };
            pen.closed(9, &unknown, CaseState::Withdrawn, None);
        }),
        ("a case, twice", |pen, there| {
            pen.closed(8, &there.case, CaseState::Withdrawn, None);
            pen.closed(9, &there.case, CaseState::Withdrawn, None);
        }),
    ];
    for (what, mistake) in mistakes {
        let refused = refused::<B>(what, mistake).await;
        assert!(matches!(refused, StoreError::Corrupt(_)), "{what}: {refused:?}");
    }
}

/// A further case, about this number.
fn another_case(pen: &mut Pen<'_>, id: u128, slot: Slot) {
    pen.case(id, &[]);
    let case = pen.changes.cases.last_mut().unwrap();
    (case.kind, case.slot) = (CaseKind::Mismatch, Some(slot));
}

pub async fn what_a_constraint_forbids_is_a_conflict_and_nothing_is_written<B: Backend>() {
    let mistakes: [(&str, Mistake); 14] = [
        ("a revoked number given back", |pen, there| {
            let mut back = there.revoked.clone();
            back.state = NumberState::Issued;
            pen.changed(9, EntryKind::Changed, &back);
        }),
        ("decided by the side that proposed it", |pen, there| {
            pen.closed(9, &there.case, CaseState::Approved, Some(Side::Population));
        }),
        ("approved by nobody", |pen, there| {
            pen.closed(9, &there.case, CaseState::Approved, None);
        }),
        (
            "a mismatch approved by nobody that neither a change nor a confirmation ends",
            |pen, _| {
                another_case(pen, 8, slot(50));
                let mut case = pen.changes.cases.pop().unwrap();
                case.cause = CaseCause::MissingHere;
                pen.closed(9, &case, CaseState::Approved, None);
                let closed = pen.changes.rare.cases.pop();
                pen.changes.cases.extend(closed);
            },
        ),
        ("rejected by nobody", |pen, there| {
            pen.closed(9, &there.case, CaseState::Rejected, None);
        }),
        ("taken back by the other side", |pen, there| {
            pen.closed(9, &there.case, CaseState::Withdrawn, Some(Side::Registration));
        }),
        ("closed by no entry", |pen, there| {
            pen.closed(9, &there.case, CaseState::Withdrawn, None);
            pen.changes.rare.cases.last_mut().unwrap().closed = None;
        }),
        ("open, though an entry closed it", |pen, there| {
            pen.closed(9, &there.case, CaseState::Open, None);
        }),
        ("open, though a side decided it", |pen, _| {
            pen.case(9, &[]);
            pen.changes.cases.last_mut().unwrap().decided_side = Some(Side::Population);
        }),
        ("a second open case about a number", |pen, _| {
            another_case(pen, 9, slot(0))
        }),
        ("two open cases about a number at once", |pen, _| {
            another_case(pen, 8, slot(50));
            another_case(pen, 9, slot(50));
        }),
        ("two cases of one entry", |pen, there| {
            pen.case(9, &[]);
            pen.changes.cases.last_mut().unwrap().decision = there.case.decision;
        }),
        ("the history written again", |pen, there| {
            pen.changes.rare.history.push((4, there.revoked.clone()));
        }),
        ("the history written twice at once", |pen, there| {
            let row = (pen.next(), there.number.clone());
            pen.changes.rare.history.extend([row.clone(), row]);
        }),
    ];
    for (what, mistake) in mistakes {
        let refused = refused::<B>(what, mistake).await;
        assert!(matches!(refused, StoreError::Conflict(_)), "{what}: {refused:?}");
    }
}

pub async fn what_no_constraint_forbids_is_written<B: Backend>() {
    let good: [(&str, Mistake); 6] = [
        (
            "reported mismatches beside an open case, one of them closed by itself",
            |pen, _| {
                let [_, ended] = [8, 9].map(|id| {
                    another_case(pen, id, slot(0));
                    let case = pen.changes.cases.last_mut().unwrap();
                    case.cause = CaseCause::Differs;
                    case.clone()
                });
                pen.changes.cases.pop();
                pen.closed(10, &ended, CaseState::Approved, None);
                let ended = pen.changes.rare.cases.pop();
                pen.changes.cases.extend(ended);
            },
        ),
        ("a revoked number that changes otherwise", |pen, there| {
            let mut row = there.revoked.clone();
            row.life = LifeStatus::Deceased;
            pen.changed(9, EntryKind::Changed, &row);
        }),
        ("a registration's own case closed by itself", |pen, there| {
            pen.closed(9, &there.duplicate, CaseState::Approved, None);
        }),
        ("a case closed, and another opened about the number", |pen, there| {
            pen.closed(8, &there.case, CaseState::Rejected, Some(Side::Registration));
            another_case(pen, 9, slot(0));
        }),
        ("cases of no number", |pen, _| {
            pen.case(8, &[]);
            pen.case(9, &[]);
        }),
        ("an office named twice", |pen, _| {
            let parties = &mut pen.changes.rare.parties;
            parties.extend(["26734", "00002", "00002"].map(|office| (office.to_owned(), 5)));
        }),
    ];
    for (what, fill) in good {
        let (_backend, store, there) = furnished::<B>().await;
        let mut expected = None;
        turn(&store, |changes: &mut Changes| {
            fill(&mut Pen::on(changes), &there);
            expected = Some(changes.head.clone());
        })
        .await
        .unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(Some(head(&store).await), expected, "{what}");
    }
}

pub async fn a_registration_has_the_number_it_was_attached_to_last<B: Backend>() {
    let (_backend, store, there) = furnished::<B>().await;
    let attached = |registration, slot, former| Attachment {
        registration,
        slot,
        former,
    };
    let former = Some(there.number.number);
    // A registration that had none; then one that had its own, and the first anew, more than once in one turn.
    let turns = [
        (
            vec![attached(2, slot(0), None)],
            [Some(&there.number), Some(&there.number)],
            None,
        ),
        (
            vec![
                attached(2, slot(0), former),
                attached(1, slot(1), former),
                attached(2, slot(1), None),
            ],
            [Some(&there.revoked), Some(&there.revoked)],
            former,
        ),
        (
            vec![attached(1, slot(0), None)],
            [Some(&there.number), Some(&there.revoked)],
            None,
        ),
        // To a number that is not there.
        (vec![attached(2, slot(60), None)], [Some(&there.number), None], None),
    ];
    for (step, (rows, numbers, former)) in turns.into_iter().enumerate() {
        turn(&store, |changes| changes.rare.attached = rows).await.unwrap();
        let reader = store.reader();
        let known = reader.entries_after(0, 2).await.unwrap();
        let seen: Vec<_> = known.iter().map(|known| known.number.as_ref()).collect();
        assert_eq!(seen, numbers, "{step}");
        assert_eq!((known[0].former, known[1].former), (former, None), "{step}");
        assert_eq!(reader.by_request(&request(1)).await.unwrap().as_ref(), Some(&known[0]));
        assert_eq!(reader.by_strict_key(key(2)).await.unwrap().as_ref(), Some(&known[1]));
        assert_eq!(reader.entries_at(&[1, 2]).await.unwrap(), known);
        // Looked at by its slot, a number is itself, whatever the registration it was given for has now.
        let by_slot = reader.by_slot(slot(0)).await.unwrap().unwrap();
        assert_eq!((by_slot.entry.position, by_slot.former), (1, None), "{step}");
        assert_eq!(by_slot.number.as_ref(), Some(&there.number), "{step}");
    }
}
