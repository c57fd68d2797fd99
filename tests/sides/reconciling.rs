//! The records of another registry compared with what is held here.

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::MismatchKind::{self, Differs, MissingHere, MissingThere};
use dinhdanh::proto::v1::{DisputeReason, ReconciliationRecord, ReconciliationScope};
use tonic::Code;

use super::stage::{AUTHORITY, COMMUNE, NEIGHBOUR, Stage};
use crate::support::births::{asking, birth, child, date, id};
use crate::support::calls::{attach_to_ref, confirm, dispute, dispute_for, new_id, reserve, revoke};
use crate::support::desk::Desk;
use crate::support::extract::{Line, header, reconcile, record, sent};
use crate::support::ledger;
use crate::support::server::Launch;
use crate::support::told::told;

/// A number that is never given in these tests: of a year in which nobody here is born.
pub const NEVER_GIVEN: &str = "079301000007";

pub fn line(number: &str, kind: MismatchKind, fields: &[&str]) -> Line {
    let fields = fields.iter().map(|&field| field.to_owned()).collect();
    (number.to_owned(), kind, fields)
}

pub async fn registered(desk: &Desk, registration: &v1::BirthRegistration) -> String {
    desk.number(asking(new_id(), registration.clone())).await
}

pub fn facts(record: &mut ReconciliationRecord) -> &mut v1::Facts {
    record.facts.as_mut().unwrap()
}

#[tokio::test]
async fn an_extract_that_agrees_has_nothing_told_of_it() {
    let stage = Stage::set().await;
    let mut records = Vec::new();
    for n in 1..=20 {
        let mut registration = birth(COMMUNE, n);
        child(&mut registration).sex = [v1::Sex::Male, v1::Sex::Female][n as usize % 2].into();
        registration.place_code = ["001", "079", "048"][n as usize % 3].into();
        let number = registered(&stage.commune, &registration).await;
        records.push(record(&number, &registration));
    }
    // What is written otherwise and means the same is the same; what is left out is not compared.
    let name = facts(&mut records[0]).full_name.take().unwrap();
    facts(&mut records[0]).full_name = Some(format!("  {} ", name.to_uppercase()));
    records[1].facts = None;
    records[2].r#ref = None;
    let answers = reconcile(&stage.authority, records.clone()).await;
    assert_eq!((answers.told(), answers.counts()), (vec![], [20, 20, 0, 0, 0, 0]));
    // Without a policy every department is over everybody.
    let answers = reconcile(&stage.department, records).await;
    assert_eq!((answers.told(), answers.counts()), (vec![], [20, 20, 0, 0, 0, 0]));
    stage.end().await;
}

#[tokio::test]
async fn what_differs_is_told_by_its_fields_and_what_is_missing_by_its_number() {
    let stage = Stage::set().await;
    let (mut numbers, mut records) = (Vec::new(), Vec::new());
    for n in 1..=6 {
        let number = registered(&stage.commune, &birth(COMMUNE, n)).await;
        records.push(record(&number, &birth(COMMUNE, n)));
        numbers.push(number);
    }
    facts(&mut records[0]).full_name = Some("Người Khác".into());
    facts(&mut records[0]).date_of_birth = date(2025, 7, 30);
    facts(&mut records[1]).mother.as_mut().unwrap().full_name = "Mẹ Khác".into();
    facts(&mut records[1]).ethnicity = Some("Tày".into());
    records[2].r#ref.as_mut().unwrap().entry_number = "9999".into();
    // What is held there and not here differs as well.
    facts(&mut records[3]).existing_identifiers = vec![v1::Identifier {
        r#type: v1::IdentifierType::Passport.into(),
        value: "C1234567".into(),
        country: "VN".into(),
    }];
    // One of theirs is unknown here; one of ours they do not have.
    records[4].number = NEVER_GIVEN.into();
    records[4].r#ref = birth(NEIGHBOUR, 77).r#ref;
    let answers = reconcile(&stage.authority, records.clone()).await;
    let mut expected = vec![
        line(&numbers[0], Differs, &["date_of_birth", "full_name"]),
        line(&numbers[1], Differs, &["ethnicity", "mother.full_name"]),
        line(&numbers[2], Differs, &["ref"]),
        line(&numbers[3], Differs, &["existing_identifiers"]),
        line(NEVER_GIVEN, MissingHere, &[]),
        line(&numbers[4], MissingThere, &[]),
    ];
    expected.sort();
    assert_eq!(answers.told(), expected, "in the order of numbers");
    assert_eq!(answers.counts(), [6, 1, 4, 1, 1, 0]);
    for mismatch in &answers.mismatches {
        let missing_there = mismatch.kind() == MissingThere;
        let key = if missing_there {
            ""
        } else {
            &records[keyed(&records, &mismatch.number)].key
        };
        assert_eq!(mismatch.key, key);
        let office = if mismatch.number == NEVER_GIVEN {
            NEIGHBOUR
        } else {
            COMMUNE
        };
        assert_eq!(mismatch.office_code, office);
    }
    stage.end().await;
}

