use std::collections::HashMap;

use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use crate::registration::{normal, written};

/// Pairs of spellings that are one name.
const SAME: &[(&str, &str)] = &[
    ("Hòa", "Hoà"),
    ("hóa", "hoá"),
    ("Thủy", "Thuỷ"),
    ("Thúy", "Thuý"),
    ("quý", "qúy"),
    ("Quỳnh", "Qùynh"),
    ("khỏe", "khoẻ"),
    ("thuở", "thủơ"),
    ("Toàn", "Tòan"),
    ("già", "gìa"),
    ("Nguyễn", "NGUYỄN"),
    ("ĐỖ", "đỗ"),
    ("Ðỗ", "Đỗ"),
    ("ðỗ", "đỗ"),
    ("  Trần\u{a0} Thị \u{3000}Hoa ", "Trần Thị Hoa"),
    ("H\u{2019}Hen Niê", "H'Hen Niê"),
    ("Jean\u{2013}Luc", "Jean-Luc"),
];

/// Names that must never be taken for one another; each group in all pairs.
const DIFFERENT: &[&[&str]] = &[
    &["hoa", "hoá", "hòa", "hoả", "hõa", "họa"],
    &["an", "ăn", "ân", "án", "ấn", "ắn"],
    &["dang", "đang", "đăng", "dăng", "đặng"],
    &["thuy", "thủy", "thúy", "thùy", "thụy"],
    &["tho", "thô", "thơ", "thờ", "thở"],
    &["thu", "thư", "thứ", "thự"],
    &["lý", "lí"],
    &["thu ý", "thúy"],
    &["hà anh", "hàanh", "hà-anh"],
    &["muñoz", "munoz", "múnoz"],
    &["hoàá", "hòaá", "hoáà"],
    &["réne", "rené"],
    &["lǘe", "lüé"],
    &["jürgen", "jurgen"],
];

#[test]
fn one_name_however_it_is_typed() {
    for (left, right) in SAME {
        assert_eq!(normal(left), normal(right), "{left} {right}");
    }
}

#[test]
fn different_names_stay_different() {
    for group in DIFFERENT {
        for (at, left) in group.iter().enumerate() {
            for right in &group[at + 1..] {
                assert_ne!(normal(left), normal(right), "{left} {right}");
            }
        }
    }
}

#[test]
fn kept_text_is_composed_and_spaced() {
    assert_eq!(written(" Nguye\u{302}\u{303}n\u{a0}\u{a0} Văn "), "Nguyễn Văn");
    assert_eq!(written("\u{2003}"), "");
    assert_eq!(
        written("A\tB\n"),
        "A\tB\n",
        "control characters are for the check to refuse"
    );
}

/// Every Vietnamese vowel group that can carry a tone, with the places where people write it.
const GROUPS: &[&str] = &[
    "a", "ă", "â", "e", "ê", "i", "o", "ô", "ơ", "u", "ư", "y", "oa", "oe", "uy", "ia", "ua", "ưa", "iê", "yê", "uô",
    "ươ", "ai", "ao", "au", "âu", "ay", "ây", "eo", "êu", "iu", "oi", "ôi", "ơi", "ui", "ưi", "ưu", "oai", "oay",
    "uya", "uyê", "uê", "uơ", "uâ", "oă", "iêu", "yêu", "uôi", "ươi", "ươu", "uyu",
];
const ONSETS: &[&str] = &[
    "", "b", "c", "đ", "d", "h", "kh", "l", "ng", "ngh", "nh", "qu", "th", "tr", "x", "gi",
];
const CODAS: &[&str] = &["", "c", "ch", "m", "n", "ng", "nh", "p", "t"];
const TONES: &[&str] = &["", "\u{300}", "\u{301}", "\u{303}", "\u{309}", "\u{323}"];

