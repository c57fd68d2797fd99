//! A small real store, made by the engine, and copies of it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use dinhdanh::engine::{Engine, Lane, Limits, Sender};
use dinhdanh::lease::Alone;
use dinhdanh::ledger::{Context, KeyRing, RequestKey};
use dinhdanh::number::Number;
use dinhdanh::policy::Policy;
use dinhdanh::proto::v1 as pb;
use dinhdanh::protocol::asked;
use dinhdanh::protocol::reconcile::{Compared, Place, Record};
use dinhdanh::protocol::{ImportResult, ReissuePlace, Rules, Scope, Side, Standing, Standpoint};
use dinhdanh::registration::{BroughtText, Content, facts_of};
use dinhdanh::store::PlaceKeeper;
use dinhdanh::store::sqlite::{FILE_NAME, SqlitePlaces, SqliteReader, SqliteStore};
use dinhdanh::verify::{self, Report};
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tempfile::TempDir;
use uuid::Uuid;

use super::births::{Ticking, birth, changed, entered_as, foreign, foundling, of_numbered_mother};
use crate::support::units::{example, kept};
use crate::support::{lock_of, unwritten};

pub const OFFICE: &str = "26734";

pub fn ring() -> KeyRing {
    KeyRing::new(&[1; 32], &[2; 32], &[3; 32]).unwrap()
}

pub async fn engine(folder: &Path) -> Engine<SqliteStore> {
    let keys = ring();
    let store = SqliteStore::open(folder, lock_of(folder).await, keys.ids)
        .await
        .unwrap();
    Engine::start(
        store,
        unwritten(),
        Arc::new(Alone::default()),
        keys,
        Rules::default(),
        Limits::default(),
        Arc::new(Ticking::default()),
    )
    .await
    .unwrap()
}

pub async fn issue(engine: &Engine<SqliteStore>, id: u128, birth: &pb::BirthRegistration) -> Standing {
    let (sender, request) = asking(id);
    engine
        .issue(&sender, request, birth, Lane::Bulk.into())
        .await
        .unwrap()
        .standing
}

/// Sets three numbers apart for the office.
pub async fn reserve(engine: &Engine<SqliteStore>) {
    let (sender, request) = asking(7);
    let message = pb::ReserveBlockRequest {
        request_id: request.id.to_string(),
        country_code: "232".into(),
        sex: pb::Sex::Female.into(),
        birth_year: 2026,
        count: 3,
        expires_at: Some(prost_types::Timestamp {
            seconds: 1_800_000_000,
            nanos: 0,
        }),
    };
    let limits = Policy::default().block_limits(OFFICE);
    let asked = asked::reserve(engine.reading(), &message, &limits).unwrap();
    let from = Standpoint::new(Side::Registration, Scope::Office(OFFICE.into()));
    let place = ReissuePlace::default();
    let done = engine.act((&sender, from), request, asked, place, Lane::Bulk.into());
    assert!(!done.await.unwrap().replayed);
}

/// Takes in an item of an import: what came of it, and at which position.
pub async fn import(
    engine: &Engine<SqliteStore>,
    sequence: i64,
    birth: &pb::BirthRegistration,
    number: &str,
) -> (ImportResult, Option<i64>) {
    let (sender, request) = asking(1_000 + sequence as u128);
    let brought = BroughtText {
        job_id: Uuid::from_u128(1).to_string(),
        sequence,
        source: pb::ImportSource::Decree87.into(),
        as_of: Some(prost_types::Timestamp {
            seconds: 1_700_000_000,
            nanos: 0,
        }),
        number: number.to_owned(),
    };
    let content = Content::brought_in(birth, &[], brought);
    let brings = engine.import(&sender, request, content, None).await.unwrap();
    (brings.result, brings.position)
}

