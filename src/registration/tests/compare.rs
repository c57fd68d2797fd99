use super::names::variant;
use super::sample::*;
use crate::number::Codes;
use crate::proto::v1 as pb;
use crate::registration::{Compared, Content, Problem, Violation, check_reference, compare, facts_of};

fn held() -> Content {
    Content::of(&sample())
}

#[test]
fn what_is_shown_of_a_registration_matches_it() {
    let compared = compare(&facts_of(&held()), &held());
    assert!(compared.iter().all(|(_, result)| *result == Compared::Match));
    let fields: Vec<&str> = compared.iter().map(|(field, _)| *field).collect();
    for field in [
        "full_name",
        "date_of_birth",
        "sex",
        "nationalities",
        "home_town.text",
        "mother.full_name",
        "births",
    ] {
        assert!(fields.contains(&field), "{field}");
    }
    assert!(
        !fields
            .iter()
            .any(|field| field.contains("ref") || field.contains("place_code"))
    );
}

#[test]
fn only_what_is_asked_is_compared_however_it_is_typed() {
    for way in 0..5 {
        let asked = pb::Facts {
            full_name: Some(variant("Nguyễn Thị Hoà Bình", way)),
            ..pb::Facts::default()
        };
        assert_eq!(compare(&asked, &held()), [("full_name", Compared::Match)]);
    }
    assert_eq!(compare(&pb::Facts::default(), &held()), []);
}

#[test]
fn what_differs_and_what_is_not_held_are_told_apart() {
    let asked = pb::Facts {
        full_name: Some("Nguyễn Thị Hoá Bình".into()),
        ethnicity: Some("Kinh".into()),
        birth_order: Some(2),
        ..pb::Facts::default()
    };
    let held = Content::of(&changed(|r| r.child().ethnicity.clear()));
    let expected = [
        ("birth_order", Compared::Match),
        ("ethnicity", Compared::NotHeld),
        ("full_name", Compared::Mismatch),
    ];
    assert_eq!(compare(&asked, &held), expected);
}

#[test]
fn a_reference_alone_is_cleaned_and_checked_like_that_of_a_registration() {
    let check = |message| check_reference(message, Codes::embedded(), TODAY);
    let typed = pb::RegistrationRef {
        entry_number: " 45 ".into(),
        ..reference("45")
    };
    assert_eq!(check(&typed), Ok(facts(|_| {}).reference));
    let empty = check(&pb::RegistrationRef::default());
    let required = |field: &str| Violation {
        field: format!("ref.{field}"),
        problem: Problem::Required,
    };
    assert_eq!(
        empty,
        Err(["office_code", "register", "book_year", "entry_number"]
            .map(required)
            .to_vec())
    );
}
