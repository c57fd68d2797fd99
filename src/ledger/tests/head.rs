use jiff::Timestamp;
use jiff::civil::date;

use super::ring;
use crate::ledger::{FenceError, Frontier, Head, KeyId, KeySet, Moment, Recovered, SCHEMA_VERSION};

pub(super) fn head(schema: i64, keys: KeySet) -> Head {
    Head {
        frontier: Frontier::default(),
        epoch: 1,
        schema,
        keys,
        at: 0,
        drawn: 0,
        recovered: Recovered::default(),
        resealing: None,
        reindexing: None,
        notes: None,
    }
}

/// Every combination of what can agree or not: the first thing that does not is named.
#[test]
fn the_fence_admits_only_a_server_that_agrees_on_everything() {
    let (ring, mine) = (ring(), ring().ids);
    let changed = |key: KeyId, change: bool| if change { KeyId(key.0 ^ 1) } else { key };
    for bits in 0..16_u8 {
        let differs = |bit: u8| bits & (1 << bit) != 0;
        let keys = KeySet {
            index: changed(mine.index, differs(1)),
            picker: changed(mine.picker, differs(2)),
            seal: changed(mine.seal, differs(3)),
        };
        let schema = if differs(0) { SCHEMA_VERSION + 1 } else { SCHEMA_VERSION };
        let expected = match bits {
            0 => Ok(()),
            _ if differs(0) => Err(FenceError::Schema { found: schema }),
            _ if differs(2) => Err(FenceError::Picker),
            _ if differs(1) => Err(FenceError::IndexKey(keys.index)),
            _ => Err(FenceError::SealKey(keys.seal)),
        };
        assert_eq!(head(schema, keys).admits(&ring), expected, "{bits:04b}");
    }
}

#[test]
fn an_older_schema_is_refused_like_a_newer_one() {
    let keys = ring().ids;
    for schema in [i64::MIN, -1, SCHEMA_VERSION - 1, SCHEMA_VERSION + 1, i64::MAX] {
        assert_eq!(
            head(schema, keys).admits(&ring()),
            Err(FenceError::Schema { found: schema })
        );
    }
}

#[test]
fn the_size_of_the_head_counts_its_leaves() {
    let mut head = head(SCHEMA_VERSION, ring().ids);
    for size in 0..20 {
        assert_eq!(head.size(), size);
        head.frontier.push([0; 32]);
    }
}

#[test]
fn a_day_begins_at_midnight_in_viet_nam() {
    let cases = [
        ("2026-03-09T16:59:59.999999Z", date(2026, 3, 9)),
        ("2026-03-09T17:00:00Z", date(2026, 3, 10)),
        ("2026-12-31T16:59:59Z", date(2026, 12, 31)),
        ("2026-12-31T17:00:00Z", date(2027, 1, 1)),
        ("2028-02-28T17:00:00Z", date(2028, 2, 29)),
        ("1970-01-01T00:00:00Z", date(1970, 1, 1)),
    ];
    for (time, day) in cases {
        let time: Timestamp = time.parse().unwrap();
        let moment = Moment::new(time);
        assert_eq!((moment.day, moment.at), (day, time.as_microsecond()), "{time}");
    }
}
