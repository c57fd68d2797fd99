//! How far a comparison has come, and what it has counted: all that is needed to go on with it, on whatever server.

use std::fmt;

use crate::ledger::Position;
use crate::number::Number;

/// Leads a token.
const VERSION: &str = "2";

/// How many records and numbers came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records sent.
    pub records: i64,
    /// Those that agree.
    pub same: i64,
    /// Those that differ.
    pub differs: i64,
    /// Those that are missing here.
    pub missing_here: i64,
    /// Numbers for which none was sent.
    pub missing_there: i64,
    /// Records that could not be compared.
    pub errors: i64,
    /// Mismatches about which there is a case.
    pub cases: i64,
}

impl Counts {
    fn of([records, same, differs, missing_here, missing_there, errors, cases]: [i64; 7]) -> Self {
        Self {
            records,
            same,
            differs,
            missing_here,
            missing_there,
            errors,
            cases,
        }
    }

    /// Every count, in the order in which [`Counts::of`] takes them.
    fn values(&self) -> [i64; 7] {
        let Self {
            records,
            same,
            differs,
            missing_here,
            missing_there,
            errors,
            cases,
        } = *self;
        [records, same, differs, missing_here, missing_there, errors, cases]
    }
}

/// How far a comparison has come. `Debug` shows nothing of the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Where the ledger ended when it began.
    pub end: Position,
    /// Every number up to this one has been compared; `None` before the first.
    pub passed: Option<Number>,
    /// What has been counted.
    pub counts: Counts,
}

impl Place {
    /// Where a comparison begins.
    pub fn start(end: Position) -> Self {
        Self {
            end,
            passed: None,
            counts: Counts::default(),
        }
    }

    /// The place as text, bound to what is compared.
    pub fn token<'a>(&'a self, tag: &'a str) -> impl fmt::Display + 'a {
        Token { place: self, tag }
    }

    /// Reads a token of a comparison of the same; `None` for any other text.
    pub fn read(token: &str, tag: &str) -> Option<Self> {
        let (version, rest) = token.split_once('.')?;
        let (own, values) = rest.split_once('.')?;
        if version != VERSION || own != tag {
            return None;
        }
        let values: Vec<i64> = values
            .split('.')
            .map(|value| value.parse().ok())
            .collect::<Option<_>>()?;
        let [end, passed, counts @ ..] = values.as_slice() else {
            return None;
        };
        let place = Self {
            end: *end,
            passed: match *passed {
                0 => None,
                value => Some(Number::from_value(value).ok()?),
            },
            counts: Counts::of(counts.try_into().ok()?),
        };
        values.iter().all(|value| *value >= 0).then_some(place)
    }
}

struct Token<'a> {
    place: &'a Place,
    tag: &'a str,
}

impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { end, passed, counts } = self.place;
        let passed = passed.map_or(0, Number::value);
        write!(f, "{VERSION}.{}.{end}.{passed}", self.tag)?;
        counts.values().iter().try_for_each(|count| write!(f, ".{count}"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_place() -> impl Strategy<Value = Place> {
        let number = (1_000_000_000_i64..1_000_000_000_000).prop_map(|value| Number::from_value(value).unwrap());
        let count = 0..i64::MAX;
        let counts: [_; 7] = std::array::from_fn(|_| count.clone());
        (count.clone(), proptest::option::of(number), counts).prop_map(|(end, passed, counts)| {
            let counts = Counts::of(counts);
            Place { end, passed, counts }
        })
    }

    proptest! {
        #[test]
        fn a_token_is_read_as_what_it_was_made_of_and_for_nothing_else(place in any_place()) {
            let token = place.token("00ff").to_string();
            prop_assert_eq!(Place::read(&token, "00ff"), Some(place));
            prop_assert_eq!(Place::read(&token, "00fe"), None);
            prop_assert_eq!(Place::read(&token[..token.rfind('.').unwrap()], "00ff"), None);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}", values in proptest::collection::vec(any::<i64>(), 0..11)) {
            let _ = Place::read(&text, "");
            let values: Vec<_> = values.iter().map(ToString::to_string).collect();
            let read = Place::read(&format!("2.00ff.{}", values.join(".")), "00ff");
            prop_assert!(read.is_none_or(|place| place.end >= 0 && place.counts.errors >= 0));
        }
    }
}
