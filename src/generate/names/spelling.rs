//! The ways in which one name is typed twice.

/// The vowels of Vietnamese, each with its six tones.
#[rustfmt::skip]
const VOWELS: [&str; 12] = [
    "aàáảãạ", "ăằắẳẵặ", "âầấẩẫậ", "eèéẻẽẹ", "êềếểễệ", "iìíỉĩị", "oòóỏõọ", "ôồốổỗộ", "ơờớởỡợ", "uùúủũụ", "ưừứửữự",
    "yỳýỷỹỵ",
];

/// Vowel pairs at the end of a syllable, with the tone on the first and on the second.
#[rustfmt::skip]
const TONE_PLACES: [[&str; 2]; 15] = [
    ["òa", "oà"], ["óa", "oá"], ["ỏa", "oả"], ["õa", "oã"], ["ọa", "oạ"], ["òe", "oè"], ["óe", "oé"], ["ỏe", "oẻ"],
    ["õe", "oẽ"], ["ọe", "oẹ"], ["ùy", "uỳ"], ["úy", "uý"], ["ủy", "uỷ"], ["ũy", "uỹ"], ["ụy", "uỵ"],
];

/// The name with a wrong tone on its last vowel: a different name, as a slip of the finger makes it. Composed Unicode
/// is expected. A name without a vowel gets one.
pub(in crate::generate) fn slip(name: &str) -> String {
    let found = name
        .char_indices()
        .rev()
        .find_map(|(at, letter)| Some((at, letter, wrong_tone(letter)?)));
    match found {
        Some((at, letter, wrong)) => format!("{}{wrong}{}", &name[..at], &name[at + letter.len_utf8()..]),
        None => format!("{name} A"),
    }
}

/// The next tone of the same vowel; none for anything else. Capitals stay capitals.
fn wrong_tone(letter: char) -> Option<char> {
    let lower = letter.to_lowercase().next()?;
    let tones = VOWELS.iter().find(|tones| tones.contains(lower))?;
    let next = tones.chars().cycle().skip_while(|tone| *tone != lower).nth(1)?;
    if letter == lower {
        Some(next)
    } else {
        next.to_uppercase().next()
    }
}

/// The same name with its tone marks in the other place (hòa, hoà), where it has any that can be moved. Composed
/// Unicode is expected.
pub(in crate::generate) fn tone_moved(name: &str) -> String {
    let words = name.split(' ').map(|word| {
        let moved = TONE_PLACES.iter().find_map(|[old, new]| {
            let other = |from: &str, to: &str| Some(format!("{}{to}", word.strip_suffix(from)?));
            other(old, new).or_else(|| other(new, old))
        });
        moved.unwrap_or_else(|| word.to_owned())
    });
    words.collect::<Vec<_>>().join(" ")
}
