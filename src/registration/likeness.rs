//! Whether two registrations may be of one child: the closer look after a shared blocking key.

use jiff::civil::Date;

use super::keys::DAYS_BETWEEN_BIRTHS;
use super::{PartialDate, Registration};
use crate::number::Codes;

/// Whether `new` may be of the child that `known` is of, so that somebody must look before a number is given.
///
/// It may, if both say for certain who the child is and say the same; if the mother may be the same and the births lie
/// within 180 days, save for children declared of one multiple birth; if name, birth and province are the same and
/// nothing tells the mothers apart; or if name, birth and one of the child's own papers are the same. Provinces count as their last successor. The answer is the same either way round.
pub fn may_be_same(new: &Registration, known: &Registration, codes: &Codes) -> bool {
    may_have_been_same(new, known, known, codes)
}

/// The same, by facts of `known` that were changed since: those of `now` alone say whether the two are children declared of
/// one multiple birth.
pub fn may_have_been_same(new: &Registration, known: &Registration, now: &Registration, codes: &Codes) -> bool {
    let another_birth = another_birth_of_one_mother(new, known, codes) && !declared_together(new, now);
    same_subject(new, known) || another_birth || same_name(new, known, codes) || same_paper(new, known)
}

fn same_subject(new: &Registration, known: &Registration) -> bool {
    new.subject().is_some_and(|subject| known.subject() == Some(subject))
}

fn another_birth_of_one_mother(new: &Registration, known: &Registration, codes: &Codes) -> bool {
    within_days(new.child.born, known.child.born) && !numbers_differ(new, known) && same_mother(new, known, codes)
}

fn same_mother(new: &Registration, known: &Registration, codes: &Codes) -> bool {
    let others = known.mothers(codes);
    new.mothers(codes).iter().any(|mother| others.contains(mother))
}

/// Whether the numbers of both mothers are known and none is common.
fn numbers_differ(new: &Registration, known: &Registration) -> bool {
    let (ours, theirs) = (new.mothers_numbers(), known.mothers_numbers());
    let common = ours.iter().any(|number| theirs.contains(number));
    !ours.is_empty() && !theirs.is_empty() && !common
}

fn declared_together(new: &Registration, known: &Registration) -> bool {
    let (ours, theirs) = (&new.child, &known.child);
    ours.births > 1 && ours.births == theirs.births && ours.order != theirs.order
}

fn same_name(new: &Registration, known: &Registration, codes: &Codes) -> bool {
    new.named_child(codes) == known.named_child(codes) && !mothers_told_apart(new, known)
}

fn same_paper(new: &Registration, known: &Registration) -> bool {
    let others = known.papered_children();
    new.papered_children().iter().any(|child| others.contains(child))
}

/// Whether both mothers are known and their names, or their full dates of birth, differ.
fn mothers_told_apart(new: &Registration, known: &Registration) -> bool {
    let (Some(ours), Some(theirs)) = (&new.mother, &known.mother) else {
        return false;
    };
    let births = ours.birth_date().zip(theirs.birth_date());
    ours.normal_name != theirs.normal_name || births.is_some_and(|(ours, theirs)| ours != theirs)
}

/// Whether the births may lie within 180 days of each other.
fn within_days(ours: PartialDate, theirs: PartialDate) -> bool {
    let days = |from: Date, to: Date| from.duration_until(to).as_hours() / 24;
    let apart = days(ours.latest(), theirs.earliest()).max(days(theirs.latest(), ours.earliest()));
    apart <= i64::from(DAYS_BETWEEN_BIRTHS)
}
