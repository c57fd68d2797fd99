//! Stored forms, key files, and notes that came from elsewhere.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::mem::discriminant;

use super::{Frontier, KeyRing, NoteVerifier, RequestKey, Sealed};
use crate::fuzzing::{Form, Fuzz};

fn ring() -> KeyRing {
    KeyRing::new(&[1; 32], &[2; 32], &[3; 32]).unwrap()
}

/// The example of Go's `golang.org/x/mod/sumdb/note`.
const OTHER_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

/// A public key.
#[test]
fn note_key() {
    let own = ring().note.verifier().unwrap().to_string();
    Fuzz::of(Form::Text).seeds([own.as_str(), OTHER_KEY]).run(|bytes| {
        let read = NoteVerifier::parse(&String::from_utf8_lossy(bytes));
        if let Ok(key) = &read {
            assert_eq!(NoteVerifier::parse(&key.to_string()).as_ref(), Ok(key));
        }
        read.map(drop).map_err(|error| discriminant(&error))
    });
}

/// A signed note. Whatever is made of one, only the text that was signed comes out.
#[test]
fn note() {
    let (ring, text) = (ring(), "dinhdanh block v1\n7\n");
    let (key, signed) = (ring.note.verifier().unwrap(), ring.note.sign(text).unwrap());
    let words = ["\u{2014} dinhdanh ", "\n\n", "dinhdanh", "PeterNeumann", "=="];
    let several = format!("{signed}\u{2014} PeterNeumann x08go/ZJkuBS9UG=\n");
    Fuzz::of(Form::Text)
        .words(words)
        .seeds([signed.as_str(), &several])
        .longest(96 * 1024)
        .run(|bytes| {
            let note = String::from_utf8_lossy(bytes);
            let opened = key.open(&note);
            if let Ok(opened) = opened {
                assert_eq!(opened, text);
            }
            opened.map(drop).map_err(|error| discriminant(&error))
        });
}

/// A key file.
#[test]
fn key_file() {
    let text = KeyRing::file_text(&[1; 32], &[2; 32], &[3; 32]);
    let words = ["format = 1", "index", "picker", "seal", "\"\"\"", "'''", "[["];
    Fuzz::of(Form::Text).words(words).seed(text.as_str()).run(|bytes| {
        let read = KeyRing::from_file_text(&String::from_utf8_lossy(bytes));
        read.map(drop).map_err(|error| error.to_string())
    });
}

/// What the store keeps of the tree: the size, then the roots.
#[test]
fn frontier() {
    let mut frontier = Frontier::default();
    (0..11).for_each(|leaf| frontier.push([leaf; 32]));
    let stored = |size: i64, frontier: &Frontier| [&size.to_be_bytes()[..], &frontier.encode()].concat();
    let seeds = [
        stored(11, &frontier),
        stored(0, &Frontier::default()),
        stored(i64::MAX, &frontier),
    ];
    Fuzz::of(Form::Bytes).seeds(seeds).run(|bytes| {
        let (size, roots) = bytes.split_first_chunk()?;
        let mut frontier = Frontier::decode(i64::from_be_bytes(*size), roots).ok()?;
        assert_eq!(frontier.encode(), roots);
        let size = frontier.size();
        frontier.push([0; 32]);
        let _ = frontier.root();
        assert_eq!(frontier.size(), size + 1);
        Some(roots.len())
    });
}

/// Sealed content: nothing opens but what was sealed, for whom it was sealed.
#[test]
fn sealed() {
    let key = ring().seal;
    let seal = |bound: &[u8], content: &[u8]| key.seal([4; 12], bound, &[5; 32], content).unwrap().bytes;
    let seeds = [seal(b"row", b"content"), seal(b"other", b"content"), seal(b"row", b"")];
    let right = [seeds[0].clone(), seeds[2].clone()];
    Fuzz::of(Form::Bytes).seeds(seeds).run(|bytes| {
        let sealed = Sealed {
            key: key.id(),
            bytes: bytes.to_vec(),
        };
        let opened = key.open(b"row", &sealed).is_ok();
        assert_eq!(opened, right.contains(&sealed.bytes));
        let _ = key.open_bytes(b"other", &sealed);
        opened
    });
}

/// The request that the row of a block names.
#[test]
fn binding() {
    let request = RequestKey {
        id: uuid::Uuid::from_u128(7),
        office: "26734".into(),
    };
    Fuzz::of(Form::Bytes).seed(request.binding()).run(|bytes| {
        let request = RequestKey::from_binding(bytes);
        if let Some(request) = &request {
            assert_eq!(request.binding(), bytes);
        }
        request.is_some()
    });
}
