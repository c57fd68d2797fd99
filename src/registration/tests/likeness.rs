//! Which second registrations need a person to look.

use jiff::ToSpan;
use jiff::civil::date as day;
use proptest::prelude::*;

use super::sample::*;
use crate::ledger::IndexKey;
use crate::number::Codes;
use crate::proto::v1 as pb;
use crate::registration::{keys, may_be_same};

type Change = fn(&mut pb::BirthRegistration);

/// A plain single birth, whose second registration shares nothing that is not said.
fn single(r: &mut pb::BirthRegistration) {
    (r.child().birth_order, r.child().births) = (1, 1);
    r.mother().identifiers.clear();
    r.child().existing_identifiers.clear();
}

/// A paper of the child's own.
fn passport(r: &mut pb::BirthRegistration) {
    r.child().existing_identifiers = vec![identifier(pb::IdentifierType::Passport, "C7654321", "")];
}

/// The same child by name, of another mother in another province.
fn elsewhere(r: &mut pb::BirthRegistration) {
    (r.mother, r.place_code) = (None, "001".into());
    r.child().full_name = "NGUYỄN THỊ HOÀ BÌNH".into();
}

/// Another child's name, another reference.
fn another(r: &mut pb::BirthRegistration) {
    single(r);
    r.child().full_name = "Nguyễn Văn Khang".into();
    r.reference().entry_number = "46".into();
}

fn no_number(r: &mut pb::BirthRegistration) {
    r.mother().personal_number.clear();
}

fn other_number(r: &mut pb::BirthRegistration) {
    r.mother().personal_number = "079199900002".into();
}

fn twin(r: &mut pb::BirthRegistration, order: i32, births: i32) {
    (r.child().birth_order, r.child().births) = (order, births);
}

fn born_on(r: &mut pb::BirthRegistration, year: i32, month: i32, day: i32) {
    r.child().date_of_birth = date(year, month, day);
}

/// What the known registration is, what the new one is, and whether they may be of one child. Both have the same
/// mother and were born on the same day, under two names, save for what is changed.
#[rustfmt::skip]
const TABLE: &[(&str, Change, Change, bool)] = &[
    ("the same child again", |_| {}, |r| r.child().full_name = "Nguyễn Thị Hòa Bình".into(), true),
    ("the same mother, day and order under another name", |_| {}, |_| {}, true),
    ("the day of birth corrected", |_| {}, |r| born_on(r, 2026, 3, 8), true),
    ("180 days later", |_| {}, |r| born_on(r, 2026, 9, 5), true),
    ("181 days later", |_| {}, |r| born_on(r, 2026, 9, 6), false),
    ("180 days before", |_| {}, |r| born_on(r, 2025, 9, 10), true),
    ("181 days before", |_| {}, |r| born_on(r, 2025, 9, 9), false),
    ("a year known in part, in reach", |_| {}, |r| born_on(r, 2025, 0, 0), true),
    ("a month known in part, out of reach", |_| {}, |r| born_on(r, 2025, 8, 0), false),
    ("declared twins", |r| twin(r, 1, 2), |r| twin(r, 2, 2), false),
    ("declared twins on both sides of midnight", |r| twin(r, 1, 2), |r| { twin(r, 2, 2); born_on(r, 2026, 3, 10); }, false),
    ("triplets, first and third", |r| twin(r, 1, 3), |r| twin(r, 3, 3), false),
    ("the same twin twice", |r| twin(r, 2, 2), |r| twin(r, 2, 2), true),
    ("the same twin twice, the day corrected", |r| twin(r, 2, 2), |r| { twin(r, 2, 2); born_on(r, 2026, 3, 10); }, true),
    ("the first twin typed as a single birth", |_| {}, |r| twin(r, 2, 2), true),
    ("twins declared of different births", |r| twin(r, 1, 2), |r| twin(r, 2, 3), true),
    ("twins of one name", |r| twin(r, 1, 2), |r| { twin(r, 2, 2); r.child().full_name = "Nguyễn Thị Hòa Bình".into(); }, true),
    ("the mother without number: by name and birth", |_| {}, no_number, true),
    ("neither with number", no_number, no_number, true),
    ("another number: another mother of that name and day", |_| {}, other_number, false),
    ("one number in common, one not", |_| {}, |r| {
        other_number(r);
        r.mother().identifiers.push(identifier(pb::IdentifierType::CitizenCard, "079199900001", ""));
    }, true),
    ("the number in common, the name not", |_| {}, |r| { r.mother().full_name = "Lê Thị Tư".into(); born_on(r, 2026, 3, 8); }, true),
    ("without number, another name", |_| {}, |r| { no_number(r); r.mother().full_name = "Lê Thị Tư".into(); }, false),
    ("without number, another day of birth", |_| {}, |r| { no_number(r); r.mother().born = born(1999, 8, 22); }, false),
    ("without number, the year of birth alone", |_| {}, |r| {
        no_number(r);
        r.mother().born = Some(pb::person::Born::BirthYear(1999));
    }, false),
    ("without number, another province", |_| {}, |r| { no_number(r); r.place_code = "001".into(); }, false),
    ("without number, the province since merged", |_| {}, |r| { no_number(r); r.place_code = "074".into(); }, true),
    ("with number, another province", |_| {}, |r| r.place_code = "001".into(), true),
    ("no mother named, another name", |_| {}, |r| r.mother = None, false),
    ("no mother named, the same name", |_| {}, |r| { r.mother = None; r.child().full_name = "NGUYỄN THỊ HOÀ BÌNH".into(); }, true),
    ("the same name, another mother by number alone", |_| {}, |r| {
        other_number(r);
        r.child().full_name = "Nguyễn Thị Hòa Bình".into();
    }, true),
    ("the same name, another mother by name", |_| {}, |r| {
        other_number(r);
        r.mother().full_name = "Lê Thị Tư".into();
        r.child().full_name = "Nguyễn Thị Hòa Bình".into();
    }, false),
    ("the same name, another mother by birth", |_| {}, |r| {
        other_number(r);
        r.mother().born = born(1999, 8, 22);
        r.child().full_name = "Nguyễn Thị Hòa Bình".into();
    }, false),
    ("the same name, the mother's birth known in part", |_| {}, |r| {
        other_number(r);
        r.mother().born = Some(pb::person::Born::BirthYear(1997));
        r.child().full_name = "Nguyễn Thị Hòa Bình".into();
    }, true),
    ("the same name, no mother, another day", |_| {}, |r| {
        (r.mother, r.child().full_name) = (None, "Nguyễn Thị Hòa Bình".into());
        born_on(r, 2026, 3, 8);
    }, false),
    ("the same name, no mother, another province", |_| {}, |r| {
        (r.mother, r.child().full_name, r.place_code) = (None, "Nguyễn Thị Hòa Bình".into(), "001".into());
    }, false),
    ("the same name and passport elsewhere", passport, |r| { elsewhere(r); passport(r); }, true),
    ("the same passport, said to be of Viet Nam", passport, |r| {
        elsewhere(r);
        r.child().existing_identifiers = vec![identifier(pb::IdentifierType::Passport, "c7654321", "vn")];
    }, true),
    ("the same passport of another country", passport, |r| {
        elsewhere(r);
        r.child().existing_identifiers = vec![identifier(pb::IdentifierType::Passport, "C7654321", "FR")];
    }, false),
    ("the same passport under another name", passport, |r| { r.mother = None; passport(r); }, false),
    ("the same passport, another day", passport, |r| { elsewhere(r); passport(r); born_on(r, 2026, 3, 8); }, false),
    ("an identity card of other digits", passport, |r| {
        elsewhere(r);
        r.child().existing_identifiers = vec![identifier(pb::IdentifierType::IdentityCard9, "024123456", "")];
    }, false),
    ("two foundlings of one day", foundling, foundling, false),
    ("one foundling twice", foundling, |r| { foundling(r); r.child().full_name = "Nguyễn Thị Hòa Bình".into(); }, true),
    ("one foundling at two offices", foundling, |r| {
        foundling(r);
        r.child().full_name = "Nguyễn Thị Hòa Bình".into();
        r.reference().office_code = "2".into();
    }, true),
    ("one foundling twice, in two provinces by one office", foundling, |r| {
        foundling(r);
        (r.child().full_name, r.place_code) = ("Nguyễn Thị Hòa Bình".into(), "001".into());
    }, true),
];

