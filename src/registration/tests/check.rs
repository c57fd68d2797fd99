//! Every rule broken alone gives exactly its violation; broken together, all are told.

use std::collections::HashSet;

use super::sample::*;
use crate::number::Codes;
use crate::proto::v1 as pb;
use crate::registration::{Content, Problem, check};

type Break = fn(&mut pb::BirthRegistration);

/// In the order of the fields: what a rule is broken by, the field it is reported under (after `registration.`) and the problem.
#[rustfmt::skip]
const RULES: &[(Break, &str, Problem)] = &[
    (|r| r.r#ref = None, "ref", Problem::Required),
    (|r| r.reference().office_code = " ".into(), "ref.office_code", Problem::Required),
    (|r| r.reference().office_code = "x".repeat(33), "ref.office_code", Problem::TooLong { max: 32 }),
    (|r| r.reference().office_code = "a\0".into(), "ref.office_code", Problem::Character),
    (|r| r.reference().register = 0, "ref.register", Problem::Required),
    (|r| r.reference().register = 3, "ref.register", Problem::UnknownValue),
    (|r| r.reference().book_year = 0, "ref.book_year", Problem::Required),
    (|r| r.reference().book_year = 1899, "ref.book_year", Problem::Range { min: 1900, max: 2026 }),
    (|r| r.reference().book_year = 2027, "ref.book_year", Problem::Range { min: 1900, max: 2026 }),
    (|r| r.reference().book_year = -1, "ref.book_year", Problem::Range { min: 1900, max: 2026 }),
    (|r| r.reference().book_number = "1".repeat(21), "ref.book_number", Problem::TooLong { max: 20 }),
    (|r| r.reference().entry_number = String::new(), "ref.entry_number", Problem::Required),
    (|r| r.reference().entry_number = "1".repeat(21), "ref.entry_number", Problem::TooLong { max: 20 }),
    (|r| r.reference().entry_number = "4\u{200b}5".into(), "ref.entry_number", Problem::Character),
    (|r| r.kind = 0, "kind", Problem::Required),
    (|r| r.kind = 7, "kind", Problem::UnknownValue),
    (|r| r.kind = -1, "kind", Problem::UnknownValue),
    (|r| r.registered_on = None, "registered_on", Problem::Required),
    (|r| r.registered_on = date(2026, 2, 31), "registered_on", Problem::Date),
    (|r| r.registered_on = date(2026, 11, 0), "registered_on", Problem::Date),
    (|r| r.registered_on = date(0, 3, 17), "registered_on", Problem::Date),
    (|r| r.registered_on = date(9999, 12, 31), "registered_on", Problem::Future),
    (|r| r.registered_on = date(i32::MAX, i32::MIN, 1), "registered_on", Problem::Date),
    (|r| r.registered_on = date(2026, 11, 26), "registered_on", Problem::Future),
    (|r| r.registered_on = date(2026, 3, 8), "registered_on", Problem::BeforeBirth),
    (|r| r.place_code = String::new(), "place_code", Problem::Required),
    (|r| r.place_code = "003".into(), "place_code", Problem::PlaceCode),
    (|r| r.place_code = "000".into(), "place_code", Problem::PlaceCode),
    (|r| r.place_code = "79".into(), "place_code", Problem::PlaceCode),
    (|r| r.place_code = "296".into(), "place_code", Problem::PlaceCode),
    (|r| r.place_code = "٠٧٩".into(), "place_code", Problem::PlaceCode),
    (|r| r.child = None, "child", Problem::Required),
    (|r| r.child().full_name = "\u{a0}".into(), "child.full_name", Problem::Required),
    (|r| r.child().full_name = "a".repeat(201), "child.full_name", Problem::TooLong { max: 200 }),
    (|r| r.child().full_name = "ế".repeat(201), "child.full_name", Problem::TooLong { max: 200 }),
    (|r| r.child().full_name = "A".repeat(10_000_000), "child.full_name", Problem::TooLong { max: 200 }),
    (|r| r.child().full_name = "A\tB".into(), "child.full_name", Problem::Character),
    (|r| r.child().full_name = "A\u{7f}".into(), "child.full_name", Problem::Character),
    (|r| r.child().full_name = "A\u{200d}B".into(), "child.full_name", Problem::Character),
    (|r| r.child().full_name = "\u{202e}An".into(), "child.full_name", Problem::Character),
    (|r| r.child().full_name = "A\u{ad}n".into(), "child.full_name", Problem::Character),
    (|r| r.child().full_name = "A\u{e000}".into(), "child.full_name", Problem::Character),
    (|r| r.child().full_name = "A\u{378}".into(), "child.full_name", Problem::Character),
    (|r| r.child().full_name = "A\u{fffe}".into(), "child.full_name", Problem::Character),
    (|r| r.child().full_name = "A\u{3164}".into(), "child.full_name", Problem::Character),
    (|r| r.child().full_name = "A\u{fe0f}".into(), "child.full_name", Problem::Character),
    (|r| r.child().full_name = "An 2".into(), "child.full_name", Problem::Name),
    (|r| r.child().full_name = "An\u{fffd}".into(), "child.full_name", Problem::Name),
    (|r| r.child().full_name = "Nguy?n".into(), "child.full_name", Problem::Name),
    (|r| r.child().full_name = "An 😀".into(), "child.full_name", Problem::Name),
    (|r| r.child().full_name = "An <b>".into(), "child.full_name", Problem::Name),
    (|r| r.child().full_name = "- .".into(), "child.full_name", Problem::Name),
    (|r| r.child().full_name = "An \u{301}".into(), "child.full_name", Problem::Name),
    (|r| r.child().date_of_birth = None, "child.date_of_birth", Problem::Required),
    (|r| r.child().date_of_birth = date(2026, 2, 29), "child.date_of_birth", Problem::Date),
    (|r| r.child().date_of_birth = date(2026, 13, 1), "child.date_of_birth", Problem::Date),
    (|r| r.child().date_of_birth = date(2026, 0, 9), "child.date_of_birth", Problem::Date),
    (|r| r.child().date_of_birth = date(2026, -3, 0), "child.date_of_birth", Problem::Date),
    (|r| r.child().date_of_birth = date(-2026, 3, 9), "child.date_of_birth", Problem::Date),
    (|r| r.child().date_of_birth = date(0, 3, 9), "child.date_of_birth", Problem::Date),
    (|r| r.child().date_of_birth = date(10_000, 3, 9), "child.date_of_birth", Problem::Date),
    (|r| r.child().date_of_birth = date(67_562, 3, 9), "child.date_of_birth", Problem::Date),
    (|r| r.child().date_of_birth = date(2026, 3, 0), "child.date_of_birth", Problem::DateInPart),
    (|r| r.child().date_of_birth = date(2026, 0, 0), "child.date_of_birth", Problem::DateInPart),
    (|r| r.child().date_of_birth = date(1899, 12, 31), "child.date_of_birth", Problem::TooEarly { from: 1900 }),
    (|r| r.child().date_of_birth = date(2026, 11, 26), "child.date_of_birth", Problem::Future),
    (|r| r.child().date_of_birth = date(9999, 3, 9), "child.date_of_birth", Problem::Future),
    (|r| r.child().sex = 0, "child.sex", Problem::Required),
    (|r| r.child().sex = 3, "child.sex", Problem::UnknownValue),
    (|r| r.child().ethnicity = "a".repeat(61), "child.ethnicity", Problem::TooLong { max: 60 }),
    (|r| r.child().ethnicity = "Mường\u{1b}".into(), "child.ethnicity", Problem::Character),
    (|r| r.child().nationalities.clear(), "child.nationalities", Problem::Required),
    (|r| r.child().nationalities = vec![" ".into()], "child.nationalities", Problem::Required),
    (|r| r.child().nationalities.push("XX".into()), "child.nationalities", Problem::Country),
    (|r| r.child().nationalities.push("VNM".into()), "child.nationalities", Problem::Country),
    (|r| r.child().nationalities = two_letters(11), "child.nationalities", Problem::TooMany { max: 10 }),
    (|r| r.child().home_town.as_mut().unwrap().text = "a".repeat(301),
        "child.home_town.text", Problem::TooLong { max: 300 }),
    (|r| r.child().home_town.as_mut().unwrap().unit_code = "1".repeat(21),
        "child.home_town.unit_code", Problem::TooLong { max: 20 }),
    (|r| r.child().place_of_birth.as_mut().unwrap().text = "\u{feff}Huế".into(),
        "child.place_of_birth.text", Problem::Character),
    (|r| r.child().place_of_birth.as_mut().unwrap().country = "VIE".into(),
        "child.place_of_birth.country", Problem::Country),
    (|r| r.child().birth_order = 0, "child.birth_order", Problem::Range { min: 1, max: 15 }),
    (|r| r.child().birth_order = -2, "child.birth_order", Problem::Range { min: 1, max: 15 }),
    (|r| r.child().birth_order = 4, "child.birth_order", Problem::Order),
    (|r| r.child().births = i32::MIN, "child.births", Problem::Range { min: 1, max: 15 }),
    (|r| r.child().births = 0, "child.births", Problem::Range { min: 1, max: 15 }),
    (|r| r.child().births = 16, "child.births", Problem::Range { min: 1, max: 15 }),
    (|r| r.child().existing_identifiers[0].r#type = 0, "child.existing_identifiers.type", Problem::Required),
    (|r| r.child().existing_identifiers[0].r#type = 9, "child.existing_identifiers.type", Problem::UnknownValue),
    (|r| r.child().existing_identifiers[0].value = "C 12".into(),
        "child.existing_identifiers.value", Problem::Passport),
    (|r| r.child().existing_identifiers = papers(21), "child.existing_identifiers", Problem::TooMany { max: 20 }),
    (|r| (r.mother, r.father, r.representative) = (None, None, None), "mother", Problem::NoParents),
    (|r| r.mother().full_name = String::new(), "mother.full_name", Problem::Required),
    (|r| r.mother().full_name = "???".into(), "mother.full_name", Problem::Name),
    (|r| r.mother().born = born(1999, 2, 29), "mother.date_of_birth", Problem::Date),
    (|r| r.mother().born = born(1999, 0, 0), "mother.date_of_birth", Problem::Date),
    (|r| r.mother().born = born(1799, 12, 31), "mother.date_of_birth", Problem::TooEarly { from: 1800 }),
    (|r| r.mother().born = born(2026, 3, 9), "mother.date_of_birth", Problem::Parent),
    (|r| r.mother().born = born(2026, 11, 26), "mother.date_of_birth", Problem::Future),
    (|r| r.mother().personal_number = "07919990001".into(), "mother.personal_number", Problem::PersonalNumber),
    (|r| r.mother().personal_number = "000199900001".into(), "mother.personal_number", Problem::PersonalNumber),
    (|r| r.mother().identifiers[0].value = "0791999OOOO1".into(), "mother.identifiers.value", Problem::PersonalNumber),
    (|r| r.mother().identifiers[1].value = "12345678".into(), "mother.identifiers.value", Problem::IdentityCard),
    (|r| r.mother().identifiers[1].value = String::new(), "mother.identifiers.value", Problem::Required),
    (|r| r.mother().identifiers[1].country = "LA".into(), "mother.identifiers.country", Problem::VietnamesePaper),
    (|r| r.mother().nationality = "Việt Nam".into(), "mother.nationality", Problem::Country),
    (|r| r.mother().organisation_name = "Mái ấm".into(), "mother.organisation_name", Problem::Organisation),
    (|r| r.father().full_name = "a".repeat(201), "father.full_name", Problem::TooLong { max: 200 }),
    (|r| r.father().born = Some(pb::person::Born::BirthYear(-5)), "father.birth_year", Problem::TooEarly { from: 1800 }),
    (|r| r.father().born = Some(pb::person::Born::BirthYear(2027)), "father.birth_year", Problem::Future),
    (|r| r.father().identifiers[0].value = "ABC".into(), "father.identifiers.value", Problem::Passport),
    (|r| r.father().identifiers[0].country = "UK".into(), "father.identifiers.country", Problem::Country),
    (|r| r.representative().full_name = "1".into(), "representative.full_name", Problem::Name),
    (|r| *r.representative() = pb::Person { nationality: "VN".into(), ..pb::Person::default() },
        "representative.full_name", Problem::Representative),
    (|r| r.representative().born = Some(pb::person::Born::BirthYear(i32::MAX)),
        "representative.birth_year", Problem::Future),
    (|r| r.representative().organisation_name = "a".repeat(201),
        "representative.organisation_name", Problem::TooLong { max: 200 }),
    (|r| r.foundling = true, "foundling", Problem::FoundlingWithParents),
    (|r| r.former().register = 5, "former_ref.register", Problem::UnknownValue),
    (|r| r.former().entry_number = String::new(), "former_ref.entry_number", Problem::Required),
];

fn two_letters(count: u8) -> Vec<String> {
    (0..count)
        .map(|index| format!("V{}", char::from(b'A' + index)))
        .collect()
}

fn papers(count: usize) -> Vec<pb::Identifier> {
    (0..count)
        .map(|index| identifier(pb::IdentifierType::Passport, &format!("C{index:07}"), "VN"))
        .collect()
}

fn found(message: &pb::BirthRegistration) -> Vec<(String, Problem)> {
    let violations = check(&Content::of(message), Codes::embedded(), TODAY)
        .err()
        .unwrap_or_default();
    violations
        .into_iter()
        .map(|violation| (violation.field, violation.problem))
        .collect()
}

fn path(field: &str) -> String {
    format!("registration.{field}")
}

#[test]
fn every_rule_broken_alone_gives_its_violation_alone() {
    for (change, field, problem) in RULES {
        assert_eq!(
            found(&changed(change)),
            [(path(field), *problem)],
            "{field}: {problem:?}"
        );
    }
}

#[test]
fn nothing_is_found_in_what_is_in_order() {
    let fine: &[Break] = &[
        |_| {},
        |r| r.registered_on = date(2026, 11, 25),
        |r| (r.child().date_of_birth, r.registered_on) = (date(2026, 11, 25), date(2026, 11, 25)),
        |r| r.registered_on = r.child().date_of_birth,
        |r| (r.kind, r.child().date_of_birth) = (pb::RegistrationKind::Late.into(), date(2025, 0, 0)),
        |r| (r.kind, r.child().date_of_birth) = (pb::RegistrationKind::ReRegistration.into(), date(2024, 2, 0)),
        |r| r.mother = None,
        |r| (r.mother, r.father) = (None, None),
        |r| (r.mother, r.father, r.representative, r.foundling) = (None, None, None, true),
        |r| (r.mother, r.father, r.foundling) = (None, None, true),
        |r| (r.child().birth_order, r.child().births) = (0, 0),
        |r| r.place_code = "030".into(),
        |r| r.place_code = "295".into(),
        |r| r.child().full_name = "ế".repeat(200),
        |r| r.child().full_name = "e\u{302}\u{301}".repeat(200),
        |r| r.child().full_name = "H'Hen Ka\u{2019}Rơ-Y Niê Jr.".into(),
        |r| r.child().full_name = "김민준".into(),
        |r| r.child().full_name = "नरेन्द्र".into(),
        |r| r.child().nationalities = vec!["us".into(), " vn ".into()],
        |r| r.child().existing_identifiers[0].value = " c1234567 ".into(),
        |r| {
            *r.mother() = pb::Person {
                full_name: "Lò Thị É".into(),
                ..pb::Person::default()
            }
        },
        |r| r.representative().full_name = "Lê Văn Bảo".into(),
        |r| r.former_ref = None,
        |r| r.reference().book_number = String::new(),
    ];
    for (index, change) in fine.iter().enumerate() {
        assert_eq!(found(&changed(change)), [], "case {index}");
    }
}

#[test]
fn an_empty_message_misses_all_that_is_required() {
    let required = ["ref", "kind", "registered_on", "place_code", "child"];
    let mut expected: Vec<_> = required.map(|field| (path(field), Problem::Required)).to_vec();
    expected.push((path("mother"), Problem::NoParents));
    assert_eq!(found(&pb::BirthRegistration::default()), expected);
}

/// One breach of every field that can have one beside all the others.
#[test]
fn all_rules_broken_at_once_are_all_told_in_the_order_of_the_fields() {
    let mut seen = HashSet::new();
    // A part cannot be wrong beside the want of the whole, nor a paper's number beside the want of its type.
    let alone = "ref child mother foundling child.existing_identifiers child.existing_identifiers.value";
    let alone: Vec<&str> = alone.split(' ').collect();
    let rules: Vec<_> = RULES
        .iter()
        .filter(|(_, field, _)| !alone.contains(field) && seen.insert(*field))
        .collect();
    let mut message = sample();
    for (change, ..) in &rules {
        change(&mut message);
    }
    let expected: Vec<_> = rules
        .iter()
        .map(|(_, field, problem)| (path(field), *problem))
        .collect();
    assert_eq!(found(&message), expected);
}

#[test]
fn every_problem_has_words_of_its_own_in_both_languages() {
    let problems: Vec<Problem> = RULES.iter().map(|(.., problem)| *problem).collect();
    let (mut english, mut vietnamese) = (HashSet::new(), HashSet::new());
    let mut distinct: Vec<Problem> = Vec::new();
    for problem in problems {
        if !distinct.contains(&problem) {
            distinct.push(problem);
            assert!(english.insert(problem.to_string()), "{problem:?}");
            assert!(vietnamese.insert(problem.vietnamese()), "{problem:?}");
        }
    }
    let kinds: HashSet<_> = distinct.iter().map(std::mem::discriminant).collect();
    assert_eq!(kinds.len(), 24, "the table breaks every rule there is");
}
