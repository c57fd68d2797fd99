//! Births that were registered elsewhere, brought with the numbers they have there.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::case_resolution::Answer;
use dinhdanh::proto::v1::import_records_request::Message;
use dinhdanh::proto::v1::import_service_client::ImportServiceClient;
use dinhdanh::proto::v1::{EventKind, ImportConflict, ImportResult, ImportWarningKind, NumberState};
use prost_types::Timestamp;
use tonic::{Code, Status};

use super::stage::{AUTHORITY, COMMUNE, NEIGHBOUR, Stage};
use crate::support::births::{asking, birth, child, date, request};
use crate::support::calls::{Import, attach_to_ref, import_header, import_item, new_id, resolve};
use crate::support::desk::Desk;
use crate::support::told::{told, told_of};
use crate::support::until;

/// The number that child `n`, a girl of 2025, has elsewhere.
fn elsewhere(n: u64) -> String {
    format!("079325{n:06}")
}

fn numbered(n: u64) -> v1::ImportItem {
    import_item(n as i64, birth(COMMUNE, n), Some(&elsewhere(n)))
}

fn bare(n: u64) -> v1::ImportItem {
    import_item(n as i64, birth(COMMUNE, n), None)
}

fn in_stream(item: v1::ImportItem) -> Message {
    Message::Item(Box::new(item))
}

async fn batch(desk: &Desk, header: v1::ImportHeader, items: Vec<v1::ImportItem>) -> Vec<v1::ImportRecordsResponse> {
    let header = Some(header);
    desk.does(v1::ImportBatchRequest { header, items }).await.answers
}

/// Sends messages over a stream: the answers, and how it ended.
async fn stream(desk: &Desk, messages: Vec<Message>) -> (Vec<v1::ImportRecordsResponse>, Result<(), Status>) {
    let messages = messages
        .into_iter()
        .map(|message| v1::ImportRecordsRequest { message: Some(message) });
    let mut client = ImportServiceClient::new(desk.channel.clone());
    let sent = desk.sends(futures_util::stream::iter(messages));
    let mut stream = match client.import_records(sent).await {
        Ok(stream) => stream.into_inner(),
        Err(status) => return (Vec::new(), Err(status)),
    };
    let mut answers = Vec::new();
    loop {
        match stream.message().await {
            Ok(Some(answer)) => answers.push(answer),
            Ok(None) => return (answers, Ok(())),
            Err(status) => return (answers, Err(status)),
        }
    }
}

fn results(answers: &[v1::ImportRecordsResponse]) -> Vec<ImportResult> {
    answers.iter().map(v1::ImportRecordsResponse::result).collect()
}

async fn state(stage: &Stage, number: &str) -> (NumberState, String) {
    let number = stage.authority.number_of(number).await;
    (number.state(), number.replaced_by)
}

