use proptest::option;
use proptest::prelude::*;
use uuid::Uuid;

use super::ring;
use crate::ledger::{Context, Draft, Entry, EntryKind, Placement, RequestKey};
use crate::number::{Number, PlaceCode, Prefix, Sex, Slot};

/// Everything a leaf commits to.
#[derive(Debug, Clone, PartialEq)]
struct Said {
    placement: (i64, i64, usize, i64, i64),
    number: Option<u32>,
    case_id: Option<u128>,
    request: (u128, String),
    context: (String, String),
    digest: [u8; 16],
    content: Vec<u8>,
    salt: [u8; 32],
}

/// Values from small ranges, so that two of them often differ in one field alone.
fn said() -> impl Strategy<Value = Said> {
    let text = || "[ab]{0,2}";
    (
        (1..3_i64, 1..3_i64, 0..5_usize, 1..3_i64, 0..2_i64),
        option::of(0..3_u32),
        option::of(1..3_u128),
        (0..2_u128, text()),
        (text(), text()),
        (0..2_u8).prop_map(|byte| [byte; 16]),
        prop::collection::vec(0..2_u8, 0..3),
        (0..2_u8).prop_map(|byte| [byte; 32]),
    )
        .prop_map(
            |(placement, number, case_id, request, context, digest, content, salt)| Said {
                placement,
                number,
                case_id,
                request,
                context,
                digest,
                content,
                salt,
            },
        )
}

fn number(counter: u32) -> (Slot, Number) {
    let prefix = Prefix::new(PlaceCode::new(79).unwrap(), Sex::Male, 2026).unwrap();
    let slot = Slot::of(prefix, counter).unwrap();
    (slot, ring().picker.at(slot))
}

fn entry(said: &Said, nonce: u8) -> Entry {
    let (position, epoch, kind, decision, at) = said.placement;
    let request = RequestKey {
        id: Uuid::from_u128(said.request.0),
        office: said.request.1.clone(),
    };
    let context = Context {
        officer: said.context.0.clone(),
        purpose: said.context.1.clone(),
    };
    let randomness = (said.salt, [nonce; 12]);
    let draft = Draft::seal(&ring(), request, context, said.digest, &said.content, randomness).unwrap();
    let placement = Placement {
        position,
        epoch,
        kind: EntryKind::ALL[kind].0,
        decision,
        number: said.number.map(number),
        case_id: said.case_id.map(Uuid::from_u128),
        changed: Vec::new(),
        at,
    };
    Entry::place(draft, placement)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn leaves_are_equal_exactly_where_the_entries_say_the_same(ours in said(), theirs in said()) {
        let [leaf, other] = [entry(&ours, 0).leaf, entry(&theirs, 1).leaf];
        prop_assert_eq!(leaf == other, ours == theirs);
    }

    #[test]
    fn the_leaf_is_found_again_from_what_the_seal_opens_to(said in said()) {
        let entry = entry(&said, 0);
        let (salt, content) = ring().seal.open(&entry.request.binding(), &entry.sealed).unwrap();
        prop_assert_eq!(&content, &said.content);
        prop_assert_eq!(entry.expected_leaf(&salt, &content, &[]), entry.leaf);
        prop_assert_ne!(entry.expected_leaf(&salt, &content, &[1]), entry.leaf);
        prop_assert_ne!(entry.expected_leaf(&salt, &[content.as_slice(), &[9]].concat(), &[]), entry.leaf);
    }
}

/// A change of each field alone: what the generated pairs hit by chance is hit here for certain.
#[test]
fn each_field_alone_changes_the_leaf() {
    let said = Said {
        placement: (5, 1, 1, 5, 100),
        number: Some(1),
        case_id: None,
        request: (7, "079-001".to_owned()),
        context: ("officer".to_owned(), "purpose".to_owned()),
        digest: [3; 16],
        content: b"content".to_vec(),
        salt: [4; 32],
    };
    let changes: [fn(&mut Said); 17] = [
        |said| said.placement.0 += 1,
        |said| said.placement.1 += 1,
        |said| said.placement.2 += 1,
        |said| said.placement.3 += 1,
        |said| said.placement.4 += 1,
        |said| said.number = None,
        |said| said.number = Some(2),
        |said| said.case_id = Some(1),
        |said| said.request.0 += 1,
        |said| said.request.1.push('1'),
        |said| said.context.0.push('1'),
        |said| said.context.1.push('1'),
        |said| said.context = ("officerp".to_owned(), "urpose".to_owned()),
        |said| said.digest[15] ^= 1,
        |said| said.content.push(0),
        |said| said.salt[31] ^= 1,
        |said| std::mem::swap(&mut said.placement.0, &mut said.placement.1),
    ];
    let leaf = entry(&said, 0).leaf;
    for (which, change) in changes.into_iter().enumerate() {
        let mut changed = said.clone();
        change(&mut changed);
        assert_ne!(entry(&changed, 0).leaf, leaf, "change {which}");
    }
}

#[test]
fn sealing_anew_leaves_the_leaf_as_it_was() {
    let said = Said {
        placement: (1, 1, 1, 1, 0),
        number: None,
        case_id: None,
        request: (1, String::new()),
        context: (String::new(), String::new()),
        digest: [0; 16],
        content: b"content".to_vec(),
        salt: [4; 32],
    };
    let [ours, theirs] = [entry(&said, 0), entry(&said, 1)];
    assert_ne!(ours.sealed, theirs.sealed);
    assert_eq!(ours.leaf, theirs.leaf);
}

#[test]
fn every_kind_has_one_code() {
    for (kind, code) in EntryKind::ALL {
        assert_eq!((kind.code(), EntryKind::from_code(code)), (code, Some(kind)));
    }
    for unknown in [-1, 19, 23, 32, i64::MAX] {
        assert_eq!(EntryKind::from_code(unknown), None);
    }
}

#[test]
fn debug_of_entries_shows_neither_content_nor_number() {
    let said = Said {
        placement: (1, 1, 1, 1, 0),
        number: Some(0),
        case_id: None,
        request: (1, "079-001".to_owned()),
        context: ("Lê Văn Sĩ".to_owned(), "secret purpose".to_owned()),
        digest: [0; 16],
        content: "Nguyễn Thị Hòa Bình".as_bytes().to_vec(),
        salt: [0xd4; 32],
    };
    let entry = entry(&said, 0);
    let (_, number) = number(0);
    let request = entry.request.clone();
    let draft = Draft::seal(
        &ring(),
        request,
        entry.context.clone(),
        said.digest,
        &said.content,
        (said.salt, [0; 12]),
    )
    .unwrap();
    let shown = format!("{entry:?} {entry:#?} {draft:?}");
    let digits = number.to_string();
    for secret in [
        "Nguyễn",
        "Hòa",
        "Sĩ",
        "secret",
        "78, 103, 117",
        "212, 212",
        &digits,
        &digits[3..],
        &digits[6..],
    ] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}
