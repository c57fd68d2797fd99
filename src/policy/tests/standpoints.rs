//! Which side an office is on, and how far it reaches.

use jiff::civil::Date;

use super::super::{Policy, Role};
use super::with;
use crate::protocol::{Scope, Side};

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

#[test]
fn each_role_has_its_side_and_reach() {
    let policy = with("").unwrap();
    let reach = |role, office| {
        let standpoint = policy.standpoint(role, office, day("2026-01-01"))?;
        let covered = ["26734", "00001", "79-stp"].map(|office| standpoint.scope.covers(office));
        Some((standpoint.side, covered))
    };
    let own = Some((Side::Registration, [true, false, false]));
    assert_eq!(reach(Role::Registrar, "26734"), own);
    assert_eq!(reach(Role::Mission, "26734"), own);
    assert_eq!(
        reach(Role::PopulationAuthority, "c06"),
        Some((Side::Population, [true; 3]))
    );
    let area = Some((Side::Registration, [true, false, true]));
    assert_eq!(reach(Role::JusticeDepartment, "79-stp"), area);
    for role in [Role::Subscriber, Role::Auditor, Role::Operator] {
        assert_eq!(reach(role, "bhxh"), None);
    }
}

#[test]
fn a_department_reaches_everybody_only_where_nobody_is_registered() {
    let scope = |policy: &Policy| {
        policy
            .standpoint(Role::JusticeDepartment, "01-stp", day("2026-01-01"))
            .unwrap()
            .scope
    };
    assert_eq!(scope(&Policy::default()), Scope::All);
    let stranger = scope(&with("").unwrap());
    assert!(stranger.covers("01-stp") && !stranger.covers("26734") && !stranger.covers("00001"));
}

/// Communes A and B become C in July 2025, and C becomes D a year later, under a department that took over that of A.
const MERGED: &str = r#"
[[office]]
code = "stp-1"
role = "JUSTICE_DEPARTMENT"
until = 2025-07-01
successor = "stp-2"

[[office]]
code = "stp-2"
role = "JUSTICE_DEPARTMENT"

[[office]]
code = "A"
role = "REGISTRAR"
department = "stp-1"
until = 2025-07-01
successor = "C"

[[office]]
code = "B"
role = "REGISTRAR"
department = "stp-2"
until = 2025-07-01
successor = "C"

[[office]]
code = "C"
role = "REGISTRAR"
department = "stp-1"
from = 2025-07-01
until = 2026-07-01
successor = "D"

[[office]]
code = "D"
role = "REGISTRAR"
department = "stp-2"

[[office]]
code = "E"
role = "REGISTRAR"
until = 2025-07-01
"#;

#[test]
fn a_successor_reaches_what_its_predecessors_registered_from_its_day_on() {
    let policy = Policy::parse(MERGED).unwrap();
    let codes = ["A", "B", "C", "D", "E", "stp-1", "stp-2"];
    let reach = |role, office, on| {
        let standpoint = policy.standpoint(role, office, day(on)).unwrap();
        let own: Vec<_> = codes
            .into_iter()
            .filter(|code| standpoint.taken_over.contains(*code))
            .collect();
        let covered: Vec<_> = codes.into_iter().filter(|code| standpoint.scope.covers(code)).collect();
        (own.concat(), covered.join(" "))
    };
    let registrar = |office, on| reach(Role::Registrar, office, on);
    let told = |own: &str, covered: &str| (own.to_owned(), covered.to_owned());
    for (office, on, own, covered) in [
        ("A", "2025-06-30", "", "A"),
        ("C", "2025-06-30", "", "C"),
        ("C", "2025-07-01", "AB", "A B C"),
        ("D", "2026-06-30", "", "D"),
        ("D", "2026-07-01", "ABC", "A B C D"),
        ("E", "2026-07-01", "", "E"),
    ] {
        assert_eq!(registrar(office, on), told(own, covered), "{office} on {on}");
    }
    let department = |office, on| reach(Role::JusticeDepartment, office, on);
    assert_eq!(department("stp-1", "2025-06-30"), told("", "A C stp-1"));
    assert_eq!(department("stp-2", "2025-06-30"), told("", "B D stp-2"));
    // Once C has taken A and B over, its department is theirs; and the second department has taken over the first.
    assert_eq!(department("stp-2", "2025-07-01"), told("stp-1", "A B C D stp-1 stp-2"));
}

#[test]
fn an_office_acts_from_its_first_day_to_its_last() {
    let policy = Policy::parse(MERGED).unwrap();
    let acts = |code, on| {
        let office = policy.office(code).unwrap();
        office.is_open_on(day(on)) && !office.is_closed_on(day(on))
    };
    assert!(acts("A", "2025-06-30") && !acts("A", "2025-07-01"));
    assert!(!acts("C", "2025-06-30") && acts("C", "2025-07-01") && !acts("C", "2026-07-01"));
    assert!(acts("D", "1999-01-01") && acts("D", "2099-01-01"));
}
