//! Imports: every state of a registration and of a number against every item that may be brought.

use prost_types::Timestamp;
use uuid::Uuid;

use super::acts::{approve, authority, change, dispute, propose, registrar, settle};
use super::{Memory, Vary, birth};
use crate::ledger::{Context, Draft, RequestKey};
use crate::number::Number;
use crate::places::{Gazetteer, Units};
use crate::proto::v1 as pb;
use crate::proto::v1::ImportSource::{Decree87, PopulationDatabase};
use crate::protocol::CaseCause::{
    ImportedAlike, ImportedDigits, ImportedFacts, ImportedForeigner, ImportedHolder, ImportedNumber, NoSuchPerson,
    OtherNumber,
};
use crate::protocol::ImportResult::{self, Completed, Conflict, Imported, Same, SameOlder};
use crate::protocol::NumberState::{self, Confirmed, Issued, Quarantined, Reserved, Revoked};
use crate::protocol::{
    Brings, CaseCause, Command, Decision, Import, Proposed, Registered, Resolution, Told, import_digest,
};
use crate::refusal::Refusal;
use crate::registration::{BroughtText, Content, Warning, WarningKind, check_brought, keys_brought, warnings};

/// The office that imports.
pub(super) const IMPORTER: &str = "01-stp";

impl Told {
    /// The answer to an item.
    pub(super) fn brings(self) -> Brings {
        match self {
            Told::Import(brings) => brings,
            other => panic!("{other:?}"),
        }
    }
}

/// An item as a source has it.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub birth: pb::BirthRegistration,
    pub number: Option<Number>,
    pub source: pb::ImportSource,
    /// The time at which the source said so; none: now.
    pub as_of: Option<i64>,
    pub job: u128,
    pub sequence: i64,
}

impl Item {
    pub fn of(birth: pb::BirthRegistration, number: Option<Number>) -> Self {
        Self {
            birth,
            number,
            source: Decree87,
            as_of: None,
            job: 1,
            sequence: 1,
        }
    }
}

impl Memory {
    /// The command that brings an item: made as the engine makes it.
    pub(super) fn item(&mut self, item: &Item) -> Command {
        self.made = self.made.wrapping_add(1);
        let as_of = item.as_of.unwrap_or(self.moment.at);
        let brought = BroughtText {
            job_id: Uuid::from_u128(item.job).to_string(),
            sequence: item.sequence,
            source: item.source.into(),
            as_of: Some(Timestamp {
                seconds: as_of / 1_000_000,
                nanos: 0,
            }),
            number: item.number.map(|number| number.to_string()).unwrap_or_default(),
        };
        let content = Content::brought_in(&item.birth, &[], brought);
        let (codes, units) = (self.rules.codes, Units::default());
        let known = Gazetteer { codes, units: &units };
        let (facts, brought) = check_brought(&content, codes, self.moment.day).expect("an item in order");
        let request = RequestKey {
            id: Uuid::new_v5(&Uuid::from_u128(item.job), item.sequence.to_string().as_bytes()),
            office: IMPORTER.to_owned(),
        };
        let index = self.ring.index.current();
        let draft = Draft::seal(
            &self.ring,
            request,
            Context::default(),
            import_digest(&index, &content),
            &content.encode(),
            ([self.made; 32], [self.made; 12]),
        )
        .unwrap();
        Command::Import(Box::new(Import {
            draft,
            index: index.id(),
            keys: keys_brought(&content, &facts, &index, codes),
            warnings: warnings(&content, &facts, &brought, &known),
            registered: Registered {
                content: content.into(),
                facts: facts.into(),
            },
            brought,
            case_id: Uuid::from_u128(0x1a9c_0000 + u128::from(self.made)),
        }))
    }

    pub(super) fn bring(&mut self, item: &Item) -> Result<Brings, Refusal> {
        let command = self.item(item);
        self.carry_out(&[command]).0.remove(0).map(Told::brings)
    }

