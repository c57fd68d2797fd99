//! Finding a province by its name as of a day.

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::{Place, PlaceCode, PlaceKind};

/// The five tone marks of Vietnamese, as combining characters: grave, acute, tilde, hook above, dot below.
const TONES: [char; 5] = ['\u{300}', '\u{301}', '\u{303}', '\u{309}', '\u{323}'];

/// Words before a name that say what kind of unit it is (tỉnh, thành phố, TP), in the form [`name_key`] gives them.
const UNIT_WORDS: [&str; 3] = ["tinh\u{309} ", "thanh\u{300} pho\u{302}\u{301} ", "tp "];

/// One name of one province and the days on which it was in force.
#[derive(Clone, Debug)]
pub(super) struct NameSpan {
    key: String,
    /// First day; none: ever.
    from: Option<Date>,
    /// First day no longer; none: to this day.
    until: Option<Date>,
    pub(super) code: PlaceCode,
}

impl NameSpan {
    /// The names of a province, oldest first; none for a country.
    pub(super) fn of(place: &Place) -> Vec<NameSpan> {
        if place.kind == PlaceKind::Country {
            return Vec::new();
        }
        let span = |name: &str, from, until| NameSpan {
            key: name_key(name),
            from,
            until,
            code: place.code,
        };
        match &place.renamed {
            None => vec![span(&place.name, None, place.active_until)],
            Some(renaming) => vec![
                span(&place.name, None, Some(renaming.on)),
                span(&renaming.name, Some(renaming.on), place.active_until),
            ],
        }
    }

    /// Whether the province bore this name on this day. `key` is the [`name_key`] of the name asked for.
    pub(super) fn holds(&self, key: &str, day: Date) -> bool {
        self.key == key && self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day < until)
    }

    /// The day on which the province gave this name up, if it had by a day. `key` is as in [`holds`](Self::holds).
    pub(super) fn given_up(&self, key: &str, day: Date) -> Option<Date> {
        self.until.filter(|until| self.key == key && *until <= day)
    }

    /// Whether two provinces bore the same name on the same day, so that the name would not say which is meant.
    pub(super) fn clashes(&self, other: &NameSpan) -> bool {
        let begins_before_end = |from: Option<Date>, until: Option<Date>| match (from, until) {
            (Some(from), Some(until)) => from < until,
            _ => true,
        };
        self.key == other.key && begins_before_end(self.from, other.until) && begins_before_end(other.from, self.until)
    }
}

/// The names of countries, in the form in which they are compared.
pub(super) fn countries<'a>(places: impl Iterator<Item = &'a Place>) -> Vec<(String, PlaceCode)> {
    let countries = places.filter(|place| place.kind == PlaceKind::Country);
    let names = countries.flat_map(|country| {
        // Some are written twice: Algérie (An-giê-ri).
        let short = country.name.split('(').next().unwrap_or_default();
        [&country.name, short].map(|name| (name_key(name), country.code))
    });
    names.collect()
}

/// What must agree for two spellings to be one name: the letters of each word with its tone, wherever in the word the
/// tone is written (Hòa, Hoà). Case, spacing, dashes and Unicode form do not matter.
pub fn word_key(name: &str) -> String {
    let lower: String = name.to_lowercase().nfd().collect();
    let words = lower.split(|letter: char| !letter.is_alphanumeric() && !is_combining_mark(letter));
    let words: Vec<String> = words.filter(|word| !word.is_empty()).map(tone_last).collect();
    words.join(" ")
}

/// The [`word_key`] of a province's name, less the leading word for the kind of unit.
pub(super) fn name_key(name: &str) -> String {
    let key = word_key(name);
    UNIT_WORDS
        .iter()
        .find_map(|unit| key.strip_prefix(unit))
        .map(str::to_owned)
        .unwrap_or(key)
}

/// What is left of a [`word_key`] without tones and marks, for telling how alike two are.
pub fn unmarked(key: &str) -> String {
    let key = key.replace('đ', "d");
    key.chars().filter(|letter| !is_combining_mark(*letter)).collect()
}

fn tone_last(word: &str) -> String {
    let (tones, letters): (Vec<char>, Vec<char>) = word.chars().partition(|letter| TONES.contains(letter));
    letters.into_iter().chain(tones).collect()
}
