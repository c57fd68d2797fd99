//! Checkpoints and bundles, and whatever somebody may hand us as one.

use proptest::prelude::*;
use uuid::Uuid;

use super::ring;
use crate::ledger::{
    Bundle, BundleError, Checkpoint, CheckpointError, EntryKind, Frontier, KeyRing, NoteError, RequestKey, Statement,
    Tiles,
};

/// An entry of a small ledger.
fn statement(position: i64) -> Statement {
    Statement {
        epoch: 1,
        position,
        kind: EntryKind::Issued,
        at: 1_800_000_000_000_000 + position,
        request: RequestKey {
            id: Uuid::from_u128(7),
            office: "26734".to_owned(),
        },
        effects: [5; 32],
        content: [6; 32],
    }
}

/// The bundle of the second of three entries.
fn bundle() -> Bundle {
    let leaves: Vec<_> = (1..=3).map(|position| statement(position).leaf()).collect();
    let mut frontier = Frontier::default();
    leaves.iter().for_each(|leaf| frontier.push(*leaf));
    let checkpoint = Checkpoint {
        size: frontier.size(),
        root: frontier.root(),
    };
    let mut tiles = Tiles::of(checkpoint.size, checkpoint.root);
    tiles.bring(crate::ledger::TileAt { level: 0, index: 0 }, leaves);
    Bundle {
        statement: statement(2),
        checkpoint: checkpoint.signed(&ring().note).unwrap(),
        proof: tiles.inclusion(1, 3).unwrap(),
    }
}

#[test]
fn a_checkpoint_is_read_as_it_was_signed() {
    let checkpoint = Checkpoint {
        size: 20_852_163,
        root: [7; 32],
    };
    let note = checkpoint.signed(&ring().note).unwrap();
    let text = "dinhdanh\n20852163\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n\n\u{2014} dinhdanh ";
    assert!(note.starts_with(text), "{note}");
    let verifier = ring().note.verifier().unwrap();
    assert_eq!(Checkpoint::open(&note, &verifier), Ok(checkpoint));
}

#[test]
fn what_is_signed_but_no_checkpoint_of_ours_does_not_count() {
    let verifier = ring().note.verifier().unwrap();
    let hash = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
    for text in [
        "a block of numbers\n".to_owned(),
        format!("somebody else\n3\n{hash}\n"),
        format!("dinhdanh\n03\n{hash}\n"),
        format!("dinhdanh\n-3\n{hash}\n"),
        format!("dinhdanh\n3\n{}\n", &hash[4..]),
        "dinhdanh\n3\n".to_owned(),
    ] {
        let note = ring().note.sign(&text).unwrap();
        assert_eq!(
            Checkpoint::open(&note, &verifier),
            Err(CheckpointError::Malformed),
            "{text}"
        );
    }
}

#[test]
fn a_bundle_is_checked_by_what_is_written_in_it() {
    let read = Bundle::parse(&bundle().text()).unwrap();
    assert_eq!(read, bundle());
    assert_eq!(read.check(&ring().note.verifier().unwrap()).unwrap().size, 3);
    let other = KeyRing::new(&[9; 32], &[2; 32], &[3; 32]).unwrap();
    let refused = read.check(&other.note.verifier().unwrap());
    assert_eq!(
        refused,
        Err(BundleError::Checkpoint(CheckpointError::Note(NoteError::OtherKey)))
    );
}

/// Writes something of an entry differently.
type Change = fn(&mut Statement);

/// Whatever of the entry is written differently, it is no longer the one that was signed.
#[test]
fn every_part_of_an_entry_is_bound_to_its_leaf() {
    let verifier = ring().note.verifier().unwrap();
    let changes: [(&str, Change); 8] = [
        ("epoch", |it| it.epoch = 2),
        ("position", |it| it.position = 3),
        ("kind", |it| it.kind = EntryKind::Confirmed),
        ("at", |it| it.at += 1),
        ("office", |it| it.request.office = "26735".to_owned()),
        ("request id", |it| it.request.id = Uuid::from_u128(8)),
        ("effects", |it| it.effects[0] ^= 1),
        ("content", |it| it.content[31] ^= 1),
    ];
    for (what, change) in changes {
        let mut changed = bundle();
        change(&mut changed.statement);
        assert_eq!(changed.check(&verifier), Err(BundleError::Proof), "{what}");
    }
    for position in [0, -1, i64::MIN, i64::MAX] {
        let mut changed = bundle();
        changed.statement.position = position;
        assert_eq!(changed.check(&verifier), Err(BundleError::Proof), "{position}");
    }
}

proptest! {
    /// A bundle with a character changed is refused, or says the same as before.
    #[test]
    fn a_bundle_with_a_character_changed_proves_nothing_else(
        place in any::<prop::sample::Index>(),
        character in any::<char>(),
    ) {
        let text = bundle().text();
        let mut characters: Vec<char> = text.chars().collect();
        let place = place.index(characters.len());
        characters[place] = character;
        let changed: String = characters.into_iter().collect();
        let verifier = ring().note.verifier().unwrap();
        if let Ok(read) = Bundle::parse(&changed)
            && read.check(&verifier).is_ok()
        {
            prop_assert_eq!(read.statement, bundle().statement);
            prop_assert_eq!(read.proof, bundle().proof);
        }
    }
}
