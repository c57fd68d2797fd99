//! Random bytes and ids, fit for keys: from a generator of cryptographic strength that the operating system seeds.

use std::time::Duration;

use jiff::Timestamp;
use rand::Rng;
use uuid::{Builder, Uuid};

/// Fills a place with random bytes, which are nowhere else: for secrets.
#[expect(clippy::disallowed_methods, reason = "the one place that draws randomness")]
pub fn fill(place: &mut [u8]) {
    rand::rng().fill_bytes(place);
}

/// `N` random bytes.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

/// A UUID of version 4 (RFC 9562): random, telling nothing.
pub fn uuid_v4() -> Uuid {
    Builder::from_random_bytes(bytes()).into_uuid()
}

/// A UUID of version 7 (RFC 9562): led by `now` in whole milliseconds, random after that. Ids of one millisecond are in
/// no order. A time before 1970 counts as 1970.
pub fn uuid_v7(now: Timestamp) -> Uuid {
    let unix_ms = u64::try_from(now.as_millisecond()).unwrap_or(0);
    Builder::from_unix_timestamp_millis(unix_ms, &bytes()).into_uuid()
}

/// A time spread evenly from `shortest` to three times as long, so that those told to wait do not all return at once.
pub fn jitter(shortest: Duration) -> Duration {
    let [byte, next] = bytes();
    let share = f64::from(u16::from_be_bytes([byte, next])) / f64::from(u16::MAX);
    shortest.mul_f64(1.0 + 2.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_7_id_carries_its_time_and_differs_from_the_next() {
        let now = Timestamp::constant(1_773_712_800, 987_654_321);
        let (first, second) = (uuid_v7(now), uuid_v7(now));

        assert_eq!(first.get_version_num(), 7);
        assert_eq!(
            first.get_timestamp().map(|time| time.to_unix()),
            Some((1_773_712_800, 987_000_000))
        );
        assert_ne!(first, second);
    }

    #[test]
    fn a_version_4_id_is_one_and_differs_from_the_next() {
        assert_eq!(uuid_v4().get_version_num(), 4);
        assert_ne!(uuid_v4(), uuid_v4());
    }

    #[test]
    fn a_time_before_1970_gives_the_earliest_id() {
        assert_eq!(
            uuid_v7(Timestamp::constant(-1, 0))
                .get_timestamp()
                .map(|time| time.to_unix()),
            Some((0, 0))
        );
    }
}
