//! Reading the file, and saying what is wrong with it.

use super::super::{EventKind, FactField, Policy, Role};
use super::{OFFICES, with};
use crate::number::PlaceCode;

#[test]
fn everything_it_says_can_be_asked() {
    let policy = with(
        "[[gateway]]\nsystem = \"cong-79\"\noffices = [\"26734\", \"dsq-tokyo\"]\n\
         [[subscriber]]\noffice = \"bhxh\"\nkinds = [\"ISSUED\", \"CIVIL_STATUS\"]\nfields = [\"full_name\"]\n\
         provinces = [\"079\"]",
    )
    .unwrap();
    let office = policy.office("26734").unwrap();
    assert_eq!(
        (office.role, office.department.as_deref()),
        (Role::Registrar, Some("79-stp"))
    );
    assert_eq!(office.province.unwrap().to_string(), "079");
    assert!(policy.office("99999").is_none());
    assert!(policy.gateway("cong-79").unwrap().contains("dsq-tokyo"));
    assert!(policy.gateway("cong-01").is_none());
    let subscription = policy.subscription("bhxh").unwrap();
    assert_eq!(subscription.kinds, [EventKind::Issued, EventKind::CivilStatus].into());
    assert_eq!(subscription.fields, [FactField::FullName].into());
    assert!(subscription.covers(place("079")) && !subscription.covers(place("001")));
}

#[test]
fn a_mission_has_limits_of_its_own_or_those_of_all() {
    let policy = Policy::parse(
        "block_numbers = 70\n\
         [[office]]\ncode = \"a\"\nrole = \"MISSION\"\ncountries = [\"232\", \"111\"]\nblock_numbers = 5\n\
         [[office]]\ncode = \"b\"\nrole = \"MISSION\"",
    )
    .unwrap();
    let limits = policy.block_limits("a");
    assert_eq!((limits.most, limits.countries), (5, vec![place("232"), place("111")]));
    for others in ["b", "nobody"] {
        let limits = policy.block_limits(others);
        assert_eq!((limits.most, limits.countries), (70, Vec::new()));
    }
}

#[test]
fn without_provinces_a_subscriber_is_told_of_all() {
    let policy = with("[[subscriber]]\noffice = \"bhxh\"\nkinds = [\"ISSUED\"]").unwrap();
    assert!(policy.subscription("bhxh").unwrap().covers(place("001")));
}

#[test]
fn fingerprints_may_be_written_with_colons_and_capitals() {
    let plain = "ab".repeat(32);
    let parted = ["AB"; 32].join(":");
    for hex in [plain, parted] {
        let policy = Policy::parse(&format!("denied = [\"{hex}\"]")).unwrap();
        assert!(policy.denies(&[0xab; 32]) && !policy.denies(&[0xac; 32]));
    }
}

