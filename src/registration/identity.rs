//! By what a child and its mother are known: the facts behind every key, and behind every likeness.

use jiff::civil::Date;

use super::{Paper, ParentFacts, PartialDate, Registration};
use crate::number::{Codes, Number, PlaceCode};

/// Who a child is, as far as that can be told from its registration for certain.
#[derive(PartialEq)]
pub(super) enum Subject<'a> {
    /// The child of a mother with a number, by birth and order among those born together.
    OfMother {
        number: Number,
        born: PartialDate,
        order: i32,
    },
    /// An abandoned child.
    Foundling {
        name: &'a str,
        born: PartialDate,
        office: &'a str,
    },
}

/// By what a mother may be met again.
#[derive(PartialEq)]
pub(super) enum Mother<'a> {
    /// One of her numbers.
    Number(Number),
    /// Name and full date of birth, within a province (as its last successor).
    Named {
        name: &'a str,
        born: Date,
        province: PlaceCode,
    },
}

/// By what a child may be met again.
#[derive(PartialEq)]
pub(super) struct Child<'a> {
    pub(super) name: &'a str,
    pub(super) born: PartialDate,
    /// As its last successor.
    pub(super) province: PlaceCode,
}

/// The same, by a paper of its own.
#[derive(PartialEq)]
pub(super) struct PaperedChild<'a> {
    pub(super) paper: &'a Paper,
    pub(super) name: &'a str,
    pub(super) born: PartialDate,
}

impl Registration {
    pub(super) fn subject(&self) -> Option<Subject<'_>> {
        let born = self.child.born;
        if self.foundling {
            let name = &self.child.normal_name;
            let office = self.reference.office.as_str();
            return Some(Subject::Foundling { name, born, office });
        }
        let number = *self.mother.as_ref()?.numbers.first()?;
        let order = self.child.order;
        Some(Subject::OfMother { number, born, order })
    }

    /// Every identity the mother has: each of her numbers, and her name where her birth is known in full.
    pub(super) fn mothers(&self, codes: &Codes) -> Vec<Mother<'_>> {
        let Some(mother) = &self.mother else {
            return Vec::new();
        };
        let named = mother.birth_date().map(|born| Mother::Named {
            name: &mother.normal_name,
            born,
            province: codes.successor_of(self.place),
        });
        let numbers = mother.numbers.iter().copied().map(Mother::Number);
        numbers.chain(named).collect()
    }

    pub(super) fn named_child(&self, codes: &Codes) -> Child<'_> {
        Child {
            name: &self.child.normal_name,
            born: self.child.born,
            province: codes.successor_of(self.place),
        }
    }

    /// The child by each of its papers.
    pub(super) fn papered_children(&self) -> Vec<PaperedChild<'_>> {
        let child = &self.child;
        let by = |paper| PaperedChild {
            paper,
            name: &child.normal_name,
            born: child.born,
        };
        child.papers.iter().map(by).collect()
    }

    pub(super) fn mothers_numbers(&self) -> &[Number] {
        self.mother.as_ref().map_or(&[], |mother: &ParentFacts| &mother.numbers)
    }
}
