//! Names, numbers and their frequencies.

use std::collections::{HashMap, HashSet};

use super::*;
use crate::generate::Sort;
use crate::generate::names::{slip, tone_moved};
use crate::number::{self, Number};
use crate::proto::v1::Sex;
use crate::proto::v1::person::Born;
use crate::registration::normal;

#[test]
fn surnames_and_names_are_as_common_as_they_should_be() {
    let items = items(40_000, 30, Mix::plain());
    let mut surnames: HashMap<&str, u32> = HashMap::new();
    let mut names: HashMap<&str, u32> = HashMap::new();
    for item in &items {
        let name = child(item).full_name.as_str();
        *surnames.entry(name.split(' ').next().unwrap()).or_default() += 1;
        *names.entry(name).or_default() += 1;
    }
    assert!(
        (10_400..=14_400).contains(&surnames["Nguyễn"]),
        "{}",
        surnames["Nguyễn"]
    );
    assert!((2_800..=4_600).contains(&surnames["Trần"]), "{}", surnames["Trần"]);
    let commonest = names.values().max().unwrap();
    assert!((40..=320).contains(commonest), "{commonest}");
    assert!(names.len() > 12_000, "{}", names.len());
}

#[test]
fn girls_and_boys_and_every_people_are_born() {
    let items = items(40_000, 31, Mix::plain());
    let boys = items.iter().filter(|item| child(item).sex() == Sex::Male).count();
    assert!((20_500..=21_600).contains(&boys), "{boys}");
    let peoples: HashSet<&str> = items.iter().map(|item| child(item).ethnicity.as_str()).collect();
    assert_eq!(peoples.len(), 13);
    let kinh = items.iter().filter(|item| child(item).ethnicity == "Kinh").count();
    assert!((33_000..=36_500).contains(&kinh), "{kinh}");
    for like in ["H'", "Giàng A ", "Thạch ", " Êban"] {
        assert!(items.iter().any(|item| child(item).full_name.contains(like)), "{like}");
    }
}

#[test]
fn mothers_have_numbers_of_their_own_that_fit_them() {
    let items = items(60_000, 32, Mix::plain());
    let mut numbers = HashSet::new();
    let mut in_full = 0;
    for item in &items {
        let mother = mother(item);
        let born_year = match mother.born.unwrap() {
            Born::DateOfBirth(date) => {
                in_full += 1;
                date.year
            }
            Born::BirthYear(year) => year,
        };
        assert!((1976..=2010).contains(&born_year));
        if mother.personal_number.is_empty() {
            continue;
        }
        let number = Number::parse(&mother.personal_number).unwrap();
        assert_eq!(number.prefix().sex(), number::Sex::Female);
        assert_eq!(i32::from(number.prefix().birth_year()), born_year);
        assert!(number.prefix().place().value() < 100);
        assert!(numbers.insert(mother.personal_number.as_str()));
    }
    assert!((57_900..=58_500).contains(&numbers.len()), "{}", numbers.len());
    assert!((58_500..=59_100).contains(&in_full), "{in_full}");
    let fathers = items.iter().filter(|item| registration(item).father.is_some()).count();
    assert!((56_500..=57_500).contains(&fathers), "{fathers}");
}

#[test]
fn parents_are_grown_when_the_child_is_born() {
    for item in items(5_000, 33, Mix::quickstart()) {
        let parents = [&registration(&item).mother, &registration(&item).father];
        for parent in parents.into_iter().flatten() {
            let year = match parent.born.unwrap() {
                Born::DateOfBirth(date) => date.year,
                Born::BirthYear(year) => year,
            };
            let age = child(&item).date_of_birth.unwrap().year - year;
            assert!((16..=62).contains(&age), "{age}");
        }
    }
}

#[test]
fn a_slip_is_another_name_and_a_moved_tone_is_the_same() {
    for item in items(3_000, 34, Mix::quickstart())
        .iter()
        .filter(|item| item.sort == Sort::Ordinary)
    {
        let composed: String =
            unicode_normalization::UnicodeNormalization::nfc(child(item).full_name.as_str()).collect();
        assert_ne!(normal(&slip(&composed)), normal(&composed));
        assert_eq!(normal(&tone_moved(&composed)), normal(&composed));
    }
    assert_eq!(slip("Nguyễn Thị Hòa"), "Nguyễn Thị Hòà");
    assert_eq!(slip("LÊ THỊ ÁI"), "LÊ THỊ ÁÌ");
    assert_eq!(slip("Ng"), "Ng A");
    assert_eq!(tone_moved("Hoà Thủy Hoàn"), "Hòa Thuỷ Hoàn");
}