/// Compares an extract that lacks the child of entry 2, and has another name for that of entry 3, and opens cases.
pub async fn disagree(engine: &Arc<Engine<SqliteStore>>, differing: (Number, &pb::BirthRegistration)) {
    let compared = Compared {
        open_cases: true,
        ..Compared::default()
    };
    let end = engine.ledger_size().await.unwrap();
    let mut comparison = engine.reconcile(compared, Place::start(end));
    let there = changed(differing.1.clone(), |birth| {
        birth.child.get_or_insert_default().full_name = "Nguyễn Thị Khác".into();
    });
    comparison.add(Record {
        key: String::new(),
        number: Some(differing.0),
        reference: None,
        facts: facts_of(&Content::of(&there)),
    });
    comparison.end();
    let (sender, _) = asking(0);
    let from = Standpoint::new(Side::Population, Scope::All);
    let mut opened = 0;
    while !comparison.is_finished() {
        let mut findings = comparison.advance(&Scope::All).await.unwrap();
        comparison.open_cases((&sender, &from), &mut findings).await.unwrap();
        opened += findings.iter().filter(|finding| finding.case_id.is_some()).count();
    }
    assert_eq!(opened, 2);
}

fn asking(id: u128) -> (Sender, RequestKey) {
    let sender = Sender {
        office: OFFICE.to_owned(),
        context: Context::default(),
    };
    let request = RequestKey {
        id: Uuid::from_u128(id),
        office: OFFICE.to_owned(),
    };
    (sender, request)
}

/// One store with an entry of every kind of birth. The positions are those that the damages below name.
pub struct Sample {
    folder: TempDir,
}

impl Sample {
    pub async fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engine = engine(folder.path()).await;
        let twice = of_numbered_mother("079", 2);
        let bound = birth("001", 3);
        let again = changed(birth("001", 9), |birth| {
            birth.kind = pb::RegistrationKind::ReRegistration.into()
        });
        let other_name = changed(foreign("079", 6), |birth| {
            birth.child.get_or_insert_default().full_name = "Anne".into();
        });
        let births = [
            twice.clone(),        // 2: issued
            bound.clone(),        // 3: issued
            birth("079", 4),      // 4: issued, of the same prefix as position 2
            foundling("079", 5),  // 5: issued
            foreign("079", 6),    // 6: rejected
            other_name,           // 7: rejected; its reference was that of position 6
            entered_as(twice, 8), // 8: under review, against position 2
            again,                // 9: under review, against nobody
            bound,                // 10: bound to position 3
        ];
        let mut kinds = String::new();
        for (index, birth) in births.iter().enumerate() {
            kinds.push(match issue(&engine, 2 + index as u128, birth).await {
                Standing::Issued(_) => 'i',
                Standing::UnderReview(_) => 'u',
                Standing::NotEligible | Standing::CaseClosed(_) => 'r',
            });
        }
        assert_eq!(kinds, "iiiirruui");
        engine.drain().await;
        let units = kept(1, &example().to_text().unwrap());
        SqlitePlaces::beside(folder.path()).keep(&units).await.unwrap();
        Self { folder }
    }

    /// A copy, to be damaged.
    pub async fn copy(&self) -> TempDir {
        let copy = tempfile::tempdir().unwrap();
        let reader = SqliteReader::open(self.folder.path()).await.unwrap();
        reader.copy_to(&copy.path().join(FILE_NAME)).await.unwrap();
        copy
    }
}

/// Opens a copy for damaging it: what guards the tables is taken away first.
pub async fn unguarded(folder: &Path) -> SqliteConnection {
    let mut connection = SqliteConnectOptions::new()
        .filename(folder.join(FILE_NAME))
        .connect()
        .await
        .unwrap();
    run(
        &mut connection,
        "DROP TRIGGER entries_are_never_deleted; DROP TRIGGER entries_are_never_changed;
         DROP TRIGGER numbers_are_never_deleted; DROP TRIGGER numbers_keep_their_digits;
         DROP TRIGGER blocks_are_never_deleted; DROP TRIGGER blocks_keep_their_numbers;
         DROP TRIGGER place_tables_are_never_changed;
         PRAGMA ignore_check_constraints = ON",
    )
    .await;
    connection
}

pub async fn run(connection: &mut SqliteConnection, sql: &'static str) {
    sqlx::raw_sql(sql).execute(connection).await.unwrap();
}

pub async fn check(folder: &Path) -> Report {
    let reader = SqliteReader::open(folder).await.unwrap();
    // A chunk so small that every pass needs several.
    verify::run(&reader, &ring(), &Rules::default(), 3).await.unwrap()
}

/// Puts the key file of [`ring`] into a folder.
pub fn keys_file(folder: &Path) {
    let path = folder.join(dinhdanh::shell::keyfile::FILE_NAME);
    std::fs::write(&path, KeyRing::file_text(&[1; 32], &[2; 32], &[3; 32]).as_str()).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
}
