use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::names::variant;
use super::sample::*;
use crate::proto::v1 as pb;
use crate::registration::{Content, ContentError};

fn content(change: impl FnOnce(&mut pb::BirthRegistration)) -> Content {
    Content::of(&changed(change))
}

#[test]
fn what_says_nothing_is_absent() {
    let said = content(|r| {
        r.former_ref = None;
        r.representative = None;
        r.child().home_town = None;
    });
    let padded = content(|r| {
        *r.former() = pb::RegistrationRef::default();
        *r.representative() = pb::Person {
            full_name: " ".into(),
            born: born(0, 0, 0),
            identifiers: vec![pb::Identifier::default()],
            ..pb::Person::default()
        };
        r.child().home_town = Some(pb::Place {
            text: "\u{a0}".into(),
            ..pb::Place::default()
        });
    });
    assert_eq!(padded.canonical(), said.canonical());
    assert_eq!(padded.encode(), said.encode());
    assert_eq!(Content::of(&pb::BirthRegistration::default()).fields(), []);
}

#[test]
fn lists_are_kept_sorted_in_capitals_and_each_item_once_and_a_single_birth_is_one_of_one() {
    let content = content(|r| {
        r.child().nationalities = vec!["vn".into(), " us ".into(), "VN".into(), String::new()];
        r.mother().identifiers.reverse();
        r.mother().identifiers.extend_from_within(..);
        r.child().existing_identifiers[0].value = "c1234567".into();
        (r.child().birth_order, r.child().births) = (0, 0);
    });
    let child = content.message().child.clone().unwrap();
    assert_eq!(child.nationalities, ["US", "VN"]);
    assert_eq!(child.existing_identifiers[0].value, "C1234567");
    assert_eq!((child.birth_order, child.births), (1, 1));
    assert!(content.message().mother == sample().mother);
}

#[test]
fn fields_come_in_the_order_of_the_contract_with_their_compared_values() {
    let fields = content(|r| (r.former_ref, r.representative, r.father) = (None, None, None)).fields();
    let paths: Vec<&str> = fields
        .iter()
        .map(|(path, _)| path.strip_prefix("registration.").unwrap())
        .collect();
    let expected = "ref.office_code ref.register ref.book_year ref.book_number ref.entry_number kind registered_on \
         place_code child.full_name child.date_of_birth child.sex child.ethnicity child.nationalities \
         child.nationalities child.home_town.text child.home_town.unit_code child.home_town.country \
         child.place_of_birth.text child.place_of_birth.unit_code child.place_of_birth.country child.birth_order \
         child.births child.existing_identifiers mother.full_name mother.date_of_birth mother.personal_number \
         mother.identifiers mother.identifiers mother.nationality";
    assert_eq!(
        paths.join(" "),
        expected.split_whitespace().collect::<Vec<_>>().join(" ")
    );
    let value = |path: &str| {
        fields
            .iter()
            .find(|(field, _)| field.ends_with(path))
            .unwrap()
            .1
            .as_str()
    };
    assert_eq!(value("registered_on"), "2026-3-17");
    assert_eq!(value("mother.full_name").nfc().collect::<String>(), "trần thị thuý");
    assert_eq!(value("mother.identifiers"), "2 VN 079199900001");
}

#[test]
fn canonical_bytes_are_the_fields_led_by_their_lengths() {
    let content = content(|_| {});
    let mut expected = vec![1];
    for (path, value) in content.fields() {
        for text in [path, value] {
            expected.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
            expected.extend(text.bytes());
        }
    }
    assert_eq!(content.canonical(), expected);
}

