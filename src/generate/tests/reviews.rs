//! How the rules of this project meet the generated births: the bar is at most 0.2 % of honest births reviewed and at
//! least 99 % of planted doubles caught.

use std::collections::HashMap;

use super::*;
use crate::generate::{Expected, Sort};
use crate::ledger::IndexKey;
use crate::number::Codes;
use crate::registration::{Content, Key, Registration, check, keys, may_be_same};

/// All registrations so far, found by their blocking keys.
struct Known {
    registrations: Vec<Registration>,
    by_key: HashMap<Key, Vec<usize>>,
    secret: IndexKey,
}

impl Known {
    /// Enters a registration, and says whether it may be of a child that is here already.
    fn enter(&mut self, message: &BirthRegistration) -> bool {
        let codes = Codes::embedded();
        let new = check(&Content::of(message), codes, TODAY).unwrap();
        let keys = keys(&new, &self.secret, codes);
        let met = keys.probes.iter().filter_map(|key| self.by_key.get(key)).flatten();
        let alike = met
            .map(|index| &self.registrations[*index])
            .any(|known| may_be_same(&new, known, codes));
        for key in keys.blocking {
            self.by_key.entry(key).or_default().push(self.registrations.len());
        }
        self.registrations.push(new);
        alike
    }
}

#[derive(Default)]
struct Tally {
    honest: u32,
    honest_reviewed: u32,
    doubles: u32,
    doubles_caught: u32,
    second_twins: u32,
    second_twins_caught: u32,
}

fn tally(plan: Plan) -> Tally {
    let mut known = Known {
        registrations: Vec::new(),
        by_key: HashMap::new(),
        secret: IndexKey::new(&[7; 32]),
    };
    let mut tally = Tally::default();
    for item in Births::new(plan).unwrap() {
        if matches!(
            item.expected,
            Expected::SameAnswer | Expected::IdReused | Expected::NotEligible
        ) {
            continue;
        }
        let alike = u32::from(known.enter(registration(&item)));
        let (all, met) = match item.sort {
            Sort::Double { .. } => (&mut tally.doubles, &mut tally.doubles_caught),
            Sort::SecondTwin { .. } => (&mut tally.second_twins, &mut tally.second_twins_caught),
            Sort::LateGrown | Sort::ReRegistration => continue,
            _ => (&mut tally.honest, &mut tally.honest_reviewed),
        };
        *all += 1;
        *met += alike;
    }
    tally
}

#[test]
fn at_the_density_of_a_year_few_honest_births_and_nearly_all_doubles_are_reviewed() {
    let mix = Mix {
        doubles: 300,
        ..Mix::campaign()
    };
    let met = tally(Plan {
        provinces: 1,
        ..plan(60_000, 40, mix)
    });
    assert!(
        met.honest_reviewed * 1_000 <= met.honest * 2,
        "{} of {}",
        met.honest_reviewed,
        met.honest
    );
    assert!(met.honest_reviewed > 0, "names are not as common as in life");
    assert!(met.doubles > 1_500);
    assert!(
        met.doubles_caught * 100 >= met.doubles * 99,
        "{} of {}",
        met.doubles_caught,
        met.doubles
    );
    assert!(met.doubles_caught < met.doubles, "the doubles are too easy");
    assert_eq!(met.second_twins_caught, met.second_twins);
}