fn keyed(records: &[ReconciliationRecord], number: &str) -> usize {
    records.iter().position(|record| record.number == number).unwrap()
}

#[tokio::test]
async fn records_without_a_number_are_found_by_their_registration() {
    let stage = Stage::set().await;
    let number = registered(&stage.commune, &birth(COMMUNE, 1)).await;
    // One that has no number on either side: it waits for a case.
    let mut waiting = birth(COMMUNE, 2);
    waiting.kind = v1::RegistrationKind::ReRegistration.into();
    stage.commune.issue(asking(new_id(), waiting.clone())).await.unwrap();
    let without = |registration: &v1::BirthRegistration| record("", registration);
    let mut renamed = without(&waiting);
    facts(&mut renamed).full_name = Some("Người Khác".into());
    let unknown = without(&birth(COMMUNE, 3));
    let other_number = record(NEVER_GIVEN, &birth(COMMUNE, 1));
    let answers = reconcile(
        &stage.authority,
        vec![
            without(&birth(COMMUNE, 1)),
            without(&waiting),
            renamed,
            unknown,
            other_number,
        ],
    )
    .await;
    let expected = [
        line("", Differs, &["number"]),
        line("", Differs, &["full_name"]),
        line("", MissingHere, &[]),
        line(NEVER_GIVEN, Differs, &["number"]),
        line(&number, MissingThere, &[]),
    ];
    assert_eq!(answers.told(), expected);
    assert_eq!(answers.counts(), [5, 1, 3, 1, 1, 0]);
    stage.end().await;
}

#[tokio::test]
async fn a_number_that_nobody_has_differs_in_its_state_and_is_missed_by_nobody() {
    let stage = Stage::set().await;
    let mut numbers = Vec::new();
    for n in 1..=5 {
        numbers.push(registered(&stage.commune, &birth(COMMUNE, n)).await);
    }
    let [revoked, disputed, other, confirmed, issued] = &numbers[..] else {
        panic!("five")
    };
    let case = stage.commune.does(revoke(revoked)).await.case.unwrap();
    let approved = v1::ApproveCaseRequest {
        request_id: new_id(),
        case_id: case.case_id,
        version: case.version,
        ..v1::ApproveCaseRequest::default()
    };
    stage.authority.does(approved).await;
    stage
        .authority
        .does(dispute(disputed, DisputeReason::FactsDiffer))
        .await;
    stage.authority.does(dispute_for(other, NEVER_GIVEN)).await;
    stage.authority.does(confirm(confirmed)).await;
    let mission = stage.desk("DSQ-TOKYO", "MISSION");
    let block = mission.does(reserve(1)).await.block.unwrap();
    // Neither what is revoked, nor disputed, nor set apart must be there.
    let answers = reconcile(&stage.authority, Vec::new()).await;
    let mut missed = vec![line(confirmed, MissingThere, &[]), line(issued, MissingThere, &[])];
    missed.sort();
    assert_eq!(answers.told(), missed);
    let of = |number: &str, n| record(number, &birth(COMMUNE, n));
    let records = vec![
        of(revoked, 1),
        of(disputed, 2),
        of(NEVER_GIVEN, 3),
        of(confirmed, 4),
        of(issued, 5),
        of(&block.numbers[0], 6),
    ];
    let answers = reconcile(&stage.authority, records).await;
    let mut expected = vec![
        line(revoked, Differs, &["state"]),
        line(NEVER_GIVEN, Differs, &["state"]),
        line(&block.numbers[0], Differs, &["state"]),
    ];
    expected.sort();
    assert_eq!(answers.told(), expected);
    assert_eq!(answers.counts(), [6, 3, 3, 0, 0, 0]);
    stage.end().await;
}