/// Every leaf changed alone is named alone, changes the canonical bytes, and survives storing.
#[test]
fn differing_names_exactly_the_changed_fields() {
    type Change = fn(&mut pb::BirthRegistration);
    #[rustfmt::skip]
    let changes: &[(Change, &[&str])] = &[
        (|_| {}, &[]),
        (|r| r.reference().office_code = "1".into(), &["ref.office_code"]),
        (|r| r.reference().register = 2, &["ref.register"]),
        (|r| r.reference().book_year = 2025, &["ref.book_year"]),
        (|r| r.reference().book_number = String::new(), &["ref.book_number"]),
        (|r| r.reference().entry_number = "46".into(), &["ref.entry_number"]),
        (|r| r.kind = 2, &["kind"]),
        (|r| r.registered_on = date(2026, 3, 18), &["registered_on"]),
        (|r| r.place_code = "001".into(), &["place_code"]),
        (|r| r.child().full_name = "Nguyễn Thị Hoá Bình".into(), &["child.full_name"]),
        (|r| r.child().date_of_birth = date(2026, 9, 3), &["child.date_of_birth"]),
        (|r| r.child().sex = 1, &["child.sex"]),
        (|r| r.child().ethnicity = "Kinh".into(), &["child.ethnicity"]),
        (|r| r.child().nationalities.truncate(1), &["child.nationalities"]),
        (|r| r.child().home_town.as_mut().unwrap().text = "Huế".into(), &["child.home_town.text"]),
        (|r| r.child().place_of_birth = None, &["child.place_of_birth.country", "child.place_of_birth.text",
            "child.place_of_birth.unit_code"]),
        (|r| r.child().birth_order = 1, &["child.birth_order"]),
        (|r| r.child().births = 2, &["child.births"]),
        (|r| r.child().existing_identifiers.clear(), &["child.existing_identifiers"]),
        (|r| r.mother().born = Some(pb::person::Born::BirthYear(1999)), &["mother.birth_year", "mother.date_of_birth"]),
        (|r| r.mother().personal_number.clear(), &["mother.personal_number"]),
        (|r| r.mother().identifiers[0].country.clear(), &["mother.identifiers"]),
        (|r| r.father().nationality = "BE".into(), &["father.nationality"]),
        (|r| r.representative().organisation_name = "Mái ấm".into(), &["representative.organisation_name"]),
        (|r| r.foundling = true, &["foundling"]),
        (|r| r.former().book_year = 1999, &["former_ref.book_year"]),
    ];
    let before = content(|_| {});
    for (change, fields) in changes {
        let after = content(change);
        let expected: Vec<String> = fields.iter().map(|field| format!("registration.{field}")).collect();
        assert_eq!(before.differing(&after), expected);
        assert_eq!(after.differing(&before), expected);
        assert_eq!(before.canonical() == after.canonical(), fields.is_empty());
        assert!(Content::decode(&after.encode()).unwrap() == after);
    }
}

#[test]
fn bytes_of_another_version_or_none_are_refused() {
    let mut bytes = content(|_| {}).encode();
    assert_eq!(Content::decode(&[]), Err(ContentError::Empty));
    assert_eq!(Content::decode(&bytes[..bytes.len() - 1]), Err(ContentError::Malformed));
    bytes[0] = 2;
    assert_eq!(Content::decode(&bytes), Err(ContentError::Version(2)));
}

#[test]
fn debug_shows_nothing() {
    assert_eq!(format!("{:?}", content(|_| {})), "Content { .. }");
}

proptest! {
    #[test]
    fn how_text_is_typed_leaves_no_trace(way in 0_usize..5) {
        let typed = content(|r| {
            r.child().full_name = variant("Nguyễn Thị Hoà Bình", way);
            r.mother().full_name = variant("Trần Thị Thuý", way);
            r.child().ethnicity = variant("Ê Đê", way);
            r.father().full_name = variant("Jean\u{2010}Luc D'Arc", way);
            r.child().home_town.as_mut().unwrap().text = variant("Xã Tân Hoà, tỉnh Đắk Lắk", way);
        });
        prop_assert_eq!(typed.canonical(), content(|_| {}).canonical());
        prop_assert_eq!(typed.differing(&content(|_| {})), Vec::<String>::new());
    }

    #[test]
    fn cleaning_twice_changes_nothing(name in any::<String>(), value in any::<String>(), order in any::<i32>()) {
        let once = content(|r| {
            r.child().full_name = name;
            r.child().birth_order = order;
            r.mother().identifiers[0].value = value.clone();
            r.child().nationalities.push(value);
        });
        prop_assert!(Content::of(once.message()) == once);
    }
}
