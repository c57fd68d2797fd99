//! Text as it is kept, and text as it is compared.

use unicode_normalization::char::{decompose_canonical, is_combining_mark};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// The five tone marks of Vietnamese as combining characters: grave, acute, tilde, hook above, dot below. The breve,
/// circumflex and horn of ă â ê ô ơ ư are not among them: they make other letters.
const TONES: [char; 5] = ['\u{300}', '\u{301}', '\u{303}', '\u{309}', '\u{323}'];

/// The form in which text is kept and shown: Unicode NFC, no white space around it, and one space for each run of white
/// space within, no-break spaces included. Tabs, line ends and other control characters are left where they are, for
/// [`check`](super::check) to refuse.
pub fn written(text: &str) -> String {
    if text.is_ascii() {
        return spaced(text);
    }
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => spaced(text),
        // NFC never makes white space of what was none, so spacing afterwards leaves nothing undone.
        IsNormalized::No | IsNormalized::Maybe => spaced(&text.nfc().collect::<String>()),
    }
}

/// The form in which text is compared; equal forms mean the same name. Apart from what [`written`] evens out these do
/// not matter: case; on which vowel of a group the tone is marked (hòa and hoà, thủy and thuỷ, quý and qúy); the
/// Icelandic Ð that some keyboards give for Đ; which apostrophe and which hyphen is used. All else does: hoa, hoá, hòa
/// and hoả are four names.
///
/// The form is for comparing and digesting, not for showing: the tone stands behind its vowel group as a combining
/// mark. It is part of every stored key, so a change to it needs a new version of the keys.
pub fn normal(text: &str) -> String {
    normal_of_written(&written(text))
}

/// The [`normal`] form of text that is `written` already.
pub(super) fn normal_of_written(written: &str) -> String {
    let mut form = String::with_capacity(written.len() + 8);
    push_normal(written, &mut form);
    form
}

/// Appends the [`normal`] form of text that is `written` already.
pub(super) fn push_normal(written: &str, form: &mut String) {
    let lower = written.chars().flat_map(char::to_lowercase);
    let mut former = Former {
        form,
        group: VowelGroup::default(),
    };
    if written.chars().all(stands_alone) {
        // No marks to bring in order, so each letter can be taken apart by itself, which is faster.
        lower.for_each(|letter| decompose_canonical(letter, |part| former.push(part)));
    } else {
        lower.nfd().for_each(|part| former.push(part));
    }
    former.close();
}

/// Whether this is a letter or sign of the Latin blocks that hold no combining marks; all of Vietnamese is in them.
fn stands_alone(letter: char) -> bool {
    matches!(letter, '\0'..'\u{300}' | '\u{1e00}'..='\u{1eff}')
}

/// Writes a form from lower-case letters and marks, in canonical order.
struct Former<'a> {
    form: &'a mut String,
    group: VowelGroup,
}

/// What has been seen of the run of vowels being read.
#[derive(Default)]
struct VowelGroup {
    inside: bool,
    /// A mark that Vietnamese does not have was seen.
    foreign: bool,
    tones: usize,
    /// Where in the form the last tone begins.
    tone_start: usize,
}

impl Former<'_> {
    fn push(&mut self, part: char) {
        let part = folded(part);
        if is_vowel(part) {
            self.group.inside = true;
        } else if part.is_ascii() || !is_combining_mark(part) {
            self.close();
        } else if self.group.inside {
            self.mark(part);
        }
        self.form.push(part);
    }

    fn mark(&mut self, mark: char) {
        if TONES.contains(&mark) {
            self.group.tones += 1;
            self.group.tone_start = self.form.len();
        } else if !is_letter_mark(mark) {
            self.group.foreign = true;
        }
    }

    /// Ends the vowel group. A Vietnamese syllable has one tone, and that moves to the group's end; where there are
    /// more, or other marks, it is another language, in which their places may tell names apart.
    fn close(&mut self) {
        if self.group.tones == 1 && !self.group.foreign {
            let tone = self.form.remove(self.group.tone_start);
            self.form.push(tone);
        }
        self.group = VowelGroup::default();
    }
}

fn folded(letter: char) -> char {
    match letter {
        'a'..='z' => letter,
        // Eth, and the African D whose capital looks the same.
        'ð' | 'ɖ' => 'đ',
        _ if is_apostrophe(letter) => '\'',
        _ if is_hyphen(letter) => '-',
        _ => letter,
    }
}

fn is_vowel(letter: char) -> bool {
    matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
}

/// The marks that make ă, â and ê, ô, ơ and ư: breve, circumflex, horn.
fn is_letter_mark(letter: char) -> bool {
    matches!(letter, '\u{302}' | '\u{306}' | '\u{31b}')
}

/// An apostrophe, or what keyboards and word processors put in its place.
pub(super) fn is_apostrophe(letter: char) -> bool {
    matches!(
        letter,
        '\'' | '`' | '\u{b4}' | '\u{2b9}'..='\u{2bd}' | '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{ff07}'
    )
}

/// A hyphen, or a dash in its place.
pub(super) fn is_hyphen(letter: char) -> bool {
    matches!(
        letter,
        '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}'
    )
}

/// `text` without outer white space and with single spaces inside.
fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut words = text.split(is_space).filter(|word| !word.is_empty());
    if let Some(first) = words.next() {
        out.push_str(first);
    }
    for word in words {
        out.push(' ');
        out.push_str(word);
    }
    out
}

fn is_space(letter: char) -> bool {
    letter.is_whitespace() && !letter.is_control()
}
