use jiff::civil::date;

use super::super::{Codes, CodesError, Fault, NotIssuing, Table};
use super::code;

const PROVINCES: &str = "code,name,active_from,active_until,successor_code,current_name,renamed_on\n";
const COUNTRIES: &str = "code,name_vi,name_en,iso3166_alpha2\n";

/// The tables with these rows.
fn read(provinces: &str, countries: &str) -> Result<Codes, CodesError> {
    Codes::parse(&format!("{PROVINCES}{provinces}"), &format!("{COUNTRIES}{countries}"))
}

fn fault(provinces: &str, countries: &str) -> (Table, String, Fault) {
    match read(provinces, countries) {
        Err(CodesError::Row { table, code, fault }) => (table, code, fault),
        other => panic!("{provinces}{countries}: {other:?}"),
    }
}

#[test]
fn a_chain_of_mergers_is_followed_by_the_day() {
    let codes = read(
        "001,A,2016-01-01,2020-01-01,002,,\n002,B,2016-01-01,2030-01-01,003,,\n003,C,2016-01-01,,,C,\n",
        "",
    )
    .unwrap();
    let days = [
        (date(2019, 12, 31), 1),
        (date(2020, 1, 1), 2),
        (date(2029, 12, 31), 2),
        (date(2030, 1, 1), 3),
    ];
    for (day, standing) in days {
        assert_eq!(codes.successor_on(code(1), day), code(standing));
    }
    assert_eq!(
        codes.issuing(code(1), date(2021, 1, 1)),
        Err(NotIssuing::Closed { successor: code(2) })
    );
    assert_eq!(codes.successor_of(code(1)), code(3));
}

#[test]
fn rows_that_contradict_themselves_are_refused() {
    let cases = [
        ("1,A,2016-01-01,,,A,\n", Fault::Code),
        ("000,A,2016-01-01,,,A,\n", Fault::Code),
        ("001, ,2016-01-01,,,,\n", Fault::Name),
        ("001,A,,,,A,\n", Fault::Dates),
        ("001,A,01/01/2016,,,A,\n", Fault::Dates),
        ("001,A,2016-02-30,,,A,\n", Fault::Dates),
        ("001,A,20160101,,,A,\n", Fault::Dates),
        ("001,A,2016-01-01,2015-01-01,002,,\n", Fault::Dates),
        ("001,A,2016-01-01,2016-01-01,002,,\n", Fault::Dates),
        ("001,A,2016-01-01,,,B,2016-01-01\n", Fault::Dates),
        ("001,A,2016-01-01,2020-01-01,002,B,2020-01-01\n", Fault::Dates),
        ("001,A,2016-01-01,2020-01-01,,,\n", Fault::Closing),
        ("001,A,2016-01-01,,002,A,\n", Fault::Closing),
        ("001,A,2016-01-01,,,B,\n", Fault::Renaming),
        ("001,A,2016-01-01,,,A,2020-01-01\n", Fault::Renaming),
    ];
    for (row, expected) in cases {
        let (table, _, found) = fault(row, "");
        assert_eq!((table, found), (Table::Provinces, expected), "{row}");
    }
    for (row, expected) in [
        ("1x1,A,A,AA\n", Fault::Code),
        ("101,,A,AA\n", Fault::Name),
        ("101,A,A,\n", Fault::Alpha2),
        ("101,A,A,aa\n", Fault::Alpha2),
        ("101,A,A,AAA\n", Fault::Alpha2),
    ] {
        let (table, _, found) = fault("", row);
        assert_eq!((table, found), (Table::Countries, expected), "{row}");
    }
}

#[test]
fn rows_that_contradict_each_other_are_refused() {
    let open = "001,A,2016-01-01,,,A,\n";
    let faults = [
        (
            fault(&format!("{open}{open}"), ""),
            Table::Provinces,
            "001",
            Fault::Repeated,
        ),
        (fault(open, "001,A,A,AA\n"), Table::Countries, "001", Fault::Repeated),
        (
            fault("001,A,2016-01-01,2020-01-01,002,,\n", ""),
            Table::Provinces,
            "001",
            Fault::Successor,
        ),
        (
            fault("001,A,2016-01-01,2020-01-01,001,,\n", ""),
            Table::Provinces,
            "001",
            Fault::Successor,
        ),
        (
            fault("001,A,2016-01-01,2020-01-01,101,,\n", "101,X,X,XX\n"),
            Table::Provinces,
            "001",
            Fault::Successor,
        ),
        (
            fault(
                "001,A,2016-01-01,2020-01-01,002,,\n002,B,2016-01-01,2020-01-01,001,,\n",
                "",
            ),
            Table::Provinces,
            "001",
            Fault::Successor,
        ),
        (
            fault("001,Hòa,2016-01-01,,,Hòa,\n002,HOÀ,2016-01-01,,,HOÀ,\n", ""),
            Table::Provinces,
            "002",
            Fault::SameName,
        ),
        (
            fault("001,A,2016-01-01,,,A,\n002,B,2016-01-01,,,A,2020-01-01\n", ""),
            Table::Provinces,
            "002",
            Fault::SameName,
        ),
    ];
    for ((table, code, fault), expected_table, expected_code, expected) in faults {
        assert_eq!((table, code.as_str(), fault), (expected_table, expected_code, expected));
    }
}

#[test]
fn a_name_may_pass_on_the_very_day_it_is_given_up() {
    let codes = read(
        "001,A,2016-01-01,2020-01-01,002,,\n002,B,2016-01-01,,,A,2020-01-01\n",
        "",
    )
    .unwrap();
    assert_eq!(codes.province_named("A", date(2019, 12, 31)), Some(code(1)));
    assert_eq!(codes.province_named("A", date(2020, 1, 1)), Some(code(2)));
}

#[test]
fn files_of_another_shape_are_refused() {
    let no_column = Codes::parse("code,name\n001,A\n", COUNTRIES);
    assert!(matches!(
        no_column,
        Err(CodesError::Csv {
            table: Table::Provinces,
            ..
        })
    ));
    let short_row = read("", "101,A\n");
    assert!(matches!(
        short_row,
        Err(CodesError::Csv {
            table: Table::Countries,
            ..
        })
    ));
}