#[test]
fn what_is_wrong_is_told_with_its_line_and_field() {
    let lines = OFFICES.lines().count() + 1;
    for (more, line, named) in [
        ("[[office]]\ncode = \"26734\"\nrole = \"MISSION\"", 2, "listed twice"),
        (
            "[[office]]\ncode = \"x\"\nrole = \"registrar\"",
            3,
            "role must be one of REGISTRAR",
        ),
        (
            "[[office]]\ncode = \"x\"\nrole = \"MISSION\"\ncountries = [\"232\",\n\"079\"]",
            5,
            "codes of countries",
        ),
        (
            "[[office]]\ncode = \"x\"\nrole = \"MISSION\"\ncountries = []",
            4,
            "countries names none",
        ),
        (
            "[[office]]\ncode = \"x\"\nrole = \"REGISTRAR\"\ncountries = [\"232\"]",
            4,
            "for the role MISSION",
        ),
        ("[[office]]\ncode = \"system\"\nrole = \"REGISTRAR\"", 2, "not 'system'"),
        (
            "[[office]]\ncode = \"a b\"\nrole = \"REGISTRAR\"",
            2,
            "code has 1 to 32",
        ),
        (
            "[[office]]\ncode = \"x\"\nrole = \"REGISTRAR\"\nprovince = \"79\"",
            4,
            "province",
        ),
        (
            "[[office]]\ncode = \"x\"\nrole = \"REGISTRAR\"\ndepartment = \"c06\"",
            4,
            "department",
        ),
        (
            "[[office]]\ncode = \"x\"\nrole = \"REGISTRAR\"\ncolour = 1",
            4,
            "colour",
        ),
        (
            "[[gateway]]\nsystem = \"g\"\noffices = [\"26734\",\n\"c06\"]",
            4,
            "offices",
        ),
        ("[[gateway]]\nsystem = \"g/h\"\noffices = []", 2, "system"),
        ("[[subscriber]]\noffice = \"26734\"\nkinds = []", 2, "SUBSCRIBER"),
        (
            "[[subscriber]]\noffice = \"bhxh\"\nkinds = [\"BORN\"]",
            3,
            "kinds must be one of ISSUED",
        ),
        (
            "[[subscriber]]\noffice = \"bhxh\"\nkinds = []\nfields = [\"ethnicity\"]",
            4,
            "fields",
        ),
        ("[[ground]]\ncode = \"A\"", 1, "missing field"),
        (
            "[[ground]]\ncode = \"A\"\nkinds = [\"DUPLICATE\"]\nfrom = 2020-01-01\nvietnamese = \"a\"\nenglish = \"a\"",
            3,
            "kinds must be one of REVOKE",
        ),
        (
            "[[ground]]\ncode = \"A\"\nkinds = [\"REVOKE\"]\nfrom = 2020-01-01T00:00:00\nvietnamese = \"a\"\nenglish = \"a\"",
            4,
            "from must be a day",
        ),
        (
            "[[ground]]\ncode = \"A\"\nkinds = [\"REVOKE\"]\nfrom = 2020-01-02\nuntil = 2020-01-01\nvietnamese = \"a\"\nenglish = \"a\"",
            4,
            "later than until",
        ),
        ("[[office", 1, ""),
    ] {
        let error = with(more).unwrap_err();
        assert!(error.what.contains(named), "{more}: {error}");
        assert_eq!(error.line, lines + line, "{more}: {error}");
    }
    for (text, named) in [
        ("denied = [\"ab\"]", "denied"),
        ("block_numbers = 100001", "block_numbers must be from 0 to 100000"),
        ("settling_grace_days = -1", "settling_grace_days must be from 0 to 366"),
        ("settling_grace_days = 367", "settling_grace_days must be from 0 to 366"),
        (
            "reissue_place = \"moon\"",
            "reissue_place must be one of successor, registered",
        ),
        ("offices = []", "offices"),
    ] {
        let error = Policy::parse(text).unwrap_err();
        assert!(error.what.contains(named), "{text}: {error}");
        assert_eq!(error.line, 1);
    }
}

fn place(code: &str) -> PlaceCode {
    PlaceCode::parse(code).unwrap()
}

#[test]
fn what_is_wrong_with_a_succession_is_told_where_it_stands() {
    let office = |more: &str| format!("[[office]]\ncode = \"1\"\nrole = \"REGISTRAR\"\n{more}");
    let mission = "\n[[office]]\ncode = \"2\"\nrole = \"MISSION\"";
    let heir_of_heir = "\n[[office]]\ncode = \"2\"\nrole = \"REGISTRAR\"\nuntil = 2026-07-01\nsuccessor = \"1\"";
    for (text, line, what) in [
        (
            office("from = 2025-07-01\nuntil = 2025-07-01"),
            5,
            "until is not later than from",
        ),
        (office("successor = \"2\""), 4, "successor needs until"),
        (office("until = 2025-07-01\nsuccessor = \"2\""), 5, "with the same role"),
        (
            office("until = 2025-07-01\nsuccessor = \"2\"") + mission,
            5,
            "with the same role",
        ),
        (office("until = 2025-07-01\nsuccessor = \"1\""), 5, "leads back"),
        (
            office("until = 2025-07-01\nsuccessor = \"2\"") + heir_of_heir,
            5,
            "leads back",
        ),
    ] {
        let error = Policy::parse(&text).unwrap_err();
        assert!(error.what.contains(what), "{text}: {error}");
        assert_eq!(error.line, line, "{text}: {error}");
    }
}
