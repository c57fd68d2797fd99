//! A table extended by another: rows are added and replaced, and none goes unless it is told to.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::fault::{Fault, Faults, UnitFault};
use super::table::Units;
use super::unit::Unit;
use crate::number::Codes;

/// A row that is brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The row. It takes the place of one with the same code and first day.
    pub unit: Unit,
    /// Whether that one is to be taken out instead.
    pub removed: bool,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extended {
    /// The table as it is then.
    pub units: Units,
    /// Rows of which nothing was known.
    pub added: usize,
    /// Rows that took the place of others.
    pub replaced: usize,
    /// Rows that were known as they are.
    pub same: usize,
    /// Rows that were taken out.
    pub removed: usize,
}

impl Extended {
    /// Whether the table is another than before.
    pub fn changes(&self) -> bool {
        self.added + self.replaced + self.removed > 0
    }
}

type Rows = BTreeMap<(String, Date), Unit>;

/// Extends a table. It is taken whole or not at all.
///
/// # Errors
/// Every fault of the rows that are brought, and of the table as it would be with them.
pub fn extend(known: &Units, changes: Vec<Change>, provinces: &Codes) -> Result<Extended, Faults> {
    let mut rows: Rows = known.rows().map(|unit| (key(unit), unit.clone())).collect();
    let mut extended = Extended::default();
    let (mut seen, mut faults) = (BTreeSet::new(), Vec::new());
    for Change { unit, removed } in changes {
        let key = key(&unit);
        let mut wrong = |fault| {
            faults.push(UnitFault {
                code: unit.code.clone(),
                from: unit.from,
                fault,
            });
        };
        if !seen.insert(key.clone()) {
            wrong(Fault::Repeated);
        } else if removed {
            match rows.remove(&key) {
                Some(_) => extended.removed += 1,
                None => wrong(Fault::NothingToRemove),
            }
        } else {
            match rows.insert(key.clone(), unit) {
                None => extended.added += 1,
                Some(before) if rows.get(&key) == Some(&before) => extended.same += 1,
                Some(_) => extended.replaced += 1,
            }
        }
    }
    match Units::new(rows.into_values().collect(), provinces) {
        Ok(units) if faults.is_empty() => Ok(Extended { units, ..extended }),
        Ok(_) => Err(Faults::Rows(faults)),
        Err(Faults::Rows(further)) => {
            faults.extend(further);
            Err(Faults::Rows(faults))
        }
        Err(too_many) => Err(too_many),
    }
}

fn key(unit: &Unit) -> (String, Date) {
    (unit.code.clone(), unit.begin())
}