#[tokio::test]
async fn a_batch_is_answered_in_order_and_the_same_whenever_it_is_sent_again() {
    use ImportResult::{Completed, Conflict, Imported, Invalid, Same, Skipped};
    let stage = Stage::set().await;
    let given = stage.commune.number(request(COMMUNE, 1)).await;
    let other = v1::ImportItem {
        entry_kind: v1::ImportEntryKind::Other.into(),
        ..v1::ImportItem::default()
    };
    let nameless = {
        let mut item = numbered(4);
        child(item.registration.as_mut().unwrap()).full_name.clear();
        v1::ImportItem {
            number: "07932500004".into(),
            ..item
        }
    };
    let mut items = vec![
        import_item(1, birth(COMMUNE, 1), Some(&given)),
        numbered(2),
        bare(3),
        import_item(5, birth(COMMUNE, 3), Some(&elsewhere(3))),
        nameless,
        other,
        import_item(6, birth(COMMUNE, 1), Some(&elsewhere(6))),
        // The number of child 2, for another child.
        import_item(7, birth(NEIGHBOUR, 7), Some(&elsewhere(2))),
    ];
    items[5].sequence = 8;
    let header = import_header(new_id());
    let first = batch(&stage.department, header.clone(), items.clone()).await;
    let sequences: Vec<_> = first.iter().map(|answer| answer.sequence).collect();
    assert_eq!(sequences, [1, 2, 3, 5, 4, 8, 6, 7]);
    // The items of a batch are decided in any order: the entry without its number may come after the one with it.
    let third = [first[2].result(), first[3].result()];
    assert!([[Imported, Completed], [Same, Imported]].contains(&third), "{third:?}");
    assert_eq!(
        [0, 1, 4, 5, 6, 7].map(|at| first[at].result()),
        [Same, Imported, Invalid, Skipped, Conflict, Conflict]
    );
    let wrong = told_of(first[4].error.as_ref().unwrap());
    assert_eq!(wrong.what(), (Code::InvalidArgument, "INVALID_FIELD"));
    assert_eq!(wrong.fields(), ["registration.child.full_name", "number"]);
    assert_eq!(first[6].conflict(), ImportConflict::OtherNumber);
    assert_eq!(first[7].conflict(), ImportConflict::NumberTaken);

    let stage = stage.restart().await;
    let again = batch(&stage.department, header.clone(), items.clone()).await;
    for (again, first) in again.iter().zip(&first) {
        assert_eq!(
            (again.result, &again.case_id, again.position),
            (first.result, &first.case_id, first.position)
        );
        assert_eq!(again.replayed, first.position > 0);
    }
    // As another job of another importer it says nothing that is not known.
    let anew = batch(&stage.authority, import_header(new_id()), items.clone()).await;
    assert_eq!(
        results(&anew),
        [Same, Same, Same, Same, Invalid, Skipped, Conflict, Conflict]
    );
    assert_eq!([6, 7].map(|at| &anew[at].case_id), [6, 7].map(|at| &first[at].case_id));
    // The same job does not say something else.
    let changed = v1::ImportItem {
        number: elsewhere(9),
        ..items[1].clone()
    };
    let reused = batch(&stage.department, header, vec![changed]).await;
    assert_eq!(reused[0].result(), ImportResult::Unspecified);
    let reused = told_of(reused[0].error.as_ref().unwrap());
    assert_eq!(reused.what(), (Code::AlreadyExists, "REQUEST_ID_REUSED"));
    assert_eq!(reused.fields(), ["number"]);
    assert_eq!(state(&stage, &elsewhere(6)).await.0, NumberState::Quarantined);
    stage.end().await;
}

#[tokio::test]
async fn a_stream_answers_each_item_once_and_needs_its_header_first() {
    let stage = Stage::set().await;
    let header = import_header(new_id());
    let mut items: Vec<_> = (1..=300)
        .map(|n| if n % 3 == 0 { bare(n) } else { numbered(n) })
        .collect();
    items[9].number = "12".into();
    let messages: Vec<_> = [Message::Header(header.clone())]
        .into_iter()
        .chain(items.into_iter().map(in_stream))
        .collect();
    let mut before: BTreeMap<i64, v1::ImportRecordsResponse> = BTreeMap::new();
    for replayed in [false, true] {
        let (answers, ended) = stream(&stage.department, messages.clone()).await;
        ended.unwrap();
        let by_sequence: BTreeMap<_, _> = answers.iter().map(|answer| (answer.sequence, answer.clone())).collect();
        assert_eq!((answers.len(), by_sequence.len()), (300, 300));
        for (sequence, answer) in &by_sequence {
            let expected = match sequence {
                10 => ImportResult::Invalid,
                _ => ImportResult::Imported,
            };
            assert_eq!(answer.result(), expected, "{sequence}");
            assert_eq!(answer.replayed, replayed && expected == ImportResult::Imported);
            let position = before.get(sequence).map_or(answer.position, |before| before.position);
            assert_eq!(answer.position, position);
        }
        before = by_sequence;
    }
    let item = || in_stream(numbered(500));
    for (messages, field) in [
        (vec![item()], "header"),
        (vec![Message::Header(header.clone()), Message::Header(header)], "header"),
    ] {
        let (_, ended) = stream(&stage.department, messages).await;
        let refused = told(&ended.unwrap_err());
        assert_eq!(refused.what(), (Code::InvalidArgument, "INVALID_FIELD"));
        assert_eq!(refused.fields(), [field]);
    }
    stage.department.knows_no_number(&elsewhere(500)).await;
    assert_eq!(stage.authority.events(&[EventKind::Imported]).await.len(), 299);
    let own = stage.commune.events(&[EventKind::Imported]).await;
    assert_eq!(own.len(), 299);
    assert!(stage.neighbour.events(&[EventKind::Imported]).await.is_empty());
    stage.end().await;
}