    /// An item in order, under a sequence of its own.
    pub(super) fn brought(&mut self, birth: pb::BirthRegistration, number: Option<Number>) -> Brings {
        let sequence = 1000 + i64::from(self.made);
        let item = Item {
            sequence,
            ..Item::of(birth, number)
        };
        self.bring(&item).expect("a decision")
    }

    pub(super) fn state(&self, number: Number) -> Option<NumberState> {
        self.numbers.get(&self.ring.picker.slot(number)).map(|row| row.state)
    }
}

/// A number that the child of [`birth`] may have elsewhere.
pub(super) fn elsewhere() -> Number {
    Number::parse("079326123456").unwrap()
}

fn another() -> Number {
    Number::parse("079326654321").unwrap()
}

/// What is known of entry 1, of its child, or of the number that is brought.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Before {
    Nothing,
    HasNumber,
    Waits,
    /// The child was a foreigner.
    GotNothing,
    IsRevoked,
    WasImported,
    WasImportedBare,
    Contradicted,
    /// The number is another child's.
    NumberUsed,
    NumberReserved,
    /// A dispute that is open has told of it.
    NumberHeld,
    /// A dispute has told of it that was rejected.
    NumberHeldOnce,
    /// The child has a number by entry 7.
    AtSeven,
    WaitsAtSeven,
    BareAtSeven,
}

/// What is brought for entry 1.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Brought {
    Bare,
    /// With other facts.
    BareOther,
    Number,
    NumberOther,
    /// With the number that the child has here.
    Own,
    /// With a number of a boy.
    OtherDigits,
    /// A foreigner with a number.
    Foreigner,
}

use Before::{
    AtSeven, BareAtSeven, Contradicted, GotNothing, HasNumber, IsRevoked, Nothing, NumberHeld, NumberHeldOnce,
    NumberReserved, NumberUsed, Waits, WaitsAtSeven, WasImported, WasImportedBare,
};
use Brought::{Bare, BareOther, Foreigner, Number as WithNumber, NumberOther, OtherDigits, Own};

/// A memory in this state, and the number that the child has.
fn memory(before: Before) -> (Memory, Option<Number>, Number) {
    let mut memory = Memory::new();
    let (mut own, mut number) = (None, elsewhere());
    match before {
        Nothing => {}
        HasNumber => own = Some(memory.given(&birth())),
        Waits => drop(memory.register(&birth().kind(pb::RegistrationKind::ReRegistration))),
        GotNothing => drop(memory.register(&foreigner())),
        IsRevoked => {
            let given = memory.given(&birth());
            let proposed = memory.act(registrar("26734"), propose(given, Proposed::Revocation));
            let case = memory.case(proposed.unwrap()).clone();
            memory.act(authority(), approve(&case, Resolution::None)).unwrap();
            own = Some(given);
        }
        WasImported => {
            memory.brought(birth(), Some(another()));
            own = Some(another());
        }
        WasImportedBare => drop(memory.brought(birth(), None)),
        Contradicted => {
            memory.given(&birth().entry("7"));
            memory.brought(birth(), Some(another()));
        }
        NumberUsed => drop(memory.brought(other_girl(), Some(number))),
        NumberReserved => {
            number = memory.reserved();
        }
        NumberHeld | NumberHeldOnce => {
            let given = memory.given(&other_girl());
            let told = memory
                .act(authority(), dispute(given, OtherNumber, Some(number)))
                .unwrap();
            let case = memory.case(told).clone();
            if before == NumberHeldOnce {
                let verdict = settle(&case, Decision::Reject);
                memory.act(super::acts::department(), verdict).unwrap();
            }
        }
        AtSeven => drop(memory.given(&birth().entry("7"))),
        WaitsAtSeven => {
            let anew = birth().entry("7").kind(pb::RegistrationKind::ReRegistration);
            memory.register(&anew);
        }
        BareAtSeven => drop(memory.brought(birth().entry("7"), None)),
    }
    (memory, own, number)
}

