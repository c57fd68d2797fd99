//! Stored forms, key files, and notes that came from elsewhere.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::mem::discriminant;

use super::{
    Anchor, Bundle, Checkpoint, EntryKind, Frontier, KeyRing, NoteVerifier, RequestKey, Sealed, Statement,
    goes_on_from, is_included,
};
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
            key: key.current().id(),
            bytes: bytes.to_vec(),
        };
        let opened = key.open(b"row", &sealed).is_ok();
        assert_eq!(opened, right.contains(&sealed.bytes));
        let _ = key.reseal(key.current().id(), [4; 12], b"other", &sealed);
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

/// The text of a checkpoint, signed: what stands in it is read as it was written.
#[test]
fn checkpoint() {
    let ring = ring();
    let key = ring.note.verifier().unwrap();
    let checkpoint = Checkpoint {
        size: 20_852_163,
        root: [7; 32],
    };
    let signed = checkpoint.signed(&ring.note).unwrap();
    let text = key.open(&signed).unwrap();
    let more = format!("{text}an extension\n");
    let words = ["dinhdanh", "9223372036854775808", "=", "\n\n"];
    Fuzz::of(Form::Text).words(words).seeds([text, &more]).run(|bytes| {
        let note = ring.note.sign(&String::from_utf8_lossy(bytes)).unwrap();
        let opened = Checkpoint::open(&note, &key);
        if let Ok(opened) = &opened {
            assert_eq!(
                Checkpoint::open(&opened.signed(&ring.note).unwrap(), &key).as_ref(),
                Ok(opened)
            );
        }
        opened.map(drop).map_err(|error| discriminant(&error))
    });
}

/// A bundle: only the entry that was proved is proved by whatever is made of it.
#[test]
fn bundle() {
    let ring = ring();
    let key = ring.note.verifier().unwrap();
    let statement = Statement {
        epoch: 1,
        position: 1,
        kind: EntryKind::Issued,
        at: 1_800_000_000_000_000,
        request: RequestKey {
            id: uuid::Uuid::from_u128(7),
            office: "26734".into(),
        },
        effects: [5; 32],
        content: [6; 32],
    };
    let mut frontier = Frontier::default();
    frontier.push(statement.leaf());
    let checkpoint = Checkpoint {
        size: 1,
        root: frontier.root(),
    };
    let bundle = Bundle {
        statement,
        checkpoint: checkpoint.signed(&ring.note).unwrap(),
        proof: Vec::new(),
    };
    let words = [
        "\"format\"",
        "\"proof\"",
        "\"entry\"",
        "9223372036854775807",
        "[[",
        "{{",
    ];
    Fuzz::of(Form::Text)
        .words(words)
        .seed(bundle.text().as_str())
        .run(|bytes| {
            let read = Bundle::parse(&String::from_utf8_lossy(bytes));
            if let Ok(read) = &read {
                assert_eq!(Bundle::parse(&read.text()).as_ref(), Ok(read));
                if read.check(&key).is_ok() {
                    assert_eq!(read.statement, bundle.statement);
                }
            }
            read.map(drop).map_err(|error| discriminant(&error))
        });
}

/// An anchor: a line of which anything was changed is none.
#[test]
fn anchor() {
    let anchor = Anchor {
        epoch: 1,
        size: 20_852_163,
        root: [7; 32],
        drawn: 19_000_000,
    };
    let words = ["dinhdanh-anchor-1", "-1", "9223372036854775808"];
    Fuzz::of(Form::Text)
        .words(words)
        .seed(anchor.line().as_str())
        .run(|bytes| {
            let line = String::from_utf8_lossy(bytes);
            let read = Anchor::parse(&line);
            if let Some(read) = &read {
                assert_eq!(read.line(), line.trim());
            }
            read.is_some()
        });
}

/// Proofs of whatever sizes, places and hashes somebody may send.
#[test]
fn proof() {
    let seed = |size: u64, index: u64, hashes: usize| {
        [&size.to_be_bytes()[..], &index.to_be_bytes(), &vec![9; 32 * hashes]].concat()
    };
    let seeds = [
        seed(1, 0, 0),
        seed(300, 7, 9),
        seed(u64::MAX, 1 << 62, 64),
        seed(0, 0, 1),
    ];
    Fuzz::of(Form::Bytes).seeds(seeds).run(|bytes| {
        let (size, rest) = bytes.split_first_chunk()?;
        let (index, rest) = rest.split_first_chunk()?;
        let (size, index) = (u64::from_be_bytes(*size), u64::from_be_bytes(*index));
        let (hashes, _) = rest.as_chunks::<32>();
        let included = is_included(hashes, (size, &[9; 32]), index, &[8; 32]);
        Some((included, goes_on_from(hashes, (index, &[9; 32]), (size, &[8; 32]))))
    });
}
