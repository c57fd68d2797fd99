//! `VerifyNumber`: says whether facts are right to those who know the person, and nothing to those who do not.

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::VerifyResult::{Match, Mismatch, NotHeld};

use crate::support::births::{birth, date, request};
use crate::support::office::Office;
use crate::support::server::Server;
use crate::support::told::told;

fn known(n: u64) -> v1::Facts {
    let child = birth("26734", n).child.unwrap();
    v1::Facts {
        full_name: Some(child.full_name),
        date_of_birth: child.date_of_birth,
        ..v1::Facts::default()
    }
}

fn results(answer: &v1::VerifyNumberResponse) -> Vec<(&str, v1::VerifyResult)> {
    let mut results: Vec<_> = answer
        .results
        .iter()
        .map(|each| (each.field.as_str(), each.result()))
        .collect();
    results.sort_by_key(|(field, _)| *field);
    results
}

#[tokio::test]
async fn each_field_is_compared_once_name_and_date_are_right() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let office = Office::new(server.connect().await, "26734");
    let number = office.number(request("26734", 1)).await;
    // Whoever knows name and date may ask: here a subscriber, who types the name in capitals.
    let subscriber = Office::new(server.connect().await, "BHXH").role("SUBSCRIBER");

    let asked = v1::Facts {
        full_name: Some("NGUYỄN THỊ BÌNH".into()),
        sex: Some(v1::Sex::Male.into()),
        nationalities: vec!["VN".into()],
        mother: Some(v1::Person {
            full_name: "Trần Thị Bình".into(),
            nationality: "FR".into(),
            ..v1::Person::default()
        }),
        father: Some(v1::Person {
            personal_number: number.clone(),
            ..v1::Person::default()
        }),
        ..known(1)
    };
    let answer = subscriber.verify(&number, asked).await.unwrap();
    assert_eq!(answer.state(), v1::NumberState::Issued);
    let expected = [
        ("date_of_birth", Match),
        ("father.personal_number", NotHeld),
        ("full_name", Match),
        ("mother.full_name", Match),
        ("mother.nationality", Mismatch),
        ("nationalities", Match),
        ("sex", Mismatch),
    ];
    assert_eq!(results(&answer), expected);
    server.stop().await;
}

#[tokio::test]
async fn nothing_is_told_unless_name_and_date_both_match() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let office = Office::new(server.connect().await, "26734");
    let number = office.number(request("26734", 1)).await;
    let sex = Some(v1::Sex::Female.into());

    let wrong_name = v1::Facts {
        full_name: Some("Nguyễn Thị Khác".into()),
        sex,
        ..known(1)
    };
    let wrong_date = v1::Facts {
        date_of_birth: date(2025, 7, 28),
        sex,
        ..known(1)
    };
    let right = v1::Facts { sex, ..known(1) };
    let never_given = "079325999999";
    for (number, facts) in [
        (number.as_str(), wrong_name),
        (&number, wrong_date),
        (never_given, right),
    ] {
        let answer = office.verify(number, facts).await.unwrap();
        assert_eq!(answer.state(), v1::NumberState::Unspecified);
        assert_eq!(
            results(&answer),
            [("date_of_birth", Mismatch), ("full_name", Mismatch), ("sex", Mismatch)]
        );
    }
    for facts in [
        v1::Facts {
            full_name: known(1).full_name,
            sex,
            ..v1::Facts::default()
        },
        v1::Facts {
            date_of_birth: known(1).date_of_birth,
            sex,
            ..v1::Facts::default()
        },
        v1::Facts {
            sex,
            ..v1::Facts::default()
        },
    ] {
        let answer = office.verify(&number, facts).await.unwrap();
        assert_eq!(answer.state(), v1::NumberState::Unspecified);
        assert!(!answer.results.is_empty());
        assert!(answer.results.iter().all(|each| each.result() == Mismatch));
    }
    let nothing = office.verify(&number, v1::Facts::default()).await.unwrap();
    assert_eq!(
        (nothing.state(), nothing.results.len()),
        (v1::NumberState::Unspecified, 0)
    );
    assert_eq!(
        told(&office.verify("12", known(1)).await.unwrap_err()).fields(),
        ["number"]
    );
    server.stop().await;
}

#[tokio::test]
async fn ethnicity_is_only_told_to_the_population_and_justice_sides() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let office = Office::new(server.connect().await, "26734");
    let number = office.number(request("26734", 1)).await;

    for (role, told) in [
        ("POPULATION_AUTHORITY", true),
        ("JUSTICE_DEPARTMENT", true),
        ("REGISTRAR", false),
        ("MISSION", false),
        ("SUBSCRIBER", false),
    ] {
        let caller = office.role(role);
        let of = async |ethnicity: &str| {
            let asked = v1::Facts {
                ethnicity: Some(ethnicity.into()),
                ..known(1)
            };
            let answer = caller.verify(&number, asked).await.unwrap();
            results(&answer)
                .into_iter()
                .find(|(field, _)| *field == "ethnicity")
                .expect("a result")
                .1
        };
        let answers = (of("Kinh").await, of("Tày").await);
        assert_eq!(
            answers,
            if told { (Match, Mismatch) } else { (NotHeld, NotHeld) },
            "{role}"
        );
    }
    server.stop().await;
}
