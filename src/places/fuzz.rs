//! Tables of units as they are stored, and addresses as they are written.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::mem::discriminant;

use jiff::civil::date;

use super::tests::example;
use super::{Faults, Gazetteer, MOST_BEARERS, TextError, Units};
use crate::fuzzing::{Form, Fuzz};
use crate::number::Codes;

/// A stored table, which is written as it is read; and every unit of it is found.
#[test]
fn table() {
    let codes = Codes::embedded();
    let words = [
        "273",
        "09784",
        "RURAL_DISTRICT",
        "WARD",
        "FORMER_PROVINCE",
        "2025-07-01",
        "2008-08-01",
        "001",
        "09817;09832",
    ];
    Fuzz::of(Form::Text)
        .words(words)
        .seed(example().to_text().unwrap())
        .run(|bytes| {
            let units = match Units::from_text(&String::from_utf8_lossy(bytes), codes) {
                Err(TextError::Faults(Faults::Rows(faults))) => {
                    return faults
                        .iter()
                        .map(|found| format!("{:?}", discriminant(&found.fault)))
                        .take(3)
                        .collect();
                }
                Err(error) => return vec![format!("{:?}", discriminant(&error))],
                Ok(units) => units,
            };
            let text = units.to_text().unwrap();
            assert!(Units::from_text(&text, codes).unwrap() == units);
            let known = Gazetteer { codes, units: &units };
            for day in [date(2000, 1, 1), date(2025, 6, 30), date(2025, 7, 1)] {
                for unit in units.rows().take(40) {
                    let _ = (
                        units.successors_on(unit, day),
                        units.above_on(unit, day),
                        known.address(unit, day),
                    );
                }
            }
            vec![units.len().min(40).to_string()]
        });
}

/// An address of at most so many letters as the API takes.
#[test]
fn address() {
    let units = example();
    let known = Gazetteer {
        codes: Codes::embedded(),
        units: &units,
    };
    let seeds = [
        "Xã Hạ Mỗ, huyện Đan Phượng, thành phố Hà Nội, Việt Nam",
        "P. Tân Định, Q.1, TP. HCM",
        "Pháp",
    ];
    let words = [
        "Xã",
        "Phường",
        "Quận 1",
        "Huyện",
        "Tỉnh",
        "TP.",
        "Hà Tây",
        "Đan Phượng",
        "Tan Dinh",
        ", ",
        "Việt Nam",
    ];
    Fuzz::of(Form::Text)
        .words(words)
        .seeds(seeds)
        .longest(1_200)
        .run(|bytes| {
            let text: String = String::from_utf8_lossy(bytes).chars().take(300).collect();
            [date(2007, 1, 1), date(2025, 6, 30), date(2026, 1, 1)].map(|day| {
                let meaning = known.meant(&text, day);
                assert!(meaning.units.len() <= MOST_BEARERS);
                let like = known.like(&text, day).len();
                (
                    meaning.place.map(|place| place.code),
                    meaning.units.len(),
                    like,
                    known.unknown(&text, day).is_some(),
                )
            })
        });
}
