//! Which side an office is on, and how far it reaches.

use super::super::{Policy, Role};
use super::with;
use crate::protocol::{Scope, Side};

#[test]
fn each_role_has_its_side_and_reach() {
    let policy = with("").unwrap();
    let reach = |role, office| {
        let standpoint = policy.standpoint(role, office)?;
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
    let scope = |policy: &Policy| policy.standpoint(Role::JusticeDepartment, "01-stp").unwrap().scope;
    assert_eq!(scope(&Policy::default()), Scope::All);
    let stranger = scope(&with("").unwrap());
    assert!(stranger.covers("01-stp") && !stranger.covers("26734") && !stranger.covers("00001"));
}
