//! Twins and triplets.

use super::calendar::Moment;
use super::draft::Draft;
use super::families::Family;
use super::maker::Maker;
use super::names::slip;
use super::{Expected, Sort};
use crate::proto::v1::person::Born;
use crate::proto::v1::{BirthRegistration, Register, RegistrationKind};

/// Of 10,000 pairs so many are born on both sides of midnight.
const AT_MIDNIGHT: u32 = 500;
/// Of 10,000 later children of one birth so many are of the same sex as the first.
const SAME_SEX: u32 = 6_500;

impl Maker {
    /// All children of one birth, declared as such, one entry after another.
    pub(super) fn multiple(&mut self, at: Moment, births: i32) -> Vec<Draft> {
        let born = at.day - self.days_until_registered();
        let (desk, family) = self.at_home(born);
        let sort = if births == 2 { Sort::Twin } else { Sort::Triplet };
        let first = self.registration(at, born, desk, &family, RegistrationKind::OnTime);
        let past_midnight = born < at.day && self.dice.chance(AT_MIDNIGHT);
        let mut children = vec![first];
        for order in 2..=births {
            let mut next = self.sibling(&family, &children);
            next.r#ref = Some(
                self.offices
                    .next_entry(desk, Register::Birth, self.calendar.year(at.day)),
            );
            if past_midnight && let Some(child) = next.child.as_mut().filter(|_| order == births) {
                child.date_of_birth = Some(self.calendar.date(born + 1));
            }
            children.push(next);
        }
        let declared = (1..).zip(children).map(|(order, mut registration)| {
            declare(&mut registration, order, births);
            Draft::new(born, desk, registration, sort, Expected::Number)
        });
        declared.collect()
    }

    /// A first twin who is entered as a single birth, with the second one behind it. The mother can be told again: by
    /// her number or by her full date of birth.
    pub(super) fn split_twins(&mut self, at: Moment) -> Draft {
        let born = at.day - self.days_until_registered();
        let (desk, mut family) = self.at_home(born);
        if let Some(mother) = &mut family.mother
            && matches!(mother.born, Some(Born::BirthYear(_)))
        {
            mother.born = Some(Born::DateOfBirth(
                self.calendar.date(born - self.dice.between(8_000, 12_000)),
            ));
        }
        let first = self.registration(at, born, desk, &family, RegistrationKind::OnTime);
        let mut second = self.sibling(&family, std::slice::from_ref(&first));
        if self.dice.chance(5_000) {
            declare(&mut second, 2, 2);
        }
        // The first item's sequence number is not known yet: it is filled in when that item is handed out.
        let second = Draft::new(born, desk, second, Sort::SecondTwin { of: 0 }, Expected::Review);
        Draft {
            second: Some(Box::new(second)),
            ..Draft::new(born, desk, first, Sort::Ordinary, Expected::Number)
        }
    }

    /// Another child of the same birth, with a name of its own and perhaps the other sex. It has its first sibling's
    /// entry until it is given another.
    fn sibling(&mut self, family: &Family, before: &[BirthRegistration]) -> BirthRegistration {
        let mut next = before.first().cloned().unwrap_or_default();
        if let Some(child) = &mut next.child {
            let sex = if self.dice.chance(SAME_SEX) {
                child.sex()
            } else {
                self.sex()
            };
            let mut name = self.child_name(family, sex);
            while before
                .iter()
                .filter_map(|other| other.child.as_ref())
                .any(|other| other.full_name == name)
            {
                name = slip(&name);
            }
            child.set_sex(sex);
            child.full_name = name;
        }
        next
    }
}

/// Says which of how many children born together this one is.
fn declare(registration: &mut BirthRegistration, order: i32, births: i32) {
    if let Some(child) = &mut registration.child {
        (child.birth_order, child.births) = (order, births);
    }
}
