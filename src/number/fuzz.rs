//! Numbers, and the tables of places that are part of the program.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use jiff::civil::date;

use super::{Codes, Number, NumberError, PlaceCode, Prefix, Slot};
use crate::fuzzing::{Form, Fuzz};

/// Digits as text, and as the store keeps them.
#[test]
fn number() {
    let seeds = ["079226000001", "001926000001", "079", "999999999999", "٠٧٩٢٢٦٠٠٠٠٠١"];
    Fuzz::of(Form::Text).seeds(seeds).run(|bytes| {
        let text = String::from_utf8_lossy(bytes);
        let read = Number::parse(&text);
        if let Ok(number) = read {
            assert_eq!(number.to_string(), text);
            assert_eq!(Number::from_value(number.value()), Ok(number));
        }
        let value = bytes.first_chunk().map_or(0, |value| i64::from_le_bytes(*value));
        let kept = Number::from_value(value);
        assert!(kept.is_err() || (0..1_000_000_000_000).contains(&value));
        let _ = (
            Slot::from_value(value).map(Slot::counter),
            u32::try_from(value).map(Prefix::from_value),
        );
        let place = PlaceCode::parse(&text).map(|place| assert_eq!(place.to_string(), text));
        let word = |error: NumberError| error.to_string();
        (
            read.map(drop).map_err(word),
            kept.map(drop).map_err(word),
            place.map_err(word),
        )
    });
}

/// The tables of provinces and countries, one after the other with an empty line between.
#[test]
fn tables() {
    let tables = [
        include_str!("../../data/provinces.csv"),
        include_str!("../../data/countries.csv"),
    ];
    let tables = tables.map(|table| {
        table
            .lines()
            .take(12)
            .map(|line| format!("{line}\n"))
            .collect::<String>()
    });
    Fuzz::of(Form::Text)
        .words(["active_until", "successor_code", "2025-07-01", "001", "VN"])
        .seed(tables.join("\n"))
        .run(|bytes| {
            let text = String::from_utf8_lossy(bytes);
            let (provinces, countries) = text.split_once("\n\n").unwrap_or((&text, ""));
            let codes = match Codes::parse(provinces, countries) {
                Err(error) => return error.to_string().chars().rev().take(24).collect(),
                Ok(codes) => codes,
            };
            for place in codes.places() {
                let _ = (
                    codes.successor_of(place.code),
                    codes.issuing(place.code, date(2026, 1, 1)),
                );
                let _ = codes.province_named(&place.name, date(2020, 1, 1));
            }
            codes.places().count().min(9).to_string()
        });
}
