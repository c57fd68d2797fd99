//! The journal of a mission, without a service: what is handed out, and how it is kept.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod giving;
mod keeping;
mod notes;
mod runs;

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use uuid::Uuid;

use super::vault::Hardness;
use super::{Handed, HeldBlock, Journal, Manner, MissionError, Setup, Unfit, Wanted};
use crate::ledger::KeyRing;
use crate::number::{Number, PlaceCode, Prefix, Sex};
use crate::proto::google::r#type::Date;
use crate::proto::v1;
use crate::registration::timestamp;
use crate::shell::random;

const OFFICE: &str = "DSQ-TOKYO";
const PASSPHRASE: &str = "hoa anh dao no";
const DAY: i64 = 24 * 3600;

/// Quick to try: nothing here is worth protecting.
const SOFT: Hardness = Hardness {
    memory_kib: 64,
    passes: 1,
};

/// A mission, the key of the service, and the time.
struct Scene {
    folder: TempDir,
    ring: KeyRing,
    journal: Journal,
    clock: Timestamp,
}

impl Scene {
    async fn set() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ring = KeyRing::new(&[1; 32], &[2; 32], &[3; 32]).unwrap();
        let setup = Setup {
            office: OFFICE.to_owned(),
            key: ring.note.verifier().unwrap(),
            keep_days: 30,
        };
        let clock: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
        let path = folder.path().join("journal");
        let journal = Journal::make(&path, PASSPHRASE, SOFT, setup, clock.as_microsecond()).await;
        Self {
            journal: journal.unwrap(),
            folder,
            ring,
            clock,
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("journal")
    }

    async fn reopen(&mut self) {
        self.journal = Journal::open(&self.path(), PASSPHRASE).await.unwrap();
    }

    fn wait(&mut self, days: i64) {
        self.clock += SignedDuration::from_secs(days * DAY);
    }

    /// A block of so many numbers for girls (or boys) born in 2026 in Japan, for so many days. Its numbers.
    async fn block(&mut self, sex: Sex, serials: std::ops::Range<u32>, days: i64) -> Vec<Number> {
        let wanted = self.wanted(sex, serials.len(), days);
        self.journal.want_blocks(std::slice::from_ref(&wanted)).await.unwrap();
        let numbers: Vec<_> = serials
            .map(|serial| Number::new(wanted.prefix, serial).unwrap())
            .collect();
        let note = self.note(&wanted, &numbers);
        let held = self.held(wanted.id).await;
        self.journal.reserved(&held, &note).await.unwrap();
        numbers
    }

    async fn held(&mut self, id: Uuid) -> HeldBlock {
        let blocks = self.journal.blocks().await.unwrap();
        blocks.into_iter().find(|block| block.id == id).unwrap()
    }

    fn wanted(&self, sex: Sex, count: usize, days: i64) -> Wanted {
        let place = PlaceCode::parse("232").unwrap();
        let id = random::uuid_v7(self.clock);
        let expires_at = (self.clock + SignedDuration::from_secs(days * DAY)).as_microsecond();
        Wanted {
            request: v1::ReserveBlockRequest {
                request_id: id.to_string(),
                count: i32::try_from(count).unwrap(),
                expires_at: Some(timestamp(expires_at)),
                ..v1::ReserveBlockRequest::default()
            },
            id,
            prefix: Prefix::new(place, sex, 2026).unwrap(),
            expires_at,
        }
    }

    /// What the service answers, as docs/missions.md words it.
    fn note(&self, wanted: &Wanted, numbers: &[Number]) -> String {
        let mut text = format!("dinhdanh block v1\n{}\n{OFFICE}\n{}\n", wanted.id, wanted.expires_at);
        text.extend(numbers.iter().map(|number| format!("{number}\n")));
        self.ring.note.sign(&text).unwrap()
    }

    async fn register(&mut self, birth: &v1::BirthRegistration) -> Result<Handed, Unfit> {
        self.register_so(birth, Manner::default()).await
    }

    async fn register_so(&mut self, birth: &v1::BirthRegistration, manner: Manner) -> Result<Handed, Unfit> {
        self.try_register(birth, manner).await.unwrap()
    }

    async fn try_register(
        &mut self,
        birth: &v1::BirthRegistration,
        manner: Manner,
    ) -> Result<Result<Handed, Unfit>, MissionError> {
        let id = random::uuid_v7(self.clock);
        self.journal.register(birth, manner, self.clock, id).await
    }
}

/// A number handed out now for the first time.
fn first(number: Number) -> Result<Handed, Unfit> {
    Ok(Handed {
        number: number.to_string(),
        known: false,
    })
}

/// One that had been handed out before.
fn again(number: Number) -> Result<Handed, Unfit> {
    Ok(Handed {
        number: number.to_string(),
        known: true,
    })
}

/// The birth of a girl in Japan.
fn girl(entry: u32, name: &str) -> v1::BirthRegistration {
    let day = |month, day| Some(Date { year: 2026, month, day });
    v1::BirthRegistration {
        r#ref: Some(v1::RegistrationRef {
            office_code: OFFICE.into(),
            register: v1::Register::Birth.into(),
            book_year: 2026,
            book_number: String::new(),
            entry_number: entry.to_string(),
        }),
        kind: v1::RegistrationKind::BornAbroad.into(),
        registered_on: day(1, 10),
        place_code: "232".into(),
        child: Some(v1::Child {
            full_name: name.into(),
            date_of_birth: day(1, 5),
            sex: v1::Sex::Female.into(),
            nationalities: vec!["VN".into()],
            ..v1::Child::default()
        }),
        mother: Some(v1::Person {
            full_name: "Trần Thị Mai".into(),
            born: Some(v1::person::Born::BirthYear(1998)),
            ..v1::Person::default()
        }),
        ..v1::BirthRegistration::default()
    }
}

fn boy(entry: u32, name: &str) -> v1::BirthRegistration {
    let mut birth = girl(entry, name);
    if let Some(child) = &mut birth.child {
        child.sex = v1::Sex::Male.into();
    }
    birth
}
