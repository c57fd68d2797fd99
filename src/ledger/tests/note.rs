//! Signed notes: known ones of others, and our own.

use proptest::prelude::*;

use super::ring;
use crate::ledger::{KeyRing, NoteError, NoteVerifier};

/// The example of Go's `golang.org/x/mod/sumdb/note`: key, text, and the line with the signature.
const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const TEXT: &str =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const SIGNATURE: &str = "\u{2014} PeterNeumann \
    x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

#[test]
fn a_note_of_another_implementation_is_read() {
    let key = NoteVerifier::parse(KEY).unwrap();
    assert_eq!(key.to_string(), KEY);
    let note = format!("{TEXT}\n{SIGNATURE}");
    assert_eq!(key.open(&note), Ok(TEXT));
    let changed = note.replace("your", "my");
    assert_eq!(key.open(&changed), Err(NoteError::Signature));
    // Among the signatures of others ours is found, and another's does not count.
    let own = ring().note.verifier().unwrap();
    assert_eq!(own.open(&note), Err(NoteError::OtherKey));
}

#[test]
fn every_server_of_an_installation_signs_alike_and_no_other_does() {
    let other = KeyRing::new(&[9; 32], &[2; 32], &[3; 32]).unwrap();
    let note = ring().note.sign(TEXT).unwrap();
    assert_eq!(note, ring().note.sign(TEXT).unwrap());
    assert_eq!(ring().note.verifier().unwrap().open(&note), Ok(TEXT));
    assert_eq!(other.note.verifier().unwrap().open(&note), Err(NoteError::OtherKey));
}

#[test]
fn what_is_no_key_is_none() {
    for text in [
        "",
        "dinhdanh",
        "dinhdanh+0+0",
        "+c74f20a3+AR",
        &KEY.replace("c74f", "c74e"),
        &KEY[..40],
    ] {
        assert_eq!(NoteVerifier::parse(text), Err(NoteError::Key), "{text}");
    }
}

proptest! {
    #[test]
    fn a_note_with_any_byte_changed_does_not_open(at in 0..400_usize, to in any::<char>()) {
        let (key, note) = (ring().note.verifier().unwrap(), ring().note.sign(TEXT).unwrap());
        let mut letters: Vec<char> = note.chars().collect();
        let at = at % letters.len();
        prop_assume!(letters[at] != to);
        letters[at] = to;
        let changed: String = letters.into_iter().collect();
        prop_assert_ne!(key.open(&changed), Ok(TEXT));
    }
}
