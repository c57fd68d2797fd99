//! How long a caller waits for its answer.

use std::time::Duration;

use tonic::metadata::MetadataMap;

/// The time a call may take, from the metadata `grpc-timeout` (an integer of at most eight digits and a unit, as in the
/// gRPC protocol over HTTP/2); `None` if it names none, or none that can be read.
pub fn patience(metadata: &MetadataMap) -> Option<Duration> {
    let text = metadata.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(count * 3600)),
        "M" => Some(Duration::from_secs(count * 60)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Duration> {
        let mut metadata = MetadataMap::new();
        metadata.insert("grpc-timeout", text.parse().unwrap());
        patience(&metadata)
    }

    #[test]
    fn every_unit_is_read() {
        for (text, nanos) in [
            ("2H", 7_200_000_000_000),
            ("3M", 180_000_000_000),
            ("4S", 4_000_000_000),
            ("5m", 5_000_000),
            ("6u", 6_000),
            ("7n", 7),
            ("99999999H", 359_999_996_400_000_000_000),
            ("0S", 0),
        ] {
            assert_eq!(read(text).map(|time| time.as_nanos()), Some(nanos), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in ["", "S", "5", "5s", "-5S", "+5S", "5 S", "123456789S", "1.5S", "0x5S"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(patience(&MetadataMap::new()), None);
    }
}