fn other_girl() -> pb::BirthRegistration {
    let girl = birth().entry("5").of_another_mother().named("Phạm Thị Cúc");
    girl.but(|birth| birth.child().sex = pb::Sex::Female.into())
}

fn foreigner() -> pb::BirthRegistration {
    birth().but(|birth| birth.child().nationalities = vec!["FR".into()])
}

fn item(brought: Brought, own: Option<Number>, number: Number, before: Before) -> Item {
    // The block's number is one of births abroad.
    let known = |birth: pb::BirthRegistration| match before {
        NumberReserved => birth.but(|birth| birth.place_code = "232".into()),
        Waits => birth.kind(pb::RegistrationKind::ReRegistration),
        _ => birth,
    };
    let otherwise = birth()
        .named("Nguyễn Thị An")
        .but(|birth| birth.mother().personal_number.clear());
    match brought {
        Bare => Item::of(known(birth()), None),
        BareOther => Item::of(known(otherwise), None),
        WithNumber => Item::of(known(birth()), Some(number)),
        NumberOther => Item::of(known(otherwise), Some(number)),
        Own => Item::of(known(birth()), own),
        OtherDigits => Item::of(birth(), Some(Number::parse("079226123456").unwrap())),
        Foreigner => Item::of(foreigner(), Some(number)),
    }
}

/// What comes of it: the result, what is contradicted, and where the number stands that was brought.
type Outcome = (ImportResult, Option<CaseCause>, Option<NumberState>);

const TABLE: &[(Before, Brought, Outcome)] = &[
    (Nothing, Bare, (Imported, None, None)),
    (Nothing, WithNumber, (Imported, None, Some(Issued))),
    (
        Nothing,
        OtherDigits,
        (Conflict, Some(ImportedDigits), Some(Quarantined)),
    ),
    (
        Nothing,
        Foreigner,
        (Conflict, Some(ImportedForeigner), Some(Quarantined)),
    ),
    (HasNumber, Bare, (Same, None, None)),
    (HasNumber, Own, (Same, None, Some(Issued))),
    (HasNumber, BareOther, (Conflict, Some(ImportedFacts), None)),
    (
        HasNumber,
        WithNumber,
        (Conflict, Some(ImportedNumber), Some(Quarantined)),
    ),
    (
        HasNumber,
        NumberOther,
        (Conflict, Some(ImportedNumber), Some(Quarantined)),
    ),
    (Waits, Bare, (Same, None, None)),
    (Waits, BareOther, (Conflict, Some(ImportedFacts), None)),
    (Waits, WithNumber, (Conflict, Some(ImportedNumber), Some(Quarantined))),
    (GotNothing, Bare, (Imported, None, None)),
    (GotNothing, WithNumber, (Imported, None, Some(Issued))),
    (
        GotNothing,
        Foreigner,
        (Conflict, Some(ImportedForeigner), Some(Quarantined)),
    ),
    (IsRevoked, Bare, (Same, None, None)),
    (IsRevoked, Own, (SameOlder, None, Some(Revoked))),
    (
        IsRevoked,
        WithNumber,
        (Conflict, Some(ImportedNumber), Some(Quarantined)),
    ),
    (WasImported, Bare, (Same, None, None)),
    (WasImported, Own, (Same, None, Some(Issued))),
    (WasImported, BareOther, (Conflict, Some(ImportedFacts), None)),
    (
        WasImported,
        WithNumber,
        (Conflict, Some(ImportedNumber), Some(Quarantined)),
    ),
    (WasImportedBare, Bare, (Same, None, None)),
    (WasImportedBare, BareOther, (Conflict, Some(ImportedFacts), None)),
    (WasImportedBare, WithNumber, (Completed, None, Some(Issued))),
    (
        WasImportedBare,
        NumberOther,
        (Conflict, Some(ImportedFacts), Some(Quarantined)),
    ),
    (
        WasImportedBare,
        OtherDigits,
        (Conflict, Some(ImportedDigits), Some(Quarantined)),
    ),
    (Contradicted, Bare, (Same, None, None)),
    (
        Contradicted,
        WithNumber,
        (Conflict, Some(ImportedNumber), Some(Quarantined)),
    ),
    (NumberUsed, Bare, (Imported, None, None)),
    (NumberUsed, WithNumber, (Conflict, Some(ImportedHolder), Some(Issued))),
    (
        NumberReserved,
        WithNumber,
        (Conflict, Some(ImportedHolder), Some(Reserved)),
    ),
    (
        NumberHeld,
        WithNumber,
        (Conflict, Some(ImportedHolder), Some(Quarantined)),
    ),
    (NumberHeldOnce, WithNumber, (Imported, None, Some(Issued))),
    (AtSeven, Bare, (Imported, None, None)),
    (AtSeven, WithNumber, (Conflict, Some(ImportedAlike), Some(Quarantined))),
    (
        WaitsAtSeven,
        WithNumber,
        (Conflict, Some(ImportedAlike), Some(Quarantined)),
    ),
    (BareAtSeven, Bare, (Imported, None, None)),
    (BareAtSeven, WithNumber, (Imported, None, Some(Issued))),
];

