//! Holding what a service answered against what it owed.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Expected, Item};
use crate::client::Answer;
use crate::number::Number;

/// How many items of one sort were answered how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Items sent.
    pub sent: u64,
    /// Answered with a number of their own.
    pub numbers: u64,
    /// Answered with what had been answered before.
    pub replayed: u64,
    /// Put under review.
    pub reviews: u64,
    /// Answered with an error.
    pub refused: u64,
    /// Answered otherwise than expected.
    pub surprises: u64,
}

/// Keeps the score. Memory grows with the number of children.
#[derive(Debug, Default)]
pub struct Judge {
    by_sort: BTreeMap<&'static str, Tally>,
    answers: HashMap<u64, Answer>,
    numbers: HashMap<Number, u64>,
    numbered: HashSet<u64>,
    reviewed: HashSet<u64>,
    rejected: HashSet<u64>,
    doubles: HashSet<u64>,
    broken: Vec<String>,
}

impl Judge {
    /// Notes the answer to an item. The item it follows must have been noted before.
    pub fn note(&mut self, item: &Item, answer: Answer) {
        let surprise = !self.as_expected(item, &answer);
        let tally = self.by_sort.entry(item.sort.name()).or_default();
        tally.sent += 1;
        tally.surprises += u64::from(surprise);
        match &answer {
            Answer::Issued { replayed: true, .. } | Answer::UnderReview { replayed: true, .. } => tally.replayed += 1,
            Answer::Issued { .. } => tally.numbers += 1,
            Answer::UnderReview { .. } => tally.reviews += 1,
            Answer::Rejected { .. } | Answer::Refused { .. } => tally.refused += 1,
        }
        self.account(item, &answer);
        self.answers.insert(item.sequence, answer);
    }

    /// By sort of item, how many were answered how.
    pub fn tallies(&self) -> impl Iterator<Item = (&'static str, &Tally)> {
        self.by_sort.iter().map(|(sort, tally)| (*sort, tally))
    }

    /// Broken promises: a number for two children, two numbers for one child, a first answer that changed. Empty if all
    /// is well. Positions in the sample are named, never persons.
    pub fn broken(&self) -> &[String] {
        &self.broken
    }

    /// Children with a number, children only under review, children only rejected.
    pub fn children(&self) -> (usize, usize, usize) {
        let reviewed = self.reviewed.difference(&self.numbered).count();
        let decided = |child: &&u64| self.numbered.contains(child) || self.reviewed.contains(child);
        let rejected = self.rejected.iter().filter(|child| !decided(child)).count();
        (self.numbered.len(), reviewed, rejected)
    }

    /// Children entered twice of whom only one registration got a number, and all children entered twice.
    pub fn doubles(&self) -> (usize, usize) {
        let caught = self
            .doubles
            .iter()
            .filter(|child| self.reviewed.contains(child))
            .count();
        (caught, self.doubles.len())
    }

    fn as_expected(&self, item: &Item, answer: &Answer) -> bool {
        match (item.expected, answer) {
            (Expected::Number, Answer::Issued { replayed, .. })
            | (Expected::OneOfTwo, Answer::Issued { replayed, .. } | Answer::UnderReview { replayed, .. })
            | (Expected::Review, Answer::UnderReview { replayed, .. }) => !replayed,
            (Expected::NotEligible, Answer::Rejected { reason }) => reason == "NOT_ELIGIBLE",
            (Expected::IdReused, Answer::Refused { reason, .. }) => reason == "REQUEST_ID_REUSED",
            (Expected::SameAnswer, answer) => self.is_first_answer(item, answer),
            _ => false,
        }
    }

    fn is_first_answer(&self, item: &Item, answer: &Answer) -> bool {
        let first = item.follows().and_then(|of| self.answers.get(&of));
        match (first, answer) {
            (
                Some(Answer::Issued { number, .. }),
                Answer::Issued {
                    number: again,
                    replayed: true,
                    ..
                },
            ) => number == again,
            (
                Some(Answer::UnderReview { case_id, .. }),
                Answer::UnderReview {
                    case_id: again,
                    replayed: true,
                    ..
                },
            ) => case_id == again,
            (Some(Answer::Rejected { reason }), Answer::Rejected { reason: again }) => reason == again,
            _ => false,
        }
    }

    fn account(&mut self, item: &Item, answer: &Answer) {
        let child = item.child;
        match item.expected {
            Expected::OneOfTwo => {
                self.doubles.insert(child);
            }
            Expected::SameAnswer if !self.is_first_answer(item, answer) => {
                self.broken.push(format!(
                    "item {}: a resent request was not given its first answer",
                    item.sequence
                ));
            }
            _ => {}
        }
        match answer {
            Answer::Issued { number, replayed, .. } => self.account_number(item, *number, *replayed),
            Answer::UnderReview { .. } => {
                self.reviewed.insert(child);
            }
            Answer::Rejected { .. } => {
                self.rejected.insert(child);
            }
            Answer::Refused { .. } => {}
        }
    }

    fn account_number(&mut self, item: &Item, number: Number, replayed: bool) {
        let holder = *self.numbers.entry(number).or_insert(item.child);
        if holder != item.child {
            self.broken
                .push(format!("item {}: the number belongs to another child", item.sequence));
        }
        let first = self.numbered.insert(item.child);
        // Of a child entered twice the two registrations may, rarely, be too unlike for any rule to tell.
        if !replayed && !first && item.expected != Expected::OneOfTwo {
            self.broken
                .push(format!("item {}: the child has two numbers", item.sequence));
        }
    }
}