/// A syllable with its tone on the vowel at `place` (counted round).
fn syllable(onset: &str, group: &str, coda: &str, tone: &str, place: usize) -> String {
    let vowels: Vec<char> = group.chars().collect();
    let at = place % vowels.len();
    let marked = vowels.iter().enumerate().flat_map(|(index, vowel)| {
        let tone = if index == at { tone } else { "" };
        std::iter::once(*vowel).chain(tone.chars())
    });
    format!("{onset}{}{coda}", marked.collect::<String>()).nfc().collect()
}

#[test]
fn every_syllable_is_told_from_every_other_wherever_its_tone_stands() {
    let mut seen: HashMap<String, String> = HashMap::new();
    for onset in ONSETS.iter().filter(|onset| !matches!(**onset, "qu" | "gi")) {
        for group in GROUPS {
            for coda in CODAS {
                for tone in TONES {
                    let name = syllable(onset, group, coda, tone, 0);
                    for place in 1..group.chars().count() {
                        assert_eq!(normal(&syllable(onset, group, coda, tone, place)), normal(&name));
                    }
                    assert_eq!(seen.insert(normal(&name), name.clone()), None, "{name}");
                }
            }
        }
    }
}

pub(super) type Parts = (&'static str, &'static str, &'static str, &'static str);

/// The parts of one syllable.
pub(super) fn parts() -> impl Strategy<Value = Parts> {
    let pick = |from: &'static [&'static str]| prop::sample::select(from);
    (pick(ONSETS), pick(GROUPS), pick(CODAS), pick(TONES))
}

/// The name made of such syllables, with each tone on the vowel at `place`.
pub(super) fn spell(name: &[Parts], place: usize) -> String {
    let syllables = name
        .iter()
        .map(|(onset, group, coda, tone)| syllable(onset, group, coda, tone, place));
    syllables.collect::<Vec<_>>().join(" ")
}

/// The ways in which one name may arrive.
pub(super) fn variant(name: &str, way: usize) -> String {
    match way % 5 {
        0 => name.nfd().collect(),
        1 => name.to_uppercase(),
        2 => format!("  {} ", name.replace(' ', "  ")),
        3 => name.to_uppercase().nfd().collect(),
        _ => name.replace(' ', "\u{a0}"),
    }
}

/// Text in which vowels meet marks of every sort.
fn marked() -> impl Strategy<Value = String> {
    let letters = "aeiouyAơƯăđĐnc '-\u{300}\u{301}\u{303}\u{309}\u{323}\u{302}\u{31b}\u{308}\u{331}\u{327}";
    let letter = prop::sample::select(letters.chars().collect::<Vec<_>>());
    prop::collection::vec(letter, 0..12).prop_map(String::from_iter)
}

proptest! {
    #[test]
    fn form_case_spacing_and_tone_place_do_not_matter(
        parts in prop::collection::vec(parts(), 1..=5), way in 0_usize..5, place in 0_usize..3,
    ) {
        let name = spell(&parts, 0);
        prop_assert_eq!(normal(&variant(&spell(&parts, place), way)), normal(&name));
    }

    #[test]
    fn both_forms_are_final(text in prop_oneof![any::<String>(), marked()]) {
        let kept = written(&text);
        prop_assert_eq!(written(&kept), kept.as_str());
        prop_assert_eq!(normal(&kept), normal(&text));
        prop_assert_eq!(normal(&normal(&text)), normal(&text));
    }

    /// A typographic sign makes the whole text go the slower way, which must lead to the same form.
    #[test]
    fn the_form_does_not_depend_on_what_stands_beside(text in "[\\u{21}-\\u{2ff}\\u{1e00}-\\u{1eff} ]{0,20}x") {
        prop_assert_eq!(normal(&format!("{text} \u{2019}")), format!("{} '", normal(&text)));
    }

    #[test]
    fn both_unicode_forms_of_any_text_are_one(text in prop_oneof![any::<String>(), marked()]) {
        let nfd: String = text.nfd().collect();
        prop_assert_eq!(normal(&nfd), normal(&text));
        prop_assert_eq!(written(&nfd), written(&text));
    }
}
