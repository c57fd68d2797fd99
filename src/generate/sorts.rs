//! Which birth comes next.

use super::Mix;
use super::calendar::Moment;
use super::dice::Dice;
use super::draft::Draft;
use super::maker::Maker;

/// A birth, of however many children.
#[derive(Clone, Copy)]
enum Birth {
    Ordinary,
    Twins,
    Triplets,
    SplitTwins,
    Foundling,
    Late,
    LateGrown,
    ReRegistration,
    ForeignParent,
    ForeignOnly,
    Abroad,
    AbroadEntry,
}

/// A mix as likelihoods of births. The mix counts children, so a birth of several is so many times less likely.
pub(super) struct Sorts {
    /// Each with its weight in sixths of 1 in 10,000.
    weights: [(Birth, u32); 12],
    total: u32,
}

impl Sorts {
    /// None if the shares add up to more than the whole.
    pub(super) fn of(mix: &Mix) -> Option<Sorts> {
        let shares = [
            (Birth::Twins, mix.twins, 2),
            (Birth::Triplets, mix.triplets, 3),
            (Birth::SplitTwins, mix.second_twins.checked_mul(2)?, 2),
            (Birth::Foundling, mix.foundlings, 1),
            (Birth::Late, mix.late, 1),
            (Birth::LateGrown, mix.late_grown, 1),
            (Birth::ReRegistration, mix.re_registrations, 1),
            (Birth::ForeignParent, mix.foreign_parent, 1),
            (Birth::ForeignOnly, mix.foreign_only, 1),
            (Birth::Abroad, mix.abroad, 1),
            (Birth::AbroadEntry, mix.abroad_entries, 1),
        ];
        let special = shares
            .iter()
            .try_fold(0_u32, |sum, (_, share, _)| sum.checked_add(*share))?;
        let mut weights = [(Birth::Ordinary, 10_000_u32.checked_sub(special)? * 6); 12];
        for (weight, (birth, share, children)) in weights.iter_mut().zip(shares) {
            *weight = (birth, share * (6 / children));
        }
        let total = weights.iter().map(|(_, weight)| weight).sum();
        Some(Sorts { weights, total })
    }

    /// Makes the next birth. Where fewer than three children are still to come, it is one of a single child.
    pub(super) fn next(&self, maker: &mut Maker, at: Moment, room: u64) -> Vec<Draft> {
        let birth = if room < 3 {
            Birth::Ordinary
        } else {
            self.draw(&mut maker.dice)
        };
        let single = match birth {
            Birth::Twins => return maker.multiple(at, 2),
            Birth::Triplets => return maker.multiple(at, 3),
            Birth::Ordinary => maker.ordinary(at),
            Birth::SplitTwins => maker.split_twins(at),
            Birth::Foundling => maker.foundling(at),
            Birth::Late => maker.late(at),
            Birth::LateGrown => maker.late_grown(at),
            Birth::ReRegistration => maker.re_registration(at),
            Birth::ForeignParent => maker.foreign_parent_birth(at),
            Birth::ForeignOnly => maker.foreign_only(at),
            Birth::Abroad => maker.abroad(at),
            Birth::AbroadEntry => maker.abroad_entry(at),
        };
        vec![single]
    }

    fn draw(&self, dice: &mut Dice) -> Birth {
        let mut left = dice.below(self.total);
        for (birth, weight) in self.weights {
            match left.checked_sub(weight) {
                Some(rest) => left = rest,
                None => return birth,
            }
        }
        Birth::Ordinary
    }
}
