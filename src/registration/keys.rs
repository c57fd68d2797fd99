//! The keys by which the store finds a registration, a child or its mother again.
//!
//! Strict keys (reference and subject) are held by one number that stands at a time. Blocking keys are only looked up:
//! two registrations that share one may be of the same child, and [`may_be_same`](super::may_be_same) looks closer.

use std::fmt;

use jiff::ToSpan;
use jiff::civil::Date;
use uuid::Uuid;

use super::compare::as_content;
use super::identity::{Child, Mother, PaperedChild, Subject};
use super::names::normal;
use super::{Content, PaperKind, PartialDate, Ref, Register, Registration, read};
use crate::ledger::IndexKey;
use crate::number::Codes;
use crate::proto::v1 as pb;

/// Two births of one mother within so many days of each other are looked at.
pub(super) const DAYS_BETWEEN_BIRTHS: i32 = 180;

/// How many bytes of a key tell when it belongs.
const COHORT_BYTES: usize = 3;

/// A key as the store keeps it: 3 bytes of a keyed tag of when it belongs, then 13 bytes of a keyed digest. Keys that
/// arrive together so lie together in an index, and none can be read or guessed at without the secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key([u8; 16]);

/// All keys of one registration.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// Strict: where it is written down.
    pub reference: Key,
    /// Strict: who the child is. None where the mother has no number and the child is no foundling.
    pub subject: Option<Key>,
    /// Strict: what an import says of the child, so that a contradiction is told once however often it is brought.
    pub item: Option<Key>,
    /// Blocking keys to store, each once.
    pub blocking: Vec<Key>,
    /// Blocking keys to look up: those to store, and for the mother the half-years around the birth. Each once.
    pub probes: Vec<Key>,
}

/// The keys of a registration under this secret. Provinces are taken as their last successor, so that a merger makes no
/// child another.
pub fn keys(registration: &Registration, secret: &IndexKey, codes: &Codes) -> Keys {
    let born = registration.child.born;
    let day = cohort(secret, "cohort/day", &born.bytes());
    let child = child_key(secret, day, &registration.named_child(codes));
    let mothers = registration.mothers(codes);

    let papers = registration.papered_children();
    let papers = papers.iter().map(|papered| papered_key(secret, day, papered));
    let mut blocking: Vec<_> = [child].into_iter().chain(papers).collect();
    let mut probes = blocking.clone();
    let stored = half_years(born.earliest(), born.latest());
    for half_year in half_years(days_before(born), days_after(born)) {
        let cohort = cohort(secret, "cohort/half-year", &half_year.to_be_bytes());
        for mother in &mothers {
            let key = mother_key(secret, cohort, mother);
            probes.push(key);
            if stored.contains(&half_year) {
                blocking.push(key);
            }
        }
    }
    Keys {
        reference: reference_key(&registration.reference, secret),
        subject: registration.subject().map(|subject| subject_key(secret, day, &subject)),
        item: None,
        blocking,
        probes,
    }
}

/// The key by which one of the child's own papers leads to its registration: for who knows name and date of birth as well,
/// as the registration has them. `None` where `asked` does not say all of that.
pub fn paper_key(asked: &pb::Facts, secret: &IndexKey) -> Option<Key> {
    let content = as_content(asked);
    let child = content.message().child.as_ref()?;
    let born = child.date_of_birth.and_then(PartialDate::read)?;
    let day = cohort(secret, "cohort/day", &born.bytes());
    let papers = read::papers(child);
    let name = &normal(&child.full_name);
    let paper = papers.first()?;
    Some(papered_key(secret, day, &PaperedChild { paper, name, born }))
}

/// The same of one that an import brought.
pub fn keys_brought(content: &Content, registration: &Registration, secret: &IndexKey, codes: &Codes) -> Keys {
    let year = registration.reference.book_year.to_be_bytes();
    let cohort = cohort(secret, "cohort/book-year", &year);
    Keys {
        item: Some(Key::new(cohort, secret.tag("key/item", &[&content.as_item()]))),
        ..keys(registration, secret, codes)
    }
}