#[tokio::test]
async fn present_facts_are_compared_and_every_registration_of_a_number_counts() {
    let stage = Stage::set().await;
    let number = registered(&stage.commune, &birth(COMMUNE, 1)).await;
    let changed = v1::RecordChangeRequest {
        request_id: new_id(),
        number: number.clone(),
        r#match: record("", &birth(COMMUNE, 1)).facts,
        kind: v1::ChangeKind::Correction.into(),
        effective_on: date(2025, 8, 20),
        decision_ref: "12/QD".into(),
        facts: Some(v1::Facts {
            full_name: Some("Nguyễn Thị Mới".into()),
            ..v1::Facts::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["full_name".into()],
        }),
    };
    stage.commune.does(changed).await;
    let old = record(&number, &birth(COMMUNE, 1));
    let mut new = old.clone();
    facts(&mut new).full_name = Some("Nguyễn Thị Mới".into());
    let answers = reconcile(&stage.authority, vec![old.clone()]).await;
    assert_eq!(answers.told(), [line(&number, Differs, &["full_name"])]);
    assert_eq!(
        reconcile(&stage.authority, vec![new.clone()]).await.counts(),
        [1, 1, 0, 0, 0, 0]
    );
    // By its registration alone it is compared with the facts of now as well.
    let without = |record: &ReconciliationRecord| ReconciliationRecord {
        number: String::new(),
        ..record.clone()
    };
    let answers = reconcile(&stage.authority, vec![without(&new), without(&old)]).await;
    let expected = [
        line("", Differs, &["number"]),
        line("", Differs, &["number", "full_name"]),
        line(&number, MissingThere, &[]),
    ];
    assert_eq!(answers.told(), expected);
    // A second registration of the person, attached to the number.
    let mut again = birth(NEIGHBOUR, 1);
    again.kind = v1::RegistrationKind::ReRegistration.into();
    stage.neighbour.issue(asking(id(50), again.clone())).await.unwrap();
    let reference = again.r#ref.clone().unwrap();
    stage.authority.does(attach_to_ref(&number, reference.clone())).await;
    new.r#ref = Some(reference);
    assert_eq!(
        reconcile(&stage.authority, vec![new]).await.counts(),
        [1, 1, 0, 0, 0, 0]
    );
    stage.end().await;
}

#[tokio::test]
async fn only_what_is_asked_for_is_compared() {
    let stage = Stage::set().await;
    let (mut numbers, mut records) = (Vec::new(), Vec::new());
    for (n, place) in [(1, "001"), (2, "079"), (3, "079"), (4, "048")] {
        let mut registration = birth(COMMUNE, n);
        registration.place_code = place.into();
        if n == 3 {
            child(&mut registration).date_of_birth = date(2024, 7, 4);
            registration.kind = v1::RegistrationKind::Late.into();
        }
        let number = registered(&stage.commune, &registration).await;
        records.push(record(&number, &registration));
        numbers.push(number);
    }
    let scope = |places: &[&str], birth_years: &[i32]| ReconciliationScope {
        place_codes: places.iter().map(|&place| place.to_owned()).collect(),
        birth_years: birth_years.to_vec(),
        extracted_at: None,
    };
    for (scope, missing) in [
        (scope(&[], &[]), vec![0, 3, 2, 1]),
        (scope(&["079"], &[]), vec![2, 1]),
        (scope(&["048", "001"], &[]), vec![0, 3]),
        (scope(&["079"], &[2024]), vec![2]),
        (scope(&[], &[2025]), vec![0, 3, 1]),
        (scope(&["002"], &[]), vec![]),
    ] {
        let answers = sent(&stage.authority, header(scope, ""), Vec::new()).await;
        let told: Vec<_> = answers.mismatches.iter().map(|it| it.number.as_str()).collect();
        let missing: Vec<_> = missing
            .into_iter()
            .map(|index: usize| numbers[index].as_str())
            .collect();
        assert_eq!(told, missing);
    }
    // A record of another place is an error, and stands in the way of nothing.
    let answers = sent(&stage.authority, header(scope(&["079"], &[]), ""), {
        records.sort_by(|a, b| a.number.cmp(&b.number));
        records.clone()
    })
    .await;
    assert_eq!(answers.counts(), [4, 2, 0, 0, 0, 2]);
    for (_, refused) in &answers.errors {
        assert_eq!(refused.fields(), ["record.number"]);
    }
    // What was given after the extract was taken cannot be in it.
    let before = ReconciliationScope {
        extracted_at: Some(prost_types::Timestamp {
            seconds: 1_700_000_000,
            nanos: 0,
        }),
        ..ReconciliationScope::default()
    };
    let answers = sent(&stage.authority, header(before, ""), Vec::new()).await;
    assert_eq!(answers.counts(), [0; 6]);
    stage.end().await;
}

