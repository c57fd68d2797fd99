use proptest::prelude::*;

use super::super::{Codes, Number, NumberError, PlaceCode, Prefix, Sex, Slot};
use super::{any_prefix, any_sex, code};

proptest! {
    #[test]
    fn parts_text_and_value_round_trip(prefix in any_prefix(), serial in 0_u32..1_000_000) {
        let number = Number::new(prefix, serial).unwrap();
        let text = format!("{:06}{serial:06}", prefix.value());
        prop_assert_eq!(number.to_string(), text.clone());
        prop_assert_eq!(Number::parse(&text), Ok(number));
        prop_assert_eq!(number.value(), text.parse::<i64>().unwrap());
        prop_assert_eq!(Number::from_value(number.value()), Ok(number));
        prop_assert_eq!((number.prefix(), number.serial()), (prefix, serial));
    }

    #[test]
    fn prefix_tells_place_sex_and_year(place in 1_u16..1000, sex in any_sex(), year in 1900_i16..2400) {
        let prefix = Prefix::new(code(place), sex, year).unwrap();
        prop_assert_eq!((prefix.place(), prefix.sex(), prefix.birth_year()), (code(place), sex, year));
        prop_assert_eq!(Prefix::from_value(prefix.value()), Ok(prefix));
        prop_assert_eq!(prefix.to_string(), format!("{:06}", prefix.value()));
    }

    #[test]
    fn every_prefix_has_one_meaning(prefix in any_prefix()) {
        prop_assert_eq!(Prefix::new(prefix.place(), prefix.sex(), prefix.birth_year()), Ok(prefix));
    }

    #[test]
    fn order_is_that_of_values(a in 1_000_000_000_i64..1_000_000_000_000, b in 1_000_000_000_i64..1_000_000_000_000) {
        let [x, y] = [a, b].map(|value| Number::from_value(value).unwrap());
        prop_assert_eq!(x.cmp(&y), a.cmp(&b));
        prop_assert_eq!(x.to_string().cmp(&y.to_string()), a.cmp(&b));
        let [x, y] = [a, b].map(|value| Slot::from_value(value).unwrap());
        prop_assert_eq!(x.cmp(&y), a.cmp(&b));
    }

    #[test]
    fn what_is_shown_is_the_place_alone(prefix in any_prefix(), serial in 0_u32..1_000_000) {
        let number = Number::new(prefix, serial).unwrap();
        let masked = format!("{}*********", &number.to_string()[..3]);
        prop_assert_eq!(number.masked(), masked.clone());
        prop_assert_eq!(format!("{number:?}"), masked.clone());
        prop_assert_eq!(format!("{:?}", Slot::of(prefix, serial).unwrap()), format!("Slot({masked})"));
        prop_assert_eq!(format!("{prefix:?}"), format!("{}***", &masked[..3]));
    }

    #[test]
    fn any_text_is_read_as_it_stands_or_refused(text in "\\PC{0,14}|[0-9 +.-]{11,13}") {
        if let Ok(number) = Number::parse(&text) {
            prop_assert_eq!(number.to_string(), text);
        }
    }

    #[test]
    fn any_value_is_kept_or_refused(value in any::<i64>()) {
        if let Ok(number) = Number::from_value(value) {
            prop_assert_eq!(number.value(), value);
        }
        prop_assert_eq!(Number::from_value(value).err(), Slot::from_value(value).err());
    }
}

#[test]
fn every_century_and_sex_has_its_digit() {
    let table = include_str!("../../../data/sex_century.csv");
    let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|row| row.split(',').collect()).collect();
    assert_eq!(rows.len(), 10);
    for row in rows {
        let digit: u32 = row[0].parse().unwrap();
        let sex = match row[2] {
            "male" => Sex::Male,
            "female" => Sex::Female,
            other => panic!("sex {other}"),
        };
        let (first, last): (i16, i16) = (row[3].parse().unwrap(), row[4].parse().unwrap());
        assert_eq!((first..=last).count(), 100);
        for year in first..=last {
            let prefix = Prefix::new(code(1), sex, year).unwrap();
            assert_eq!(
                prefix.value(),
                1000 + digit * 100 + u32::from(year.unsigned_abs()) % 100
            );
            assert_eq!((prefix.sex(), prefix.birth_year()), (sex, year));
        }
    }
}

#[test]
fn years_without_a_digit_are_refused() {
    for year in [i16::MIN, -1, 0, 1899, 2400, 9999, i16::MAX] {
        assert_eq!(Prefix::new(code(1), Sex::Male, year), Err(NumberError::BirthYear));
    }
}

#[test]
fn every_place_code_makes_numbers() {
    let mut seen = 0;
    for place in Codes::embedded().places() {
        let text = format!("{}226000001", place.code);
        let number = Number::parse(&text).unwrap();
        assert_eq!(number.prefix().place(), place.code);
        assert_eq!(PlaceCode::parse(&place.code.to_string()), Ok(place.code));
        seen += 1;
    }
    assert_eq!(seen, 63 + 195);
}

#[test]
fn malformed_numbers_are_refused() {
    let not_digits = [
        "",
        "0",
        "00122600000",
        "0012260000011",
        " 01226000001",
        "001226000001 ",
        "001226000001\n",
        "0012260 0001",
        "+01226000001",
        "-01226000001",
        "001-26000001",
        "001226.00001",
        "00122600000a",
        "0x1226000001",
        "1e1226000001",
        "٠٠١٢٢٦٠٠٠٠٠١",
        "00122600000١",
        "０0122600001",
        "00122600001²",
        "001226\u{0}00001",
    ];
    for text in not_digits {
        assert_eq!(Number::parse(text), Err(NumberError::NotDigits(12)), "{text:?}");
    }
    assert_eq!(Number::parse("000226000001"), Err(NumberError::NoPlace));
}

#[test]
fn malformed_place_codes_are_refused() {
    for text in ["", "1", "01", "0001", "+01", "-01", " 01", "01 ", "٠٠١", "a01"] {
        assert_eq!(PlaceCode::parse(text), Err(NumberError::NotDigits(3)), "{text:?}");
    }
    assert_eq!(PlaceCode::parse("000"), Err(NumberError::NoPlace));
    assert_eq!(PlaceCode::new(0), Err(NumberError::NoPlace));
    assert_eq!(PlaceCode::new(1000), Err(NumberError::OutOfRange));
}

#[test]
fn values_at_the_edges() {
    let cases = [
        (i64::MIN, Err(NumberError::OutOfRange)),
        (-1, Err(NumberError::OutOfRange)),
        (0, Err(NumberError::NoPlace)),
        (999_999_999, Err(NumberError::NoPlace)),
        (1_000_000_000, Ok("001000000000")),
        (999_999_999_999, Ok("999999999999")),
        (1_000_000_000_000, Err(NumberError::OutOfRange)),
        (i64::MAX, Err(NumberError::OutOfRange)),
    ];
    for (value, expected) in cases {
        let text = Number::from_value(value).map(|number| number.to_string());
        assert_eq!(text, expected.map(str::to_owned), "{value}");
    }
    assert_eq!(Prefix::from_value(999), Err(NumberError::NoPlace));
    assert_eq!(Prefix::from_value(1_000_000), Err(NumberError::OutOfRange));
    assert_eq!(Prefix::from_value(u32::MAX), Err(NumberError::OutOfRange));
    let prefix = Prefix::from_value(1_226).unwrap();
    assert_eq!(Number::new(prefix, 1_000_000), Err(NumberError::OutOfRange));
}
