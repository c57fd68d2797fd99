//! Who acts for whom, from which day on: offices that were closed, and those that took them over.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::civil::Date;

use super::{Office, Role};

/// Offices by their codes.
pub(super) type Offices = HashMap<String, Office>;

/// How things stand from a day on, until the next such day.
#[derive(Debug, Clone)]
pub(super) struct Order {
    from: Date,
    /// For each justice department the offices under it, and itself.
    pub areas: HashMap<String, Arc<HashSet<String>>>,
    /// For each office that took others over, these.
    pub taken_over: HashMap<String, Arc<HashSet<String>>>,
    /// The same with the office itself.
    pub reach: HashMap<String, Arc<HashSet<String>>>,
}

/// Every order there ever is, the earliest first; there is always one.
#[derive(Debug, Clone)]
pub(super) struct Orders(Vec<Order>);

impl Orders {
    /// The orders that follow from a table of offices.
    pub fn of(offices: &Offices) -> Self {
        let closings: BTreeSet<Date> = offices.values().filter_map(|office| office.until).collect();
        let days = [Date::MIN].into_iter().chain(closings);
        Self(days.map(|from| Order::on(offices, from)).collect())
    }

    /// The order of a day.
    pub fn on(&self, day: Date) -> Option<&Order> {
        self.0.iter().rev().find(|order| order.from <= day)
    }
}

impl Order {
    fn on(offices: &Offices, day: Date) -> Self {
        let (mut areas, mut taken_over, mut reach) = (Sets::default(), Sets::default(), Sets::default());
        for (code, office) in offices {
            let heir = heir_on(offices, code, day);
            if heir != code {
                taken_over.add(heir, code);
                reach.add(heir, code);
                reach.add(heir, heir);
            }
            let department = match office.role {
                Role::JusticeDepartment => Some(heir),
                _ => offices.get(heir).and_then(|heir| heir.department.as_deref()),
            };
            if let Some(department) = department {
                areas.add(heir_on(offices, department, day), code);
            }
        }
        Self {
            from: day,
            areas: areas.shared(),
            taken_over: taken_over.shared(),
            reach: reach.shared(),
        }
    }
}

/// The office that acts for another on a day, through however many successions; itself while it is open, or where nobody
/// took it over.
fn heir_on<'a>(offices: &'a Offices, code: &'a str, day: Date) -> &'a str {
    let mut heir = code;
    // Reading the policy has seen that no office is its own successor, however far.
    while let Some(successor) = offices.get(heir).and_then(|office| office.successor_on(day)) {
        heir = successor;
    }
    heir
}

/// The first of the offices from which successions lead back to it, if there is one.
pub(super) fn circle(offices: &Offices) -> Option<&str> {
    let leads_back = |code: &&str| {
        let mut next = offices.get(*code).and_then(|office| office.successor.as_deref());
        for _ in 0..offices.len() {
            match next {
                None => return false,
                Some(successor) if successor == *code => return true,
                Some(successor) => next = offices.get(successor).and_then(|office| office.successor.as_deref()),
            }
        }
        false
    };
    offices.keys().map(String::as_str).filter(leads_back).min()
}

#[derive(Default)]
struct Sets(HashMap<String, HashSet<String>>);

impl Sets {
    fn add(&mut self, to: &str, code: &str) {
        self.0.entry(to.to_owned()).or_default().insert(code.to_owned());
    }

    fn shared(self) -> HashMap<String, Arc<HashSet<String>>> {
        self.0.into_iter().map(|(code, set)| (code, Arc::new(set))).collect()
    }
}
