#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use tokio::sync::mpsc;

use super::problems::Problems;
use super::source::{Survey, give, survey};
use super::*;
use crate::client::csv::{EXTRACT_COLUMNS, Encoding, Extract, extract_record};
use crate::registration::{Content, facts_of};

/// What an extract gives: line and number of each record in the order of sending, and each problem as line and field.
struct Given {
    survey: Survey,
    records: Vec<(u64, String)>,
    problems: Vec<(u64, String, String)>,
}

fn given(text: &[u8], covered: u64) -> Result<Given, CsvError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("extract.csv");
    std::fs::write(&path, text).unwrap();
    let survey = survey(&path, Encoding::Utf8)?;
    let listed = folder.path().join("problems.csv");
    let mut problems = Problems::create(&listed).unwrap();
    let (to, mut records) = mpsc::channel(10_000);
    give((&path, Encoding::Utf8), survey.sorted, covered, &mut problems, &to)?;
    drop(to);
    let told = problems.finish().unwrap();
    let mut sent = Vec::new();
    while let Ok(outgoing) = records.try_recv() {
        assert_eq!(outgoing.record.key, outgoing.line.to_string());
        sent.push((outgoing.line, outgoing.record.number));
    }
    let listed = csv::Reader::from_path(listed).unwrap().into_records();
    let problems: Vec<_> = listed
        .map(|row| {
            let row = row.unwrap();
            (row[0].parse().unwrap(), row[1].to_owned(), row[2].to_owned())
        })
        .collect();
    assert_eq!(problems.len() as u64, told);
    Ok(Given {
        survey,
        records: sent,
        problems,
    })
}

fn number(n: u64) -> String {
    format!("0793250{n:05}")
}

proptest! {
    #[test]
    fn whatever_the_order_of_rows_each_number_is_sent_once_in_ascending_order(
        numbers in proptest::collection::vec(0_u64..60, 0..80),
        covered in 0_u64..100,
    ) {
        let mut text = String::from("number\n");
        for n in &numbers {
            text += &number(*n);
            text.push('\n');
        }
        let given_all = given(text.as_bytes(), 0).unwrap();
        let mut distinct = numbers.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let sent: Vec<_> = given_all.records.iter().map(|(_, number)| number.clone()).collect();
        prop_assert_eq!(&sent, &distinct.iter().map(|n| number(*n)).collect::<Vec<_>>());
        for (line, number_sent) in &given_all.records {
            let first = numbers.iter().position(|n| number(*n) == *number_sent).unwrap() as u64;
            prop_assert_eq!(*line, first + 2, "the first of its lines");
        }
        prop_assert_eq!(given_all.problems.len(), numbers.len() - distinct.len());
        prop_assert_eq!(given_all.survey.sorted, numbers.is_sorted());
        prop_assert_eq!(given_all.survey.rows, numbers.len() as u64);
        // What was covered before is not sent again, and its problems are told again.
        let rest = given(text.as_bytes(), covered).unwrap();
        let skipped = (covered as usize).min(given_all.records.len());
        prop_assert_eq!(&rest.records[..], &given_all.records[skipped..]);
        prop_assert_eq!(&rest.problems, &given_all.problems);
    }
}