#[test]
fn every_item_against_everything_that_may_be_known() {
    for (before, brought, expected) in TABLE {
        let (mut memory, own, number) = memory(*before);
        let item = item(*brought, own, number, *before);
        let entries = memory.entries.len();
        let brings = memory.bring(&item).expect("a decision");
        let state = item.number.and_then(|number| memory.state(number));
        let cause = brings.conflict.map(|(_, cause)| cause);
        assert_eq!((brings.result, cause, state), *expected, "{before:?} {brought:?}");
        let writes = !matches!(brings.result, Same | SameOlder);
        assert_eq!(
            memory.entries.len() - entries,
            usize::from(writes),
            "{before:?} {brought:?}"
        );
        assert_eq!(brings.position.is_some(), writes);

        // Sent again it is answered the same, and by another job it says nothing new: neither writes anything.
        let (entries, cases) = (memory.entries.len(), memory.cases.len());
        let again = memory.bring(&item).unwrap();
        assert_eq!((again.result, again.conflict), (brings.result, brings.conflict));
        assert_eq!(again.replayed, writes);
        let other_job = memory.bring(&Item { job: 2, ..item.clone() }).unwrap();
        let expected = match brings.result {
            Imported | Completed => Same,
            result => result,
        };
        assert_eq!(
            (other_job.result, other_job.conflict),
            (expected, brings.conflict),
            "{before:?} {brought:?}"
        );
        assert_eq!((memory.entries.len(), memory.cases.len()), (entries, cases));

        let reused = memory.bring(&Item {
            as_of: Some(1_000_000),
            ..item
        });
        match writes {
            true => assert_eq!(reused, Err(Refusal::RequestIdReused(vec!["header.as_of".to_owned()]))),
            false => drop(reused.unwrap()),
        }
    }
}

