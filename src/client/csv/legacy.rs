//! Telling the encodings from before Unicode. Their bytes are Latin-1 text that makes no sense; some exports are that text in
//! UTF-8. To guess at a name is worse than to refuse it, so a file is told to be in one of them only where nearly all of it,
//! read so, is Vietnamese; and is never read so unless that is asked for.

use unicode_normalization::UnicodeNormalization;

use super::Encoding;

/// How many words that are Vietnamese in that encoding it takes.
const ENOUGH: usize = 8;

/// Which of them a text is written in, by its first bytes; none if it may be Unicode, or anything else.
pub fn written_in(first: &[u8]) -> Option<Encoding> {
    // What was cut off in the middle says nothing.
    let whole = first.iter().rposition(|byte| byte.is_ascii()).map_or(0, |end| end + 1);
    let words = first[..whole].split(|byte| byte.is_ascii() && !byte.is_ascii_alphabetic());
    let words: Vec<&[u8]> = words.filter(|word| !word.is_ascii()).collect();
    // Nobody writes a file of Vietnamese names without one of these.
    let unicode = |word: &&[u8]| std::str::from_utf8(word).is_ok_and(|word| word.chars().any(is_vietnamese));
    if words.iter().any(unicode) {
        return None;
    }
    let read = |encoding: Encoding| {
        let read = words.iter().filter_map(move |word| encoding.decode(word));
        (read.filter(|word| is_syllable(word)).count(), encoding)
    };
    let (count, encoding) = [Encoding::Vni, Encoding::Tcvn3]
        .map(read)
        .into_iter()
        .max_by_key(|(count, _)| *count)?;
    // Names of other peoples are no syllables.
    (count >= ENOUGH && count * 4 >= words.len() * 3).then_some(encoding)
}

/// A letter that Latin-1 lacks.
fn is_vietnamese(letter: char) -> bool {
    matches!(letter, '\u{1EA0}'..='\u{1EF9}' | 'ă' | 'Ă' | 'đ' | 'Đ' | 'ơ' | 'Ơ' | 'ư' | 'Ư' | '\u{0300}'..='\u{0323}')
}

/// What a syllable may begin with, the longest first.
const ONSETS: [&str; 28] = [
    "ngh", "ch", "gh", "gi", "kh", "ng", "nh", "ph", "qu", "th", "tr", "b", "c", "d", "đ", "g", "h", "k", "l", "m",
    "n", "p", "r", "s", "t", "v", "x", "",
];
/// What it may end in.
const CODAS: [&str; 9] = ["ng", "nh", "ch", "c", "m", "n", "p", "t", ""];

/// Whether a word is a syllable as Vietnamese are: an onset, one to three vowels with at most one tone, and a coda.
fn is_syllable(word: &str) -> bool {
    let is_tone = |letter: &char| matches!(letter, '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}');
    let parts: String = word.to_lowercase().nfd().collect();
    if parts.chars().filter(is_tone).count() > 1 {
        return false;
    }
    let plain: String = parts.chars().filter(|letter| !is_tone(letter)).nfc().collect();
    ONSETS.iter().filter_map(|onset| plain.strip_prefix(onset)).any(|rest| {
        CODAS.iter().filter_map(|coda| rest.strip_suffix(coda)).any(|vowels| {
            (1..=3).contains(&vowels.chars().count()) && vowels.chars().all(|vowel| "aăâeêioôơuưy".contains(vowel))
        })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::encoding::tests::{as_latin1, encode};
    use super::*;

    const NAMES: &str = "Nguyễn Thị Hòa, Trần Văn Đức, Phạm Thị Hường, Lê Quốc Khánh, Đỗ Thùy Linh, Bùi Xuân Trường";

    #[test]
    fn old_encodings_are_told_as_bytes_and_as_the_text_they_look_like() {
        for encoding in [Encoding::Tcvn3, Encoding::Vni] {
            let bytes = encode(encoding, NAMES);
            assert_eq!(written_in(&bytes), Some(encoding));
            assert_eq!(written_in(as_latin1(&bytes).as_bytes()), Some(encoding));
            // A name of another people among them, and the cut.
            let more = [&bytes[..], b", Siu H\xF4\x80p, ", &bytes[..20]].concat();
            assert_eq!(written_in(&more), Some(encoding));
        }
    }

    #[test]
    fn unicode_is_not_taken_for_one_wherever_it_is_cut() {
        let text = "Nguyễn Thị Hòa, François Müller, Æsa Þórsdóttir, Trần Văn Đức";
        for end in 0..text.len() {
            assert_eq!(written_in(&text.as_bytes()[..end]), None, "{end}");
        }
        let foreign =
            "François Müller, Jürgen Groß, Señor Núñez, Zoë Brontë, Chloë, Søren Åse, Véronique, Benoît, Gisèle, Björn";
        assert_eq!(written_in(foreign.as_bytes()), None);
        let latin1: Vec<u8> = foreign
            .chars()
            .filter_map(|letter| u8::try_from(u32::from(letter)).ok())
            .collect();
        assert_eq!(written_in(&latin1), None);
    }

    proptest! {
        #[test]
        fn what_is_no_text_is_not_told_to_be_one(bytes in prop::collection::vec(any::<u8>(), 0..4_000)) {
            prop_assert_eq!(written_in(&bytes), None);
        }
    }
}
