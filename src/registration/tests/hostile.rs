//! Whatever a client sends, there is an answer and no panic.

use proptest::prelude::*;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use super::sample::*;
use crate::number::Codes;
use crate::proto::v1 as pb;
use crate::registration::{Content, Registration, check};

/// Numbers that break things: small ones, the ends of the types, and sensible ones.
fn integer() -> impl Strategy<Value = i32> {
    prop_oneof![any::<i32>(), -2..20, 1_890..2_030, Just(i32::MIN), Just(i32::MAX)]
}

fn any_date() -> impl Strategy<Value = Option<crate::proto::google::r#type::Date>> {
    (integer(), integer(), integer()).prop_map(|(year, month, day)| date(year, month, day))
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        Just("An".to_owned()),
        "[0-9]{0,12}",
        "\\p{Cf}|\\p{Co}|\\p{Cn}|\\p{Cc}"
    ]
}

fn person() -> impl Strategy<Value = pb::Person> {
    (text(), any_date(), integer(), text(), integer()).prop_map(|(name, date, year, number, kind)| pb::Person {
        full_name: name,
        born: match year % 3 {
            0 => None,
            1 => Some(pb::person::Born::BirthYear(year)),
            _ => date.map(pb::person::Born::DateOfBirth),
        },
        identifiers: vec![pb::Identifier {
            r#type: kind,
            value: number.clone(),
            country: number.clone(),
        }],
        nationality: number.clone(),
        organisation_name: number.clone(),
        personal_number: number,
    })
}

fn registration() -> impl Strategy<Value = pb::BirthRegistration> {
    let child = (text(), any_date(), integer(), integer(), integer());
    (
        child,
        person(),
        proptest::option::of(person()),
        any_date(),
        integer(),
        text(),
        any::<bool>(),
    )
        .prop_map(
            |((name, born, sex, order, births), mother, father, registered, kind, code, foundling)| {
                changed(|r| {
                    let child = r.child();
                    (child.full_name, child.date_of_birth, child.sex) = (name, born, sex);
                    (child.birth_order, child.births) = (order, births);
                    (r.mother, r.father, r.registered_on, r.kind) = (Some(mother), father, registered, kind);
                    (r.reference().entry_number, r.foundling) = (code.clone(), foundling);
                    r.place_code = code;
                })
            },
        )
}

fn unseen(letter: char) -> bool {
    let group = letter.general_category_group();
    letter != ' ' && matches!(group, GeneralCategoryGroup::Other | GeneralCategoryGroup::Separator)
}

proptest! {
    #[test]
    fn whatever_comes_is_either_refused_with_fields_or_read(message in registration()) {
        let content = Content::of(&message);
        match check(&content, Codes::embedded(), TODAY) {
            Ok(facts) => prop_assert!(Registration::from_content(&content) == Ok(facts)),
            Err(violations) => {
                prop_assert!(!violations.is_empty());
                prop_assert!(violations.iter().all(|found| found.field.starts_with("registration.")));
            }
        }
        prop_assert!(Content::decode(&content.encode()) == Ok(content));
    }

    #[test]
    fn a_name_that_passes_has_letters_and_nothing_unseen(name in any::<String>()) {
        let content = Content::of(&changed(|r| r.child().full_name = name));
        if let Ok(facts) = check(&content, Codes::embedded(), TODAY) {
            let name = facts.child.name;
            prop_assert!(name.chars().any(char::is_alphabetic));
            prop_assert!(!name.chars().any(unseen));
        }
    }

    #[test]
    fn arbitrary_bytes_are_decoded_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(content) = Content::decode(&bytes) {
            let _ = Registration::from_content(&content);
            let _ = content.canonical();
        }
    }
}