#[tokio::test]
async fn a_header_that_breaks_its_rules_is_refused_by_its_fields_and_nothing_is_taken_in() {
    let stage = Stage::set().await;
    let good = import_header(new_id());
    let ahead = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
        .cast_signed()
        + 3600;
    let broken: [(v1::ImportHeader, &[&str]); 4] = [
        (
            v1::ImportHeader::default(),
            &["header.job_id", "header.source", "header.as_of"],
        ),
        (
            v1::ImportHeader {
                job_id: "x".into(),
                ..good.clone()
            },
            &["header.job_id"],
        ),
        (
            v1::ImportHeader {
                source: 77,
                ..good.clone()
            },
            &["header.source"],
        ),
        (
            v1::ImportHeader {
                as_of: Some(Timestamp {
                    seconds: ahead,
                    nanos: 0,
                }),
                ..good.clone()
            },
            &["header.as_of"],
        ),
    ];
    for (header, fields) in broken {
        let header = Some(header);
        let items = vec![numbered(1)];
        let refused = stage
            .department
            .is_refused(v1::ImportBatchRequest { header, items })
            .await;
        assert_eq!(refused.what(), (Code::InvalidArgument, "INVALID_FIELD"));
        assert_eq!(refused.fields(), fields);
    }
    let many = v1::ImportBatchRequest {
        header: Some(good.clone()),
        items: (0..101)
            .map(|sequence| import_item(sequence, v1::BirthRegistration::default(), None))
            .collect(),
    };
    assert_eq!(stage.department.is_refused(many).await.fields(), ["items"]);
    let unnumbered = v1::ImportItem {
        sequence: 0,
        ..numbered(1)
    };
    let answers = batch(&stage.department, good.clone(), vec![unnumbered]).await;
    let wrong = told_of(answers[0].error.as_ref().unwrap());
    assert_eq!(
        (answers[0].result(), wrong.fields()),
        (ImportResult::Invalid, vec!["sequence"])
    );
    // Only the authority over it speaks for the population database.
    let theirs = v1::ImportHeader {
        source: v1::ImportSource::PopulationDatabase.into(),
        ..good
    };
    let asked = v1::ImportBatchRequest {
        header: Some(theirs.clone()),
        items: vec![numbered(1)],
    };
    let refused = stage.department.is_refused(asked).await;
    assert_eq!(refused.what(), (Code::PermissionDenied, "ROLE"));
    let (_, ended) = stream(&stage.department, vec![Message::Header(theirs.clone())]).await;
    assert_eq!(told(&ended.unwrap_err()).what(), (Code::PermissionDenied, "ROLE"));
    assert_eq!(
        results(&batch(&stage.authority, theirs, vec![numbered(1)]).await),
        [ImportResult::Imported]
    );
    assert_eq!(state(&stage, &elsewhere(1)).await.0, NumberState::Confirmed);
    stage.end().await;
}

#[tokio::test]
async fn what_an_import_contradicts_is_decided_by_the_population_side() {
    let stage = Stage::set().await;
    let given = stage.commune.number(request(COMMUNE, 1)).await;
    let brought = Import::of(birth(COMMUNE, 1), Some(&elsewhere(1)));
    let answer = stage.department.does(brought.clone()).await;
    assert_eq!(answer.result(), ImportResult::Conflict);
    for desk in [&stage.commune, &stage.department] {
        let case = desk.case(&answer.case_id).await;
        assert_eq!(
            (case.kind(), case.waiting_for()),
            (v1::CaseKind::Duplicate, v1::Side::Population)
        );
    }
    stage.neighbour.knows_no_case(&answer.case_id).await;
    let case = stage.authority.case(&answer.case_id).await;
    assert!(
        case.numbers.contains(&given) && case.numbers.contains(&elsewhere(1)),
        "{:?}",
        case.numbers
    );
    let same = resolve(&case, Answer::SamePerson(given.clone()));
    let refused = stage.department.is_refused(same.clone()).await;
    assert_eq!(refused.what(), (Code::PermissionDenied, "OWN_PROPOSAL"));
    stage.authority.does(same).await;
    assert_eq!(
        state(&stage, &elsewhere(1)).await,
        (NumberState::Revoked, given.clone())
    );
    assert_eq!(state(&stage, &given).await.0, NumberState::Issued);
    let again = stage.department.does(brought).await;
    assert!(again.replayed && again.case_id == case.case_id);

    // Two children under one number: the second gets another.
    let (one, two) = (birth(COMMUNE, 2), birth(NEIGHBOUR, 3));
    stage.authority.does(Import::of(one.clone(), Some(&elsewhere(2)))).await;
    let answer = stage.authority.does(Import::of(two.clone(), Some(&elsewhere(2)))).await;
    assert_eq!(answer.conflict(), ImportConflict::NumberTaken);
    let case = stage.authority.case(&answer.case_id).await;
    stage
        .authority
        .does(resolve(&case, Answer::DifferentPersons(true)))
        .await;
    let kept = stage.commune.outcome_of(&one).await;
    let got = stage.neighbour.outcome_of(&two).await;
    assert_eq!(kept, elsewhere(2));
    assert_ne!(got, kept);
    stage.end().await;
}

