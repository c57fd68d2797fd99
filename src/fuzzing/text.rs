//! Changing text by its words, and by what stands between them.

use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::mutate::{self, LARGEST, NUMBERS, part, times};

/// What text goes wrong at: marks, ends of lines, quotes, letters of many bytes and of none, digits that are not ASCII.
const ODD: [&str; 40] = [
    "",
    " ",
    "\n",
    "\r",
    "\r\n",
    "\t",
    "\0",
    "\"",
    "\"\"",
    "'",
    ",",
    ";",
    "=",
    "+",
    "-",
    ".",
    "/",
    ":",
    "#",
    "[",
    "]",
    "[[",
    "{",
    "}",
    "(",
    "\\",
    "\\u0000",
    "\u{FEFF}",
    "\u{200B}",
    "\u{A0}",
    "\u{301}",
    "ễ",
    "é",
    "İ",
    "ß",
    "𝟜",
    "٣",
    "１",
    "\u{10FFFF}",
    "—",
];

/// Changes text. What is no text is changed as bytes.
pub fn change(input: &mut Vec<u8>, other: &[u8], words: &[String], random: &mut StdRng) {
    let Ok(text) = std::str::from_utf8(input) else {
        return mutate::bytes(input, other, words, random);
    };
    let mut tokens: Vec<String> = tokens(text).into_iter().map(str::to_owned).collect();
    let at = random.random_range(0..=tokens.len());
    let part = part(tokens.len(), random);
    match random.random_range(0..7) {
        0 => drop(tokens.drain(part)),
        1 => {
            let again = tokens[part].to_vec();
            let room = LARGEST.checked_div(again.concat().len()).unwrap_or(0);
            let again = std::iter::repeat_n(again, times(10, random).min(room)).flatten();
            tokens.splice(at..at, again);
        }
        2 => {
            let other = String::from_utf8_lossy(other);
            let theirs = self::tokens(&other);
            let taken = self::part(theirs.len(), random);
            tokens.splice(at..at, theirs[taken].iter().map(|&token| token.to_owned()));
        }
        3 => {
            let moved: Vec<_> = tokens.drain(part).collect();
            let at = at.min(tokens.len());
            tokens.splice(at..at, moved);
        }
        4 => tokens.insert(at, word(words, random)),
        _ => {
            if let Some(token) = tokens.get_mut(at) {
                *token = word(words, random);
            }
        }
    }
    *input = tokens.concat().into_bytes();
}

/// A word that means something, or breaks something.
pub fn word(words: &[String], random: &mut StdRng) -> String {
    let odd = || ODD.map(str::to_owned);
    match random.random_range(0..6) {
        0 => odd().choose(random).cloned().unwrap_or_default(),
        1 => NUMBERS.choose(random).copied().unwrap_or_default().to_string(),
        2 => random.random_range(-10_i64..3_000).to_string(),
        // Of a length at which something may be bounded.
        3 => {
            let letter = odd().choose(random).cloned().unwrap_or_default();
            letter.repeat(1 << random.random_range(0..11))
        }
        _ => words
            .choose(random)
            .cloned()
            .unwrap_or_else(|| random.random::<char>().to_string()),
    }
}

/// Words, and the single letters between them.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = match first.is_alphanumeric() || first == '_' {
            true => rest
                .find(|c: char| !(c.is_alphanumeric() || c == '_'))
                .unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        let (token, after) = rest.split_at(end);
        tokens.push(token);
        rest = after;
    }
    tokens
}
