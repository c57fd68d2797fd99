//! A store as the first schema had it, which later releases open.

use dinhdanh::ledger::{EntryKind, Frontier, Head, Recovered, SCHEMA_VERSION};
use dinhdanh::number::Slot;
use dinhdanh::protocol::{CaseRow, Changes, Known, NumberState};
use dinhdanh::store::{CasesAsked, Reader, Store};
use sqlx::SqlStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use super::draft::{AT, Pen, key, prefix, request};
use super::{head, ring, turn};

/// How a database writes bytes and texts.
pub struct Dialect {
    /// A literal of bytes.
    pub bytes: fn(&[u8]) -> String,
    /// A literal of a text that a caller chose.
    pub text: fn(&str) -> String,
}

/// What makes the tables of that schema.
pub fn migrator(ledger: &'static str) -> Migrator {
    let text = SqlStr::from_static(ledger);
    Migrator::with_migrations(vec![Migration::new(
        1,
        "ledger".into(),
        MigrationType::Simple,
        text,
        false,
    )])
}

/// A few births and a case.
pub fn births() -> Changes {
    let mut changes = Changes::on(Head {
        frontier: Frontier::default(),
        epoch: 1,
        schema: 1,
        keys: ring().ids,
        at: AT,
        drawn: 0,
        recovered: Recovered::default(),
        resealing: None,
        reindexing: None,
        notes: None,
    });
    let mut pen = Pen::on(&mut changes);
    for counter in 0..3 {
        pen.issued(counter.into(), Slot::of(prefix(2026), counter).unwrap());
    }
    pen.case(10, &[1, 2]);
    pen.entry(11, EntryKind::Rejected);
    changes.strict.push((key(1), 1));
    changes
}

/// The statements that write them into the tables of the first schema.
pub fn statements(changes: &Changes, dialect: &Dialect) -> Vec<String> {
    let bytes = |bytes: &[u8]| (dialect.bytes)(bytes);
    let or_null = |value: Option<String>| value.unwrap_or_else(|| "NULL".to_owned());
    let head = &changes.head;
    let mut statements = vec![format!(
        "INSERT INTO head (id, size, epoch, schema, frontier, index_key, picker_key, seal_key, at)
         VALUES (1, {}, {}, 1, {}, {}, {}, {}, {})",
        head.size(),
        head.epoch,
        bytes(&head.frontier.encode()),
        head.keys.index.0,
        head.keys.picker.0,
        head.keys.seal.0,
        head.at
    )];
    for entry in &changes.entries {
        let text = |text: &str| (dialect.text)(text);
        statements.push(format!(
            "INSERT INTO entries (position, epoch, kind, decision, office, request_id, officer, purpose, digest, slot,
                number, case_id, at, seal_key, sealed, leaf)
             VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})",
            entry.position,
            entry.epoch,
            entry.kind.code(),
            entry.decision,
            text(&entry.request.office),
            bytes(entry.request.id.as_bytes()),
            text(&entry.context.officer),
            text(&entry.context.purpose),
            bytes(&entry.digest),
            or_null(entry.number.map(|(slot, _)| slot.value().to_string())),
            or_null(entry.number.map(|(_, number)| number.value().to_string())),
            or_null(entry.case_id.map(|id| bytes(id.as_bytes()))),
            entry.at,
            entry.sealed.key.0,
            bytes(&entry.sealed.bytes),
            bytes(&entry.leaf)
        ));
        let request = bytes(&entry.request.binding());
        statements.push(format!(
            "INSERT INTO requests (request, decision) VALUES ({request}, {})",
            entry.decision
        ));
    }
    statements.extend(changes.numbers.iter().map(|number| {
        format!(
            "INSERT INTO numbers (slot, number, state, life, issued_at, decision) VALUES ({}, {}, {}, {}, {}, {})",
            number.slot.value(),
            number.number.value(),
            number.state.code(),
            number.life.code(),
            number.issued_at,
            number.decision
        )
    }));
    statements.extend(changes.strict.iter().map(|(key, decision)| {
        let key = bytes(key.as_bytes());
        format!("INSERT INTO strict_keys (key, decision) VALUES ({key}, {decision})")
    }));
    for case in &changes.cases {
        let id = bytes(case.case_id.as_bytes());
        statements.push(format!(
            "INSERT INTO cases (case_id, kind, state, cause, decision, proposed_side, opened_at, version)
             VALUES ({id}, {}, {}, {}, {}, {}, {}, {})",
            case.kind.code(),
            case.state.code(),
            case.cause.code(),
            case.decision,
            case.proposed_side.code(),
            case.opened_at,
            case.version
        ));
        statements.extend(
            case.matches
                .iter()
                .map(|position| format!("INSERT INTO case_matches (case_id, decision) VALUES ({id}, {position})")),
        );
    }
    statements
}

/// Whether everything is there as it was, and the two sides can go on with it.
pub async fn is_carried_over(store: &impl Store, births: &Changes) {
    let reader = store.reader();
    let expected: Vec<_> = births
        .entries
        .iter()
        .map(|entry| Known {
            entry: entry.clone(),
            number: births
                .numbers
                .iter()
                .find(|number| number.decision == entry.position)
                .cloned(),
            case: births
                .cases
                .iter()
                .find(|case| case.decision == entry.position)
                .map(|case| CaseRow {
                    matches: Vec::new(),
                    ..case.clone()
                }),
            former: None,
        })
        .collect();
    assert_eq!(reader.entries_after(0, 100).await.unwrap(), expected);
    assert_eq!(
        reader.by_request(&request(1)).await.unwrap().as_ref(),
        Some(&expected[1])
    );
    assert_eq!(reader.by_strict_key(key(1)).await.unwrap().as_ref(), Some(&expected[0]));
    assert_eq!(
        reader.by_slot(births.numbers[2].slot).await.unwrap().as_ref(),
        Some(&expected[2])
    );
    assert_eq!(reader.numbers_after(None, 10).await.unwrap(), births.numbers);
    assert_eq!(reader.cases_after(None, 10).await.unwrap(), births.cases);
    let now = head(store).await;
    assert_eq!((now.schema, &now.frontier), (SCHEMA_VERSION, &births.head.frontier));

    // Its office is told of the case that its registration waits for.
    let office = births.entries[3].request.office.clone();
    let asked = CasesAsked {
        offices: Some(vec![office.clone()]),
        ..CasesAsked::default()
    };
    let listed = reader.cases_opened_after(0, &asked, 10).await.unwrap();
    assert_eq!(listed, [expected[3].case.clone().unwrap()]);
    assert_eq!(reader.parties(&[1, 2, 3, 4, 5]).await.unwrap(), [(office, 4)]);
    let mut confirmed = births.numbers[0].clone();
    confirmed.state = NumberState::Confirmed;
    turn(store, |changes| {
        Pen::on(changes).changed(20, EntryKind::Confirmed, &confirmed);
    })
    .await
    .unwrap();
    assert_eq!(reader.history_after(0, 10).await.unwrap(), [(6, confirmed)]);
}