#[tokio::test]
async fn a_department_compares_what_rests_on_a_registration_in_its_area() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.toml");
    let office =
        |code: &str, role: &str, more: &str| format!("[[office]]\ncode = \"{code}\"\nrole = \"{role}\"\n{more}\n");
    let offices = [
        office("STP-079", "JUSTICE_DEPARTMENT", ""),
        office(COMMUNE, "REGISTRAR", "department = \"STP-079\""),
        office(NEIGHBOUR, "REGISTRAR", ""),
        office(AUTHORITY, "POPULATION_AUTHORITY", ""),
    ];
    std::fs::write(&policy, offices.concat()).unwrap();
    let server = Launch::on(folder.path())
        .set("POLICY", policy.to_str().unwrap())
        .start();
    let channel = server.connect().await;
    let desk = |code, role| Desk::new(channel.clone(), code, role);
    let own = registered(&desk(COMMUNE, "REGISTRAR"), &birth(COMMUNE, 1)).await;
    let other = registered(&desk(NEIGHBOUR, "REGISTRAR"), &birth(NEIGHBOUR, 2)).await;
    let department = desk("STP-079", "JUSTICE_DEPARTMENT");
    let answers = reconcile(&department, Vec::new()).await;
    assert_eq!(answers.told(), [line(&own, MissingThere, &[])]);
    // Another area's number is not known to it, and its registration not its own.
    let mut of_nobody = record(&other, &birth(NEIGHBOUR, 2));
    of_nobody.r#ref = None;
    let answers = reconcile(&department, vec![of_nobody, record(&own, &birth(COMMUNE, 1))]).await;
    assert_eq!(answers.told(), [line(&other, MissingHere, &[])]);
    let answers = reconcile(&department, vec![record(&other, &birth(NEIGHBOUR, 2))]).await;
    let refused: Vec<_> = answers.errors.iter().map(|(_, refused)| refused.what()).collect();
    assert_eq!(refused, [(Code::PermissionDenied, "NOT_YOUR_REGISTRATION")]);
    let answers = reconcile(&desk(AUTHORITY, "POPULATION_AUTHORITY"), Vec::new()).await;
    assert_eq!(answers.counts(), [0, 0, 0, 0, 2, 0]);
    server.stop().await;
    ledger::verify(folder.path(), &[]);
}

#[tokio::test]
async fn that_somebody_compared_is_recorded() {
    let stage = Stage::set().await;
    let number = registered(&stage.commune, &birth(COMMUNE, 1)).await;
    reconcile(&stage.authority, vec![record(&number, &birth(COMMUNE, 1))]).await;
    let refused = told(&reconcile(&stage.commune, Vec::new()).await.refused.unwrap());
    assert_eq!(refused.what(), (Code::PermissionDenied, "ROLE"));
    let asked = v1::ListAccessesRequest {
        subject: Some(v1::list_accesses_request::Subject::Office(AUTHORITY.into())),
        ..v1::ListAccessesRequest::default()
    };
    let accesses = stage.auditor.does(asked).await.accesses;
    let calls: Vec<_> = accesses
        .iter()
        .map(|access| (access.call.as_str(), access.code))
        .collect();
    assert_eq!(
        calls,
        [("dinhdanh.v1.ReconciliationService/Reconcile", Code::Ok.into())]
    );
    stage.end().await;
}
