use std::collections::BTreeSet;

use aes::Aes256;
use fpe::ff1::{FF1, FlexibleNumeralString};
use proptest::prelude::*;

use super::super::{Exhausted, NUMBERS_PER_PREFIX, Number, Picker, Prefix, Sex, Slot, free_counters};
use super::{any_prefix, code};

const KEY: [u8; 32] = [7; 32];

fn prefix() -> Prefix {
    Prefix::new(code(1), Sex::Male, 2026).unwrap()
}

/// FF1 by the library's own numeral strings.
fn ff1(key: &[u8; 32], tweak: &[u8], digits: &str) -> String {
    let numerals: Vec<u16> = digits.bytes().map(|digit| u16::from(digit - b'0')).collect();
    let cipher = FF1::<Aes256>::new(key, 10).unwrap();
    let numerals: Vec<u16> = cipher
        .encrypt(tweak, &FlexibleNumeralString::from(numerals))
        .unwrap()
        .into();
    numerals.iter().map(u16::to_string).collect()
}

/// Samples 7 and 8 that NIST publishes for SP 800-38G: FF1, AES-256, radix 10.
#[test]
fn the_library_gives_the_published_samples() {
    let key = [
        0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c, //
        0xef, 0x43, 0x59, 0xd8, 0xd5, 0x80, 0xaa, 0x4f, 0x7f, 0x03, 0x6d, 0x6f, 0x04, 0xfc, 0x6a, 0x94,
    ];
    assert_eq!(ff1(&key, b"", "0123456789"), "6657667009");
    assert_eq!(ff1(&key, b"9876543210", "0123456789"), "1001623463");
}

/// Numbers already given depend on key, tweak and order of digits. If this fails, a change would give them again.
#[test]
fn the_permutation_never_changes() {
    let picker = Picker::new(&KEY);
    let first: Vec<String> = (0..4)
        .map(|counter| picker.number(prefix(), counter).unwrap().to_string())
        .collect();
    assert_eq!(first, ["001226279551", "001226264388", "001226666049", "001226284646"]);
}

/// All of one prefix: a million different numbers, each leading back to its counter, and then none.
#[test]
fn one_prefix_is_permuted_whole() {
    let picker = Picker::new(&KEY);
    let mut drawn = vec![false; 1_000_000];
    for counter in 0..NUMBERS_PER_PREFIX {
        let number = picker.number(prefix(), counter).unwrap();
        assert_eq!(number.prefix(), prefix());
        assert_eq!(picker.counter(number), counter);
        let seen = &mut drawn[usize::try_from(number.serial()).unwrap()];
        assert!(!std::mem::replace(seen, true), "drawn twice at {counter}");
    }
    assert!(drawn.iter().all(|drawn| *drawn));
    assert_eq!(picker.number(prefix(), NUMBERS_PER_PREFIX), Err(Exhausted));
}

#[test]
fn prefixes_and_keys_differ() {
    let serials = |key: u8, sex, year| -> Vec<u32> {
        let (picker, prefix) = (Picker::new(&[key; 32]), Prefix::new(code(1), sex, year).unwrap());
        (0..1000)
            .map(|counter| picker.number(prefix, counter).unwrap().serial())
            .collect()
    };
    let here = serials(7, Sex::Male, 2026);
    for other in [
        serials(7, Sex::Female, 2026),
        serials(7, Sex::Male, 2025),
        serials(8, Sex::Male, 2026),
    ] {
        let equal = here.iter().zip(&other).filter(|(a, b)| a == b).count();
        assert!(equal <= 3, "{equal} of 1000 agree; one in a million would by chance");
    }
}

#[test]
fn slots_end_exactly() {
    assert_eq!(Slot::of(prefix(), 999_999).map(Slot::value), Ok(1_226_999_999));
    for beyond in [1_000_000, 1_000_001, u32::MAX] {
        assert_eq!(Slot::of(prefix(), beyond), Err(Exhausted));
        assert_eq!(Picker::new(&KEY).number(prefix(), beyond), Err(Exhausted));
    }
}

#[test]
fn a_picker_does_not_show_its_key() {
    assert_eq!(format!("{:?}", Picker::new(&KEY)), "Picker { .. }");
}

proptest! {
    #[test]
    fn digits_are_ff1_of_the_counter(key in any::<[u8; 32]>(), prefix in any_prefix(), counter in 0_u32..1_000_000) {
        let number = Picker::new(&key).number(prefix, counter).unwrap();
        let serial = ff1(&key, prefix.to_string().as_bytes(), &format!("{counter:06}"));
        prop_assert_eq!(number.to_string(), format!("{prefix}{serial}"));
    }

    #[test]
    fn number_and_slot_are_inverse(prefix in any_prefix(), serial in 0_u32..1_000_000) {
        let picker = Picker::new(&KEY);
        let number = Number::new(prefix, serial).unwrap();
        let slot = picker.slot(number);
        prop_assert_eq!(picker.at(slot), number);
        prop_assert_eq!((slot.prefix(), slot.counter()), (prefix, picker.counter(number)));
        prop_assert_eq!(Slot::from_value(slot.value()), Ok(slot));
        prop_assert_eq!(slot.value(), i64::from(prefix.value()) * 1_000_000 + i64::from(slot.counter()));
    }

    #[test]
    fn free_counters_are_all_but_the_taken(
        next in 999_900_u32..=1_000_001,
        taken in proptest::collection::btree_set(999_890_u32..1_000_005, 0..120),
        want in 0_usize..130,
    ) {
        let all: Vec<u32> = (next..1_000_000).filter(|counter| !taken.contains(counter)).collect();
        let free = free_counters(next, taken.range(next..).copied(), want);
        prop_assert_eq!(&free[..], &all[..want.min(all.len())]);
    }

    /// However draws and numbers from elsewhere come mixed, no counter is used twice and none is left out.
    #[test]
    fn a_prefix_is_used_up_exactly(
        taken in proptest::collection::btree_set(999_800_u32..1_000_000, 0..150),
        wants in proptest::collection::vec(1_usize..40, 1..40),
    ) {
        let (mut next, mut drawn) = (999_800, BTreeSet::new());
        for want in wants.into_iter().chain([200]) {
            let free = free_counters(next, taken.range(next..).copied(), want);
            let exhausted = free.len() < want;
            for counter in free {
                next = counter + 1;
                prop_assert!(!taken.contains(&counter) && drawn.insert(counter));
            }
            if exhausted {
                prop_assert_eq!(drawn.len() + taken.len(), 200);
            }
        }
        prop_assert_eq!(drawn.len() + taken.len(), 200);
    }
}

#[test]
fn taken_counters_are_read_only_as_far_as_needed() {
    let mut read = 0;
    let taken = (10..NUMBERS_PER_PREFIX).inspect(|_| read += 1);
    assert_eq!(free_counters(0, taken, 10), (0..10).collect::<Vec<_>>());
    assert!(read <= 2);
    assert!(free_counters(0, 0..NUMBERS_PER_PREFIX, 1).is_empty());
    assert_eq!(free_counters(0, std::iter::empty(), usize::MAX).len(), 1_000_000);
}