#[test]
fn each_bad_cell_is_told_by_line_and_field_and_the_rest_of_its_row_is_sent() {
    let text = "\u{feff}number,office_code,book_year,entry_number,child_name,date_of_birth,mother_born,sex\n\
        079325000002,26734,2025,1,A,31/12/2023,1990,MALE\n\
        79325000003,26734,2025,2,A,2023-12-31,1990,MALE\n\
        1325000003,,,,A,2023-12-31,1990,MALE\n\
        7.9E+10,,,,A,2023-12-31,1990,MALE\n\
        079325000001,26734,year,3,A,31/02/2023,13/2023,NAM\n\
        ,26734,2025,4,A,12/2023,2/1/1990,female\n\
        ,,,,A,,,\n\
        079325000009,26734,2025\n\
        079325000002,26734,2025,6,A,,,\n";
    let given = given(text.as_bytes(), 0).unwrap();
    assert_eq!(
        given.records,
        [
            (7, String::new()),
            (6, "079325000001".to_owned()),
            (2, "079325000002".to_owned())
        ]
    );
    let told: Vec<_> = given
        .problems
        .iter()
        .map(|(line, field, _)| (*line, field.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (3, "number"),
            (4, "number"),
            (5, "number"),
            (6, "book_year"),
            (6, "date_of_birth"),
            (6, "sex"),
            (6, "mother_born"),
            (8, "number"),
            (9, ""),
            (10, "number"),
        ]
    );
    for (line, digits) in [(0, "11 digits"), (1, "10 digits")] {
        assert!(given.problems[line].2.contains(digits) && given.problems[line].2.contains("leading zeros"));
    }
    assert!(given.problems.last().unwrap().2.contains("line 2"));
    for (_, _, problem) in &given.problems {
        assert!(!problem.contains("26734") && !problem.contains("793250"), "{problem}");
    }
}

#[test]
fn a_file_of_another_form_is_refused_and_says_what_to_do() {
    let utf16 = |mark: &[u8], low_first: bool| {
        let text = "number\n079325000001\n".bytes();
        let pairs = text.flat_map(|byte| if low_first { [byte, 0] } else { [0, byte] });
        mark.iter().copied().chain(pairs).collect::<Vec<_>>()
    };
    for text in [
        utf16(&[0xFF, 0xFE], true),
        utf16(&[0xFE, 0xFF], false),
        utf16(&[], true),
        utf16(&[], false),
    ] {
        assert!(matches!(given(&text, 0), Err(CsvError::Utf16)));
    }
    let delimited = |delimiter: &str| ["number", "sex"].join(delimiter);
    for delimiter in [";", "\t"] {
        assert!(matches!(
            given(delimited(delimiter).as_bytes(), 0),
            Err(CsvError::Delimiter(_))
        ));
    }
    assert!(matches!(
        given(b"sex\nMALE\n", 0),
        Err(CsvError::MissingColumn { column: "number", .. })
    ));
    assert!(matches!(
        given(b"number,colour\n", 0),
        Err(CsvError::UnknownColumn { .. })
    ));
    // One line of another encoding is a line that cannot be read, no more.
    let mixed = given(b"number,child_name\n079325000001,\xB5\xE9\n079325000002,A\n", 0).unwrap();
    assert_eq!(mixed.records, [(3, "079325000002".to_owned())]);
    assert_eq!((mixed.problems[0].0, mixed.problems.len()), (2, 1));
}

#[test]
fn a_record_that_is_written_is_read_as_it_was() {
    let births = crate::generate::Births::new(crate::generate::Plan {
        count: 200,
        seed: 3,
        mix: crate::generate::Mix::plain(),
        today: jiff::civil::date(2026, 3, 1),
        provinces: 34,
        births_per_year: crate::generate::BIRTHS_PER_YEAR,
    });
    let mut file = csv::Writer::from_writer(Vec::new());
    file.write_record(EXTRACT_COLUMNS).unwrap();
    let mut records = Vec::new();
    for (item, line) in births.unwrap().zip(2..) {
        let content = Content::of(item.request.registration.as_ref().unwrap());
        let record = v1::ReconciliationRecord {
            key: line.to_string(),
            number: number(line),
            r#ref: content.message().r#ref.clone(),
            facts: Some(facts_of(&content)),
        };
        file.write_record(extract_record(&record)).unwrap();
        records.push(record);
    }
    let text = file.into_inner().unwrap();
    let read: Vec<_> = Extract::new(text.as_slice(), Encoding::Utf8)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(read.iter().all(|row| row.problems.is_empty()));
    let read: Vec<_> = read.into_iter().map(|row| row.record.unwrap()).collect();
    assert!(read == records && !read.is_empty());
}

#[test]
fn a_masked_name_shows_how_its_words_begin() {
    for (name, shown) in [("Nguyễn Thị Hòa", "N*** T*** H***"), ("  Ánh ", "Á***"), ("", "")] {
        assert_eq!(masked(name), shown);
    }
}