fn foundling(r: &mut pb::BirthRegistration) {
    (r.mother, r.father, r.foundling) = (None, None, true);
}

#[test]
fn each_pair_is_looked_at_or_not_whichever_came_first() {
    let (codes, secret) = (Codes::embedded(), IndexKey::new(&[7; 32]));
    for (what, known, new, same) in TABLE {
        let known = unchecked(|r| {
            single(r);
            known(r);
        });
        let new = unchecked(|r| {
            another(r);
            new(r);
        });
        assert_eq!(may_be_same(&new, &known, codes), *same, "{what}");
        assert_eq!(may_be_same(&known, &new, codes), *same, "{what}, the other way round");
        if *same {
            let (new, known) = (keys(&new, &secret, codes), keys(&known, &secret, codes));
            let hit = new.probes.iter().any(|probe| known.blocking.contains(probe));
            let strict = new.subject.is_some() && new.subject == known.subject;
            assert!(hit || strict, "{what}: never looked at without a key in common");
        }
    }
}

proptest! {
    /// Births of one mother are alike exactly up to 180 days, and then a key leads from one to the other.
    #[test]
    fn what_is_alike_is_also_found(from in 0..40_000_i64, apart in 0..400_i64) {
        let one = day(1900, 1, 1).saturating_add(from.days());
        let other = one.saturating_add(apart.days());
        let known = unchecked(|r| { single(r); r.child().date_of_birth = message(one); });
        let new = unchecked(|r| { another(r); no_number(r); r.child().date_of_birth = message(other); });
        let (codes, secret) = (Codes::embedded(), IndexKey::new(&[7; 32]));
        let same = may_be_same(&new, &known, codes);
        prop_assert_eq!(same, apart <= 180);
        let (new, known) = (keys(&new, &secret, codes), keys(&known, &secret, codes));
        prop_assert!(!same || new.probes.iter().any(|probe| known.blocking.contains(probe)));
    }
}