#[test]
fn the_population_database_brings_numbers_confirmed_and_confirms_those_it_knows() {
    let from_there = |birth, number| Item {
        source: PopulationDatabase,
        ..Item::of(birth, Some(number))
    };
    let mut memory = Memory::new();
    let brings = memory.bring(&from_there(birth(), elsewhere())).unwrap();
    assert_eq!((brings.result, memory.state(elsewhere())), (Imported, Some(Confirmed)));

    let mut memory = Memory::new();
    let given = memory.given(&birth());
    let brings = memory.bring(&from_there(birth(), given)).unwrap();
    assert_eq!((brings.result, memory.state(given)), (Completed, Some(Confirmed)));

    let mut memory = Memory::new();
    memory.brought(birth(), None);
    let brings = memory.bring(&from_there(birth(), elsewhere())).unwrap();
    assert_eq!((brings.result, memory.state(elsewhere())), (Completed, Some(Confirmed)));
    let row = memory.stands(elsewhere());
    assert_eq!((row.registration, row.facts, row.issued_at), (1, 1, 0));

    // What is disputed stays so.
    let mut memory = Memory::new();
    let given = memory.given(&birth());
    memory.act(authority(), dispute(given, NoSuchPerson, None)).unwrap();
    let brings = memory.bring(&from_there(birth(), given)).unwrap();
    assert_eq!(
        (brings.result, memory.state(given)),
        (Same, Some(NumberState::Disputed))
    );
}

/// A day, in microseconds.
const DAY: i64 = 24 * 3600 * 1_000_000;

#[test]
fn what_was_changed_here_after_the_sources_time_is_no_contradiction() {
    let mut memory = Memory::new();
    let number = memory.given(&birth());
    let registered = memory.moment.at;
    let changes = [("ethnicity", "Tày"), ("full_name", "Nguyễn Thị Hòa")];
    let mut known = birth();
    for (path, value) in changes {
        memory.wait(10);
        let mut facts = pb::Facts::default();
        match path {
            "ethnicity" => facts.ethnicity = Some(value.into()),
            _ => facts.full_name = Some(value.into()),
        }
        memory
            .act(registrar("26734"), change(number, &known, facts, &[path]))
            .unwrap();
        known = match path {
            "ethnicity" => known.but(|birth| birth.child().ethnicity = value.into()),
            _ => known.named(value),
        };
    }
    memory.wait(10);
    let between = birth().but(|birth| birth.child().ethnicity = "Tày".into());
    let misspelt = between.clone().named("Nguyễn Thị Hoa Bình");
    let misspelt_ethnicity = birth().but(|birth| birth.child().ethnicity = "Nùng".into());
    let rows = [
        // Every version there was, whenever the source says it was so.
        (birth(), registered + 25 * DAY, SameOlder),
        (between.clone(), registered + 25 * DAY, SameOlder),
        (known.clone(), registered + 25 * DAY, Same),
        (known, registered - DAY, Same),
        // Something that was never said here, of a field that was changed later; and of one that was not.
        (misspelt.clone(), registered + 15 * DAY, SameOlder),
        (misspelt, registered + 25 * DAY, Conflict),
        (misspelt_ethnicity.clone(), registered + 5 * DAY, SameOlder),
        (misspelt_ethnicity.clone(), registered + 15 * DAY, Conflict),
        // All of it was entered here later, in order to correct it; if it is the same child at all.
        (misspelt_ethnicity, registered - DAY, SameOlder),
        (birth().of_another_mother(), registered - DAY, Conflict),
    ];
    for (row, (birth, as_of, expected)) in rows.into_iter().enumerate() {
        for number in [None, Some(number)] {
            let mut memory = memory.clone();
            let item = Item {
                as_of: Some(as_of),
                ..Item::of(birth.clone(), number)
            };
            let brings = memory.bring(&item).unwrap();
            assert_eq!(brings.result, expected, "row {row}, {number:?}");
        }
    }
}

/// A source's time goes before the day on which it was taken in: of two sources the later one is right.
#[test]
fn of_two_imports_the_one_that_was_said_later_is_the_version_that_stays() {
    let now = Memory::new().moment.at;
    let misspelt = birth().named("Nguyễn Thị Hoa Bình");
    for (first, second, expected) in [(now, now - DAY, SameOlder), (now - DAY, now, Conflict)] {
        let mut memory = Memory::new();
        let item = |birth, as_of, sequence| Item {
            as_of: Some(as_of),
            sequence,
            ..Item::of(birth, Some(elsewhere()))
        };
        memory.bring(&item(birth(), first, 1)).unwrap();
        let brings = memory.bring(&item(misspelt.clone(), second, 2)).unwrap();
        assert_eq!(brings.result, expected);
    }
}

