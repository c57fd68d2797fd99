#![allow(clippy::unwrap_used)]

use std::io::{self, Read};

use proptest::option;
use proptest::prelude::*;

use super::encoding::tests::encode;
use super::lines::{LONGEST, Lines};
use super::*;
use crate::proto::google::r#type::Date;
use crate::proto::v1::person::Born;
use crate::proto::v1::{BirthRegistration, Child, Identifier, Person, Place, RegistrationRef};

/// Text with everything that has a meaning of its own in a line of a CSV file.
fn text() -> impl Strategy<Value = String> {
    "[a-zA-Zà-ỹ0-9 ,;\"'\u{301}]{0,12}"
}

fn code() -> impl Strategy<Value = String> {
    "[A-Z0-9-]{1,8}"
}

fn date() -> impl Strategy<Value = Date> {
    (1900..2100, 1..=12, 1..=31).prop_map(|(year, month, day)| Date { year, month, day })
}

fn date_in_part() -> impl Strategy<Value = Date> {
    (date(), 0..3).prop_map(|(date, known)| match known {
        0 => Date {
            month: 0,
            day: 0,
            ..date
        },
        1 => Date { day: 0, ..date },
        _ => date,
    })
}

fn papers() -> impl Strategy<Value = Vec<Identifier>> {
    let paper = (1..=4, code(), "[A-Z]{0,2}").prop_map(|(kind, value, country)| Identifier {
        r#type: kind,
        value,
        country,
    });
    prop::collection::vec(paper, 0..3)
}

fn place() -> impl Strategy<Value = Option<Place>> {
    let place = (text(), text(), text()).prop_map(|(text, unit_code, country)| Place {
        text,
        unit_code,
        country,
    });
    option::of(place).prop_map(|place| place.filter(|place| *place != Place::default()))
}

fn person(organisation: &'static str) -> impl Strategy<Value = Option<Person>> {
    let born = prop_oneof![
        date().prop_map(Born::DateOfBirth),
        (1900..2100).prop_map(Born::BirthYear)
    ];
    let fields = (text(), option::of(born), text(), papers(), text(), organisation);
    let person = fields.prop_map(
        |(full_name, born, personal_number, identifiers, nationality, organisation_name)| Person {
            full_name,
            born,
            personal_number,
            identifiers,
            nationality,
            organisation_name,
        },
    );
    option::of(person).prop_map(|person| person.filter(|person| *person != Person::default()))
}

fn reference() -> impl Strategy<Value = RegistrationRef> {
    (code(), 1..=2, 0..3000, text(), text()).prop_map(
        |(office_code, register, book_year, book_number, entry_number)| RegistrationRef {
            office_code,
            register,
            book_year,
            book_number,
            entry_number,
        },
    )
}

fn child() -> impl Strategy<Value = Child> {
    let fields = (
        (
            text(),
            date_in_part(),
            1..=2,
            text(),
            prop::collection::vec("[A-Z]{2}", 0..3),
        ),
        (place(), place(), 0..4, 0..4, papers()),
    );
    fields.prop_map(
        |(
            (full_name, born, sex, ethnicity, nationalities),
            (home_town, place_of_birth, birth_order, births, papers),
        )| {
            Child {
                full_name,
                date_of_birth: Some(born),
                sex,
                ethnicity,
                nationalities,
                home_town,
                place_of_birth,
                birth_order,
                births,
                existing_identifiers: papers,
            }
        },
    )
}

fn registration() -> impl Strategy<Value = BirthRegistration> {
    let people = (person(""), person(""), person("[a-z ]{0,9}"));
    let fields = (
        reference(),
        1..=6,
        date(),
        "[0-9]{3}",
        child(),
        people,
        any::<bool>(),
        option::of(reference()),
    );
    fields.prop_map(
        |(entry, kind, registered_on, place_code, child, people, foundling, former_ref)| BirthRegistration {
            r#ref: Some(entry),
            kind,
            registered_on: Some(registered_on),
            place_code,
            child: Some(child),
            mother: people.0,
            father: people.1,
            representative: people.2,
            foundling,
            former_ref,
        },
    )
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Registrar), Just(Role::Mission)]
}

