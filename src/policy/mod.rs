//! The policy: which offices there are, what each may be and see, and the legal grounds in force.
//!
//! Here it is parsed and asked; nothing is read from disk and nothing is decided about a call. The policy may change while
//! the server runs, so whoever needs it takes [`Policies::current`] once for a call and stays with it.

mod current;
mod error;
mod event;
mod file;
#[cfg(test)]
mod fuzz;
mod grounds;
mod names;
mod parse;
mod role;
mod subscription;
mod succession;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::civil::Date;

pub use self::current::Policies;
pub use self::error::PolicyError;
pub use self::event::EventKind;
pub use self::names::{MAX_CODE_CHARS, is_code, is_office};
pub use self::role::Role;
pub use self::subscription::{FactField, Subscription};
use self::succession::{Offices, Orders};
use crate::number::PlaceCode;
use crate::protocol::asked::BlockLimits;
use crate::protocol::{Ground, ReissuePlace, Scope, Side, Standpoint};

/// SHA-256 of a certificate, or of the URI it names its holder by.
pub type Fingerprint = [u8; 32];

/// An office as it is registered: once, with one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Office {
    /// Its role.
    pub role: Role,
    /// The justice department over it.
    pub department: Option<String>,
    /// The province it belongs to.
    pub province: Option<PlaceCode>,
    /// The countries for whose births it may reserve numbers; all, if none is named.
    pub countries: Vec<PlaceCode>,
    /// How many unused numbers of blocks it may hold at a time, where that is said of this office.
    pub block_numbers: Option<usize>,
    /// The first day on which it acts; always, if there is none.
    pub from: Option<Date>,
    /// The first day on which it does not act any more.
    pub until: Option<Date>,
    /// The office that takes it over then, and acts for it.
    pub successor: Option<String>,
}

impl Office {
    /// Whether it has been opened by a day.
    pub fn is_open_on(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day)
    }

    /// Whether it has been closed by a day.
    pub fn is_closed_on(&self, day: Date) -> bool {
        self.until.is_some_and(|until| until <= day)
    }

    /// The office that has taken it over by a day.
    fn successor_on(&self, day: Date) -> Option<&str> {
        self.successor.as_deref().filter(|_| self.is_closed_on(day))
    }
}

/// How many unused numbers of blocks an office may hold at a time, unless the policy file says otherwise.
const BLOCK_NUMBERS: usize = 2000;

/// Everything the policy file says.
#[derive(Debug, Clone)]
pub struct Policy {
    offices: Offices,
    orders: Orders,
    gateways: HashMap<String, HashSet<String>>,
    subscriptions: HashMap<String, Subscription>,
    denied: HashSet<Fingerprint>,
    grounds: Vec<Ground>,
    reissue_place: ReissuePlace,
    block_numbers: usize,
    settling_grace: i64,
}

impl Default for Policy {
    /// The policy of a server without a policy file: no offices, and the grounds the program was built with.
    fn default() -> Self {
        Self {
            offices: HashMap::new(),
            orders: Orders::of(&HashMap::new()),
            gateways: HashMap::new(),
            subscriptions: HashMap::new(),
            denied: HashSet::new(),
            grounds: grounds::embedded().to_vec(),
            reissue_place: ReissuePlace::default(),
            block_numbers: BLOCK_NUMBERS,
            settling_grace: 0,
        }
    }
}

impl Policy {
    /// Reads the text of a policy file.
    ///
    /// # Errors
    /// [`PolicyError`], naming the line and what is wrong there.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        parse::policy(text)
    }

    /// Whether any office is registered. Without any, a development server takes whoever comes.
    pub fn lists_offices(&self) -> bool {
        !self.offices.is_empty()
    }

    /// How many offices are registered.
    pub fn office_count(&self) -> usize {
        self.offices.len()
    }

    /// An office, if it is registered.
    pub fn office(&self, code: &str) -> Option<&Office> {
        self.offices.get(code)
    }

    /// The offices that a shared system may act for, if there is such a system.
    pub fn gateway(&self, system: &str) -> Option<&HashSet<String>> {
        self.gateways.get(system)
    }

    /// What a subscriber is given, if anything.
    pub fn subscription(&self, office: &str) -> Option<&Subscription> {
        self.subscriptions.get(office)
    }

    /// Whether a certificate, or the name it gives, has been shut out.
    pub fn denies(&self, fingerprint: &Fingerprint) -> bool {
        self.denied.contains(fingerprint)
    }

    /// The legal grounds, of whatever day, in the order of their codes.
    pub fn grounds(&self) -> &[Ground] {
        &self.grounds
    }

    /// The ground of a code.
    pub fn ground(&self, code: &str) -> Option<&Ground> {
        self.grounds.iter().find(|ground| ground.code == code)
    }

    /// The place under which a number is given anew.
    pub fn reissue_place(&self) -> ReissuePlace {
        self.reissue_place
    }

    /// What numbers an office may reserve.
    pub fn block_limits(&self, office: &str) -> BlockLimits {
        let office = self.offices.get(office);
        BlockLimits {
            countries: office.map(|office| office.countries.clone()).unwrap_or_default(),
            most: office
                .and_then(|office| office.block_numbers)
                .unwrap_or(self.block_numbers),
        }
    }

    /// For how many seconds after its certificate has expired, or it was closed, a mission may still settle what it handed out.
    pub fn settling_grace(&self) -> i64 {
        self.settling_grace
    }

    /// The side an office of this role is on and whose registrations it reaches on a day; none for roles that settle no
    /// cases. An office that has taken others over reaches theirs as its own.
    pub fn standpoint(&self, role: Role, office: &str, day: Date) -> Option<Standpoint> {
        let side = role.side()?;
        let order = self.orders.on(day);
        let taken_over = order.and_then(|order| order.taken_over.get(office));
        let scope = match (role, side) {
            (_, Side::Population) => Scope::All,
            (Role::JusticeDepartment, _) => match order.and_then(|order| order.areas.get(office)) {
                Some(area) => Scope::Area(Arc::clone(area)),
                // Only where no offices are registered at all, in development, is a department over everything.
                None if self.lists_offices() => Scope::Office(office.into()),
                None => Scope::All,
            },
            _ => match order.and_then(|order| order.reach.get(office)) {
                Some(reach) => Scope::Area(Arc::clone(reach)),
                None => Scope::Office(office.into()),
            },
        };
        Some(Standpoint {
            side,
            scope,
            taken_over: taken_over.map(Arc::clone).unwrap_or_default(),
        })
    }
}