#[test]
fn a_number_that_took_the_place_of_another_is_found_by_the_former_one() {
    let mut memory = Memory::new();
    let first = memory.given(&birth());
    let corrected = birth()
        .born(2025, 3, 9)
        .but(|birth| birth.r#ref.get_or_insert_default().book_year = 2026);
    let proposed = propose(first, Proposed::Reissue(memory.registered(&corrected)));
    let proposed = memory.act(registrar("26734"), proposed).unwrap();
    let case = memory.case(proposed).clone();
    memory.act(authority(), approve(&case, Resolution::None)).unwrap();
    let last = memory.stands(first).replaced_by.unwrap();
    for (birth, number, expected) in [
        (birth(), Some(first), SameOlder),
        (birth(), None, SameOlder),
        (corrected.clone(), Some(last), Same),
        (corrected, None, Same),
    ] {
        let brings = memory.bring(&Item::of(birth, number)).unwrap();
        assert_eq!(brings.result, expected, "{number:?}");
    }
}

#[test]
fn what_an_old_book_does_not_say_it_does_not_contradict() {
    let mut memory = Memory::new();
    memory.given(&birth());
    let less = birth().but(|birth| {
        birth.child().ethnicity.clear();
        birth.mother().personal_number.clear();
        birth.mother().born = Some(pb::person::Born::BirthYear(1999));
        birth.child().date_of_birth = super::births::day(2026, 3, 0);
        birth.registered_on = super::births::day(2026, 0, 0);
    });
    let brings = memory.brought(less, None);
    let warned = |brings: &Brings| -> Vec<WarningKind> { brings.warnings.iter().map(|warning| warning.kind).collect() };
    assert_eq!(brings.result, Same);
    assert_eq!(warned(&brings), [WarningKind::DateInPart, WarningKind::DateInPart]);

    let more = birth().but(|birth| {
        birth.child().home_town = Some(pb::Place {
            text: "xã Tân Phú, Hà Nội".into(),
            ..pb::Place::default()
        });
    });
    let brings = memory.brought(more, None);
    assert_eq!(
        (brings.result, warned(&brings)),
        (Same, vec![WarningKind::NotTakenOver])
    );
    let wrong_year = birth().but(|birth| birth.mother().born = Some(pb::person::Born::BirthYear(1998)));
    assert_eq!(memory.brought(wrong_year, None).result, Conflict);
}

#[test]
fn odd_things_of_old_books_are_told_and_taken_in() {
    let mut memory = Memory::new();
    let number = Number::parse("001326123456").unwrap();
    let odd = birth().entry("không số").but(|birth| {
        birth.child().date_of_birth = super::births::day(2026, 0, 0);
        birth.child().place_of_birth = Some(pb::Place {
            text: "Nhà thương thí, tổng Vân Trung".into(),
            ..pb::Place::default()
        });
    });
    let brings = memory.brought(odd, Some(number));
    assert_eq!((brings.result, memory.state(number)), (Imported, Some(Issued)));
    let warned: Vec<_> = brings
        .warnings
        .iter()
        .map(|warning| (warning.field, warning.kind))
        .collect();
    assert_eq!(
        warned,
        [
            ("registration.child.date_of_birth", WarningKind::DateInPart),
            ("registration.ref.entry_number", WarningKind::OddEntryNumber),
            ("registration.child.place_of_birth.text", WarningKind::UnknownPlace),
            ("number", WarningKind::OtherPlace),
        ]
    );
    let mut memory = Memory::new();
    memory.given(&birth().entry("7"));
    assert_eq!(memory.brought(birth(), None).warnings, [Warning::MAY_BE_KNOWN]);
}