fn file(header: &[&str], records: &[Vec<String>]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header).unwrap();
    for record in records {
        writer.write_record(record).unwrap();
    }
    writer.into_inner().unwrap()
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(registration in registration(), role in role()) {
        let file = file(&COLUMNS, &[to_record(&registration, role)]);
        let rows: Vec<Row> = Rows::new(file.as_slice()).unwrap().map(Result::unwrap).collect();
        prop_assert_eq!(rows.len(), 1);
        prop_assert!(rows[0].registration == registration);
        prop_assert_eq!((rows[0].line, rows[0].role), (2, role));
        prop_assert_eq!(&rows[0].office, &registration.r#ref.unwrap().office_code);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
        if let Ok(rows) = Rows::new(bytes.as_slice()) {
            rows.for_each(drop);
        }
    }

    #[test]
    fn any_cell_is_read_without_a_panic(column in 0..COLUMNS.len(), cell in "[^\r\n]{0,20}") {
        let mut record = sample();
        record[column] = cell;
        let file = file(&COLUMNS, &[record]);
        prop_assert_eq!(Rows::new(file.as_slice()).unwrap().count(), 1);
    }
}

/// One good row.
fn sample() -> Vec<String> {
    let cells = [
        ("office_code", "079-014"),
        ("book_year", "2026"),
        ("entry_number", "45"),
        ("kind", "on_time"),
        ("registered_on", "2026-03-17"),
        ("place_code", "079"),
        ("child_name", "Nguyễn Thị Hòa Bình"),
        ("date_of_birth", "2026-03-09"),
        ("sex", "FEMALE"),
        ("nationalities", "VN; KR"),
        ("mother_name", "Trần Thị Mai"),
        ("mother_born", "1999"),
    ];
    let cell = |column: &&str| {
        cells
            .iter()
            .find(|(name, _)| name == column)
            .map_or("", |(_, cell)| cell)
    };
    COLUMNS.iter().map(cell).map(str::to_owned).collect()
}

fn first_error(file: &[u8]) -> String {
    match Rows::new(file) {
        Err(error) => error.to_string(),
        Ok(mut rows) => rows.find_map(Result::err).unwrap().to_string(),
    }
}

fn with(column: &str, cell: &str) -> String {
    let mut record = sample();
    record[COLUMNS.iter().position(|name| *name == column).unwrap()] = cell.to_owned();
    first_error(&file(&COLUMNS, &[sample(), record]))
}