/// The strict key of a reference.
pub fn reference_key(reference: &Ref, secret: &IndexKey) -> Key {
    let year = reference.book_year.to_be_bytes();
    let register = match reference.register {
        Register::Birth => [1],
        Register::AbroadEntry => [2],
    };
    // The office's code is compared to the letter, as callers' codes are: no office may meet another's registrations.
    let office = &reference.office;
    let [book, entry] = [&reference.book_number, &reference.entry_number].map(|text| normal(text));
    let cohort = cohort(secret, "cohort/book-year", &year);
    let parts = [office.as_bytes(), &register, &year, book.as_bytes(), entry.as_bytes()];
    Key::new(cohort, secret.tag("key/reference", &parts))
}

/// The strict key of a mismatch with another registry, by the digest of its report: what was reported once is known again,
/// whoever finds it.
pub fn mismatch_key(report: &[u8; 16], secret: &IndexKey) -> Key {
    Key::new(
        cohort(secret, "cohort/mismatch", &[]),
        secret.tag("key/mismatch", &[report]),
    )
}

fn subject_key(secret: &IndexKey, day: Cohort, subject: &Subject<'_>) -> Key {
    let digest = match subject {
        Subject::OfMother { number, born, order } => {
            let parts: [&[u8]; 3] = [&number.value().to_be_bytes(), &born.bytes(), &order.to_be_bytes()];
            secret.tag("key/subject", &parts)
        }
        Subject::Foundling { name, born, office } => {
            secret.tag("key/foundling", &[name.as_bytes(), &born.bytes(), office.as_bytes()])
        }
    };
    Key::new(day, digest)
}

fn child_key(secret: &IndexKey, day: Cohort, child: &Child<'_>) -> Key {
    let province = child.province.value().to_be_bytes();
    let parts = [child.name.as_bytes(), &child.born.bytes(), &province];
    Key::new(day, secret.tag("key/child", &parts))
}

fn papered_key(secret: &IndexKey, day: Cohort, papered: &PaperedChild<'_>) -> Key {
    let PaperedChild { paper, name, born } = papered;
    let kind = match paper.kind {
        PaperKind::IdentityCard => [1],
        PaperKind::Passport => [2],
    };
    let (country, value) = (paper.country.as_bytes(), paper.value.as_bytes());
    Key::new(
        day,
        secret.tag("key/paper", &[&kind, country, value, name.as_bytes(), &born.bytes()]),
    )
}

/// The half-year is digested with the mother, so that her births in different half-years cannot be told to be hers.
fn mother_key(secret: &IndexKey, half_year: Cohort, mother: &Mother<'_>) -> Key {
    let digest = match mother {
        Mother::Number(number) => secret.tag("key/mother-number", &[&half_year, &number.value().to_be_bytes()]),
        Mother::Named { name, born, province } => {
            let (born, province) = (PartialDate::from(*born).bytes(), province.value().to_be_bytes());
            secret.tag("key/mother-name", &[&half_year, name.as_bytes(), &born, &province])
        }
    };
    Key::new(half_year, digest)
}

type Cohort = [u8; COHORT_BYTES];

fn cohort(secret: &IndexKey, domain: &'static str, when: &[u8]) -> Cohort {
    let [a, b, c, ..] = secret.tag(domain, &[when]);
    [a, b, c]
}

/// The half-years that have a day from `first` to `last`, counted from the year 0.
fn half_years(first: Date, last: Date) -> std::ops::RangeInclusive<i32> {
    let half_year = |day: Date| i32::from(day.year()) * 2 + i32::from(day.month() > 6);
    half_year(first)..=half_year(last)
}

fn days_before(born: PartialDate) -> Date {
    born.earliest().saturating_sub(DAYS_BETWEEN_BIRTHS.days())
}

fn days_after(born: PartialDate) -> Date {
    born.latest().saturating_add(DAYS_BETWEEN_BIRTHS.days())
}

impl Key {
    fn new(cohort: Cohort, digest: [u8; 32]) -> Key {
        let mut bytes = [0; 16];
        bytes[..COHORT_BYTES].copy_from_slice(&cohort);
        bytes[COHORT_BYTES..].copy_from_slice(&digest[..16 - COHORT_BYTES]);
        Key(bytes)
    }

    /// The strict key of a child whom this case told apart from the one that holds the key already.
    pub fn apart(self, secret: &IndexKey, case: Uuid) -> Key {
        let [a, b, c, ..] = self.0;
        Key::new([a, b, c], secret.tag("key/apart", &[&self.0, case.as_bytes()]))
    }

    /// The key whose stored bytes these are.
    pub fn from_bytes(bytes: [u8; 16]) -> Key {
        Key(bytes)
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key { .. }")
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys { .. }")
    }
}
