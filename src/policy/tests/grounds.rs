//! The legal grounds.

use jiff::civil::date;

use super::super::Policy;
use crate::protocol::{CaseKind, ReissuePlace};

#[test]
fn those_built_in_are_those_of_the_decree_and_the_regulation() {
    let policy = Policy::default();
    let known: Vec<_> = policy
        .grounds()
        .iter()
        .map(|ground| (ground.code.as_str(), ground.kinds.as_slice(), ground.citizen_request))
        .collect();
    assert_eq!(
        known,
        [
            ("ND70-11.7.A", &[CaseKind::Reissue][..], true),
            ("ND70-11.7.B", &[CaseKind::Reissue], true),
            ("ND70-11.7.C", &[CaseKind::Revoke], false),
            ("ND70-11.7.D", &[CaseKind::Revoke], false),
            ("QC656-SHARED-NUMBER", &[CaseKind::SharedNumber], false),
            ("QC656-TWO-NUMBERS", &[CaseKind::TwoNumbers], false),
        ]
    );
    let decree = policy.ground("ND70-11.7.C").unwrap();
    assert!(!decree.in_force(date(2024, 6, 30)) && decree.in_force(date(2024, 7, 1)));
    let regulation = policy.ground("QC656-TWO-NUMBERS").unwrap();
    assert!(!regulation.in_force(date(2023, 5, 31)) && regulation.in_force(date(2023, 6, 1)));
    assert_eq!(policy.reissue_place(), ReissuePlace::Successor);
}

#[test]
fn those_of_the_file_stand_in_their_place() {
    let policy = Policy::parse(
        "reissue_place = \"registered\"\n[[ground]]\ncode = \"A1\"\nkinds = [\"REVOKE\", \"REISSUE\"]\n\
         from = 2020-01-01\nuntil = 2020-12-31\nvietnamese = \"một\"\nenglish = \"one\"",
    )
    .unwrap();
    let [ground] = policy.grounds() else {
        panic!("{:?}", policy.grounds())
    };
    assert!(ground.in_force(date(2020, 12, 31)) && !ground.in_force(date(2021, 1, 1)));
    assert!(!ground.citizen_request);
    assert_eq!(policy.reissue_place(), ReissuePlace::Registered);
}