#[test]
fn empty_cells_mean_the_ordinary() {
    let file = file(&COLUMNS, &[sample()]);
    let row = Rows::new(file.as_slice()).unwrap().next().unwrap().unwrap();
    assert_eq!(row.role, Role::Registrar);
    assert_eq!(row.registration.r#ref.as_ref().map(|entry| entry.register), Some(1));
    assert_eq!(row.registration.child.as_ref().unwrap().nationalities, ["VN", "KR"]);
    assert!(row.registration.mother.as_ref().unwrap().born == Some(Born::BirthYear(1999)));
    assert!(row.registration.father.is_none() && !row.registration.foundling);
}

#[test]
fn a_byte_order_mark_and_another_order_of_columns_do_no_harm() {
    let mut columns = COLUMNS.to_vec();
    let mut record = sample();
    columns.reverse();
    record.reverse();
    columns.push(EXPECTED);
    record.push("number".to_owned());
    let mut marked = b"\xef\xbb\xbf".to_vec();
    marked.extend(file(&columns, &[record]));
    let row = Rows::new(marked.as_slice()).unwrap().next().unwrap().unwrap();
    assert_eq!((row.office.as_str(), row.line), ("079-014", 2));
}

#[test]
fn a_cell_that_cannot_be_read_is_named_and_not_shown() {
    for (column, cell, problem) in [
        ("office_code", " ", "must be filled"),
        ("kind", "", "must be filled"),
        ("kind", "UNSPECIFIED", "is not one of the values this column may have"),
        ("role", "OPERATOR", "is not one of the values this column may have"),
        (
            "registered_on",
            "17/03/2026",
            "must be a date as YYYY-MM-DD, or YYYY-MM or YYYY where no more is known",
        ),
        (
            "date_of_birth",
            "2026-3-9",
            "must be a date as YYYY-MM-DD, or YYYY-MM or YYYY where no more is known",
        ),
        (
            "mother_born",
            "1999-08",
            "must be a date as YYYY-MM-DD, or the year alone",
        ),
        ("births", "two", "must be a whole number"),
        ("book_year", "99999999999", "must be a whole number"),
        ("foundling", "maybe", "must be yes, or no, or empty"),
        (
            "child_identifiers",
            "PASSPORT",
            "must be papers as TYPE:value or TYPE:value:country, separated by semicolons",
        ),
    ] {
        assert_eq!(with(column, cell), format!("line 3, column {column}: {problem}"));
    }
}

#[test]
fn a_row_that_cannot_be_read_does_not_end_the_file() {
    let mut record = sample();
    record[0].clear();
    let file = file(&COLUMNS, &[record, sample()]);
    let rows: Vec<bool> = Rows::new(file.as_slice()).unwrap().map(|row| row.is_ok()).collect();
    assert_eq!(rows, [false, true]);
}

#[test]
fn columns_must_be_known_and_there_once() {
    let mut columns = COLUMNS.to_vec();
    columns[12] = "etnicity";
    assert_eq!(
        first_error(&file(&columns, &[])),
        "column 13 of the header (etnicity) is not known"
    );
    columns[12] = "Nguyễn Văn An";
    assert_eq!(
        first_error(&file(&columns, &[])),
        "column 13 of the header is not known"
    );
    columns[12] = "sex";
    assert_eq!(first_error(&file(&columns, &[])), "the column sex is there twice");
    let missing = first_error(&file(&["office_code"], &[]));
    assert!(missing.starts_with("the column book_year is missing"), "{missing}");
}

#[test]
fn rows_that_are_no_text_or_too_short_are_named_by_their_line() {
    let mut short = file(&COLUMNS, &[sample()]);
    short.extend(b"079-014,2026\n");
    assert_eq!(
        first_error(&short),
        "line 3: has another number of cells than the header"
    );
    let mut latin = file(&COLUMNS, &[]);
    latin.extend(b"\xff,".repeat(44));
    latin.extend(b"x\n");
    assert_eq!(first_error(&latin), "line 2: is not UTF-8 text");
}

#[test]
fn lines_are_counted_alike_whatever_they_end_in() {
    let header = "number,office_code,book_year,entry_number,kind,registered_on,place_code,child_name,date_of_birth,sex,nationalities";
    let good = ",26734,2001,1,ON_TIME,2001-08-19,079,An,1/7/2001,MALE,VN";
    let bad = "7,26734,2001,1,ON_TIME,2001-08-19,079,An,1/7/2001,MALE,VN";
    let lines = [header, good, bad, "half", good];
    for end in ["\n", "\r\n"] {
        let text = lines.map(|line| line.to_owned() + end).concat();
        let told: Vec<_> = Imports::new(text.as_bytes(), Encoding::Utf8)
            .unwrap()
            .map(|row| match row {
                Ok(row) => (row.line, true),
                Err(error) => (error.in_row().unwrap().0, false),
            })
            .collect();
        assert_eq!(told, [(2, true), (3, false), (4, false), (5, true)], "{end:?}");
    }
}

/// Of each row of an extract its line, and what is wrong with it as a whole, if anything is.
fn told_of(text: &str) -> Vec<(u64, Option<String>)> {
    let rows = Extract::new(text.as_bytes(), Encoding::Utf8).unwrap();
    rows.map(|row| match row {
        Ok(row) => (row.line, None),
        Err(error) => {
            let (line, _, problem) = error.in_row().unwrap();
            (line, Some(problem))
        }
    })
    .collect()
}

proptest! {
    #[test]
    fn every_line_is_told_of_once_whatever_quotes_stand_in_it(
        lines in prop::collection::vec("[a1,\"]{0,8}", 0..8),
        end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")],
        (mark, ended) in any::<(bool, bool)>(),
    ) {
        let mark = if mark { "\u{feff}" } else { "" };
        let mut text = format!("{mark}number,sex{end}{}", lines.join(end));
        if ended {
            text += end;
        }
        let told: Vec<_> = told_of(&text).into_iter().map(|(line, _)| line).collect();
        let filled = lines.iter().zip(2..).filter(|(line, _)| !line.is_empty()).map(|(_, at)| at);
        prop_assert_eq!(told, filled.collect::<Vec<u64>>());
    }
}

#[test]
fn a_line_without_an_end_is_told_of_and_not_held_in_memory() {
    for byte in [b'x', b'"', b','] {
        let mut lines = Lines::of(io::repeat(byte).take(20 << 20));
        let passed = io::copy(&mut lines, &mut io::sink()).unwrap();
        assert!(passed <= LONGEST as u64 + 1, "{passed} bytes were passed on");

        let header = "number,child_name,sex\n".as_bytes();
        let endless = io::repeat(byte).take(1 << 20);
        let file = header.chain(endless).chain("\n,An,MALE\n".as_bytes());
        let mut rows = Extract::new(file, Encoding::Utf8).unwrap();
        let error = rows.next().unwrap().unwrap_err();
        assert_eq!(error.to_string(), "line 2: is longer than 48 KiB");
        assert_eq!(rows.next().unwrap().unwrap().line, 3);
        assert!(rows.next().is_none());
    }
}

#[test]
fn a_quote_that_is_never_closed_costs_its_own_line_and_no_other() {
    let open = Some("opens a quote and does not close it before the end of the line".to_owned());
    let text =
        "number,child_name,sex\n,\"An, B\",MALE\n,\"An,MALE\n,An,MALE\n,An,\"MALE\n,\"Bình\",\"FEMALE\"\n,An,\"MALE";
    let told = told_of(text);
    let expected = [
        (2, None),
        (3, open.clone()),
        (4, None),
        (5, open.clone()),
        (6, None),
        (7, open),
    ];
    assert_eq!(told, expected);
    assert!(Extract::new("number,\"sex\n,MALE\n".as_bytes(), Encoding::Utf8).is_err());
}

/// Rows of a file that is told to be in this encoding: of each its line, and its item or the column at fault.
fn imported(file: &[u8], encoding: Encoding) -> Vec<Result<ImportRow, (u64, &'static str, String)>> {
    let rows = Imports::new(file, encoding).unwrap();
    rows.map(|row| row.map_err(|error| error.in_row().unwrap())).collect()
}

#[test]
fn a_file_from_before_unicode_says_what_its_twin_says() {
    let mut second = sample();
    second[9] = "Đặng \"Tí\", Hữu Lượng, ỷ ỵ".to_owned();
    let twin = file(&COLUMNS, &[sample(), second, sample()]);
    let text = std::str::from_utf8(&twin).unwrap();
    let expected = imported(&twin, Encoding::Utf8);
    assert_eq!(
        expected
            .iter()
            .map(|row| row.as_ref().unwrap().line)
            .collect::<Vec<_>>(),
        [2, 3, 4]
    );
    for encoding in [Encoding::Tcvn3, Encoding::Vni] {
        assert_eq!(imported(&encode(encoding, text), encoding), expected);
    }
}

#[test]
fn bytes_that_mean_nothing_are_told_by_line_and_column_and_nothing_else_is_lost() {
    let mut rows = vec![sample(), sample(), sample()];
    rows[1][9] = "Nguyễn VXn".to_owned();
    let mut bytes = encode(Encoding::Tcvn3, std::str::from_utf8(&file(&COLUMNS, &rows)).unwrap());
    let at = bytes.iter().position(|byte| *byte == b'X').unwrap();
    bytes[at] = 0xFF;
    let read = imported(&bytes, Encoding::Tcvn3);
    let told = (3, "child_name", "has bytes that mean nothing in TCVN3".to_owned());
    assert_eq!(read[1], Err(told));
    assert!(read[0].is_ok() && read[2].is_ok());

    // An extract is compared without such a cell; without its number it is not compared at all.
    let header = b"number,child_name,sex\n".to_vec();
    let bytes = [&header[..], b"079201000001,V\xFFn,MALE\n0792\xFF,An,MALE\n"].concat();
    let rows: Vec<_> = Extract::new(bytes.as_slice(), Encoding::Tcvn3)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row.line, row.problems[0].0, row.record.is_some()))
        .collect();
    assert_eq!(told, [(2, "child_name", true), (3, "number", false)]);
    assert_eq!(rows[0].record.as_ref().unwrap().facts.as_ref().unwrap().full_name, None);
}