impl Desk {
    /// The number that a registration is told to have.
    async fn outcome_of(&self, registration: &v1::BirthRegistration) -> String {
        self.number(asking(new_id(), registration.clone())).await
    }
}

#[tokio::test]
async fn an_entry_without_a_number_gets_none_by_itself_and_meets_later_births() {
    let stage = Stage::set().await;
    let entry = {
        let mut entry = birth(COMMUNE, 1);
        child(&mut entry).date_of_birth = date(2025, 7, 0);
        entry.r#ref.as_mut().unwrap().entry_number = "không số".into();
        entry
    };
    let answer = stage.authority.does(Import::of(entry.clone(), None)).await;
    assert_eq!(answer.result(), ImportResult::Imported);
    let warned: Vec<_> = answer
        .warnings
        .iter()
        .map(|warning| (warning.field.as_str(), warning.kind()))
        .collect();
    assert_eq!(
        warned,
        [
            ("registration.child.date_of_birth", ImportWarningKind::DateInPart),
            ("registration.ref.entry_number", ImportWarningKind::OddEntryNumber),
        ]
    );
    let reference = entry.r#ref.clone().unwrap();
    let unknown = told(&stage.commune.issuance_of(reference).await.unwrap_err());
    assert_eq!(unknown.what(), (Code::NotFound, "NO_SUCH_REGISTRATION"));
    // The mother, three months later.
    let mut sister = birth(NEIGHBOUR, 1);
    child(&mut sister).full_name = "Nguyễn Thị Út".into();
    child(&mut sister).date_of_birth = date(2025, 8, 10);
    let waits = stage.neighbour.issue(asking(new_id(), sister)).await.unwrap();
    assert!(matches!(
        waits.outcome,
        Some(v1::issue_number_response::Outcome::UnderReview(_))
    ));
    stage
        .authority
        .does(attach_to_ref(&elsewhere(1), entry.r#ref.clone().unwrap()))
        .await;
    assert_eq!(state(&stage, &elsewhere(1)).await.0, NumberState::Confirmed);
    let known = stage.authority.does(Import::of(entry, Some(&elsewhere(1)))).await;
    assert_eq!((known.result(), known.position), (ImportResult::Same, 0));
    stage.end().await;
}

/// What is only told of a number is recorded; what is written stands in the ledger.
#[tokio::test]
async fn whoever_imports_what_is_known_is_recorded_as_having_asked() {
    let stage = Stage::set().await;
    let item = Import::of(birth(COMMUNE, 1), Some(&elsewhere(1)));
    stage.authority.does(item).await;
    stage
        .authority
        .does(Import::of(birth(COMMUNE, 1), Some(&elsewhere(1))))
        .await;
    let asked = v1::ListAccessesRequest {
        subject: Some(v1::list_accesses_request::Subject::Number(elsewhere(1))),
        ..v1::ListAccessesRequest::default()
    };
    let calls = crate::support::until("the access is recorded", async || {
        let listed = stage.auditor.does(asked.clone()).await.accesses;
        (!listed.is_empty()).then_some(listed)
    })
    .await;
    let calls: Vec<_> = calls
        .iter()
        .map(|access| (access.office.as_str(), access.call.as_str()))
        .collect();
    assert_eq!(calls, [(AUTHORITY, "dinhdanh.v1.ImportService/ImportBatch")]);
    stage.end().await;
}

/// Children in old books and at the counter at the same time: whichever comes first, each has one number, and no number that
/// was brought is drawn.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn births_go_on_beside_an_import() {
    const CHILDREN: u64 = 240;
    let stage = Stage::set().await;
    let header = Message::Header(import_header(new_id()));
    let items = async {
        let mut brought = BTreeMap::new();
        // What a busy machine did not decide in time is sent again.
        while brought.len() as u64 != CHILDREN {
            let open = (1..=CHILDREN).filter(|n| !brought.contains_key(n));
            let items = open.map(|n| in_stream(numbered(n)));
            let messages = [header.clone()].into_iter().chain(items).collect();
            let (answers, ended) = stream(&stage.department, messages).await;
            ended.unwrap();
            let decided = answers
                .into_iter()
                .filter(|it| it.result() != ImportResult::Unspecified);
            brought.extend(decided.map(|it| (it.sequence as u64, it)));
        }
        brought
    };
    let births = async {
        // Every third child is in the books as well; the others are not.
        let ids = (1..=CHILDREN).map(|n| if n % 3 == 0 { n } else { 10_000 + n });
        let commune = &stage.commune;
        let calls = ids.map(|n| async move { (n, commune.issue(request(COMMUNE, n)).await.unwrap()) });
        let calls: Vec<_> = calls.collect();
        futures_util::future::join_all(calls).await
    };
    let (brought, births): (BTreeMap<u64, v1::ImportRecordsResponse>, _) = tokio::join!(items, births);
    let mut numbers = std::collections::BTreeSet::new();
    for (n, answer) in births {
        let number = crate::support::office::issued(&answer).number.clone();
        match brought.get(&n) {
            // The books came first: the child is told of the number it has there.
            Some(item) if item.result() == ImportResult::Imported => assert_eq!(number, elsewhere(n)),
            Some(item) => {
                assert_eq!(item.conflict(), ImportConflict::OtherNumber, "child {n}");
                assert_ne!(number, elsewhere(n));
            }
            None => assert!(n > CHILDREN),
        }
        assert!(numbers.insert(number), "a number was given twice");
    }
    for (n, item) in brought {
        // Of those who are not born here meanwhile, a birth may have been given the very number before.
        if n % 3 != 0 && item.result() != ImportResult::Imported {
            let (result, conflict) = (item.result(), item.conflict());
            assert_eq!(conflict, ImportConflict::NumberTaken, "child {n}: {result:?}");
            assert!(numbers.contains(&elsewhere(n)), "child {n}: the number is nobody's");
        } else if item.result() == ImportResult::Imported {
            let first = numbers.insert(elsewhere(n));
            assert!(first || n % 3 == 0, "child {n}: a number was given twice");
        }
    }
    stage.end().await;
}

#[tokio::test]
async fn a_home_town_that_the_table_knows_is_not_warned_of_and_others_are_answered_by_what_is_like_them() {
    let stage = Stage::set().await;
    let lived = |text: &str, unit_code: &str| {
        let mut entry = birth(COMMUNE, 1);
        entry.registered_on = date(2001, 5, 1);
        child(&mut entry).date_of_birth = date(2001, 4, 1);
        child(&mut entry).home_town = Some(v1::Place {
            text: text.into(),
            unit_code: unit_code.into(),
            country: String::new(),
        });
        entry
    };
    let warned = async |text: &str, unit_code: &str| -> Vec<(String, Vec<String>)> {
        let answer = stage.authority.does(Import::of(lived(text, unit_code), None)).await;
        assert_eq!(answer.error, None);
        let unknown = answer
            .warnings
            .into_iter()
            .filter(|it| it.kind() == ImportWarningKind::UnknownPlace);
        unknown.map(|it| (it.field, it.suggestions)).collect()
    };
    let (text, code) = (
        "registration.child.home_town.text",
        "registration.child.home_town.unit_code",
    );
    let old = "Xã Tân Lập, huyện Đan Phượng, Hà Tây";
    let none = Vec::<String>::new();
    let unknown = warned(old, "no-such-unit").await;
    assert_eq!(
        unknown.iter().map(|(field, _)| field.as_str()).collect::<Vec<_>>(),
        [text]
    );

    stage.bring_units();
    until("the table is taken up", async || {
        warned(old, "").await.is_empty().then_some(())
    })
    .await;
    assert_eq!(warned(old, "09820").await, []);
    assert_eq!(warned(old, "no-such-unit").await, [(code.to_owned(), none.clone())]);
    // Of 2025: it was not there when the child was registered.
    assert_eq!(warned("", "09832").await, [(code.to_owned(), none)]);
    let like = warned("Xã Tân Lâp, huyện Đan Phượng, Hà Tây", "").await;
    assert_eq!(like.len(), 1);
    assert_eq!(like[0].1[0], "Xã Tân Lập, Huyện Đan Phượng, Tỉnh Hà Tây");
    stage.end().await;
}
