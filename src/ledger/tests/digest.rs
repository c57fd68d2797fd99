use proptest::collection::vec;
use proptest::prelude::*;

use crate::ledger::{IndexKey, content_digest};

/// Parts and domains drawn from few bytes, so that different cuttings of the same bytes come up often.
fn parts() -> impl Strategy<Value = Vec<Vec<u8>>> {
    vec(vec(prop::sample::select(vec![0_u8, 1, b'a']), 0..4), 0..4)
}

fn tag(key: u8, domain: &'static str, parts: &[Vec<u8>]) -> [u8; 32] {
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    IndexKey::new(&[key; 32]).tag(domain, &parts)
}

proptest! {
    #[test]
    fn digests_are_equal_exactly_where_domain_parts_and_key_are(
        domains in [prop::sample::select(vec!["", "a", "aa", "\0"]), prop::sample::select(vec!["", "a", "aa", "\0"])],
        ours in parts(),
        theirs in parts(),
        keys in [0..2_u8, 0..2_u8],
    ) {
        let same = (domains[0], &ours, keys[0]) == (domains[1], &theirs, keys[1]);
        prop_assert_eq!(tag(keys[0], domains[0], &ours) == tag(keys[1], domains[1], &theirs), same);
    }
}

#[test]
fn moving_a_byte_to_the_next_part_changes_the_digest() {
    let whole = b"abcdef";
    let key = IndexKey::new(&[9; 32]);
    let mut digests: Vec<_> = (0..=whole.len())
        .map(|at| {
            let (left, right) = whole.split_at(at);
            key.tag("test", &[left, right])
        })
        .collect();
    digests.push(key.tag("test", &[whole]));
    digests.push(key.tag("testabcdef", &[]));
    let count = digests.len();
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), count);
}

#[test]
fn the_content_digest_depends_on_kind_content_and_key() {
    let [ours, theirs] = [IndexKey::new(&[1; 32]), IndexKey::new(&[2; 32])];
    let digest = content_digest(&ours, "issue", b"content");
    assert_eq!(digest, content_digest(&ours, "issue", b"content"));
    assert_ne!(digest, content_digest(&theirs, "issue", b"content"));
    assert_ne!(digest, content_digest(&ours, "genesis", b"content"));
    assert_ne!(digest, content_digest(&ours, "issue", b"contents"));
    assert_ne!(digest, content_digest(&ours, "issuec", b"ontent"));
}
