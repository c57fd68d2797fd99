use proptest::collection::vec;
use proptest::prelude::*;

use super::ring;
use crate::ledger::{KeyRing, NONCE_BYTES, SALT_BYTES, SealError, Sealed};

const BOUND_TO: &[u8] = b"request and office";
const SALT: [u8; SALT_BYTES] = [7; SALT_BYTES];
const NONCE: [u8; NONCE_BYTES] = [5; NONCE_BYTES];

fn sealed() -> Sealed {
    ring().seal.seal(NONCE, BOUND_TO, &SALT, b"facts of a birth").unwrap()
}

proptest! {
    #[test]
    fn what_was_sealed_opens_to_its_salt_and_content(
        content in vec(any::<u8>(), 0..300),
        bound_to in vec(any::<u8>(), 0..40),
        salt: [u8; SALT_BYTES],
        nonce: [u8; NONCE_BYTES],
    ) {
        let ring = ring();
        let sealed = ring.seal.seal(nonce, &bound_to, &salt, &content).unwrap();
        prop_assert_eq!(ring.seal.open(&bound_to, &sealed), Ok((salt, content)));
    }
}

#[test]
fn one_changed_bit_anywhere_keeps_it_shut() {
    let (ring, sealed) = (ring(), sealed());
    for at in 0..sealed.bytes.len() {
        for bit in 0..8 {
            let mut changed = sealed.clone();
            changed.bytes[at] ^= 1 << bit;
            assert_eq!(
                ring.seal.open(BOUND_TO, &changed),
                Err(SealError::Changed),
                "bit {bit} of byte {at}"
            );
        }
    }
}

#[test]
fn cut_or_lengthened_bytes_do_not_open() {
    let (ring, sealed) = (ring(), sealed());
    for length in 0..sealed.bytes.len() {
        let cut = Sealed {
            bytes: sealed.bytes[..length].to_vec(),
            ..sealed.clone()
        };
        assert_eq!(
            ring.seal.open(BOUND_TO, &cut),
            Err(SealError::Changed),
            "cut to {length} bytes"
        );
    }
    let longer = Sealed {
        bytes: [sealed.bytes.as_slice(), &[0]].concat(),
        ..sealed.clone()
    };
    assert_eq!(ring.seal.open(BOUND_TO, &longer), Err(SealError::Changed));
}

#[test]
fn bytes_moved_to_another_request_do_not_open() {
    let (ring, sealed) = (ring(), sealed());
    for other in [
        b"".as_slice(),
        b"request and offic",
        b"request and office ",
        b"Request and office",
    ] {
        assert_eq!(ring.seal.open(other, &sealed), Err(SealError::Changed));
    }
}

#[test]
fn another_key_is_told_by_its_id_and_does_not_open_when_it_claims_to_be_this_one() {
    let other = KeyRing::new(&[1; 32], &[2; 32], &[4; 32]).unwrap();
    let mut sealed = sealed();
    assert_eq!(other.seal.open(BOUND_TO, &sealed), Err(SealError::UnknownKey));
    sealed.key = other.ids.seal;
    assert_eq!(other.seal.open(BOUND_TO, &sealed), Err(SealError::Changed));
}

#[test]
fn neither_content_nor_salt_can_be_seen_in_the_sealed_bytes() {
    let sealed = sealed();
    assert!(
        !sealed
            .bytes
            .windows(6)
            .any(|bytes| b"facts of a birth".windows(6).any(|plain| plain == bytes))
    );
    assert!(!sealed.bytes.windows(4).any(|bytes| bytes == &SALT[..4]));
}
