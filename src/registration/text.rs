//! Which characters text may hold.

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

use super::Problem;
use super::names::{is_apostrophe, is_hyphen};

/// What is wrong with text that may be at most `max` code points long, if anything. Length comes first, so that text of
/// any size is refused at once.
pub(super) fn fault(text: &str, max: usize) -> Option<Problem> {
    // A code point takes at most four bytes.
    if text.len() > 4 * max || text.chars().count() > max {
        return Some(Problem::TooLong { max });
    }
    text.chars().any(is_hidden).then_some(Problem::Character)
}

/// The same for the name of a person.
pub(super) fn name_fault(name: &str, max: usize) -> Option<Problem> {
    fault(name, max).or_else(|| (!is_name(name)).then_some(Problem::Name))
}

/// A name has a letter, its marks stand on letters, and besides letters and marks it has only what joins them.
fn is_name(name: &str) -> bool {
    let (mut any_letter, mut after_letter) = (false, false);
    for character in name.chars() {
        let joins = matches!(character, ' ' | '.') || is_apostrophe(character) || is_hyphen(character);
        let letter = is_letter(character);
        let marks = after_letter && is_mark(character);
        if !(letter || joins || marks) {
            return false;
        }
        any_letter |= letter;
        after_letter = letter || marks;
    }
    any_letter
}

fn is_letter(character: char) -> bool {
    match character {
        _ if character.is_ascii() => character.is_ascii_alphabetic(),
        _ => character.general_category_group() == GeneralCategoryGroup::Letter,
    }
}

fn is_mark(character: char) -> bool {
    !character.is_ascii() && character.general_category_group() == GeneralCategoryGroup::Mark
}

/// A character that is not seen, or whose meaning nobody has defined. Unassigned ones could also come to compare
/// otherwise in a later version of Unicode.
fn is_hidden(character: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, Surrogate, Unassigned};
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    let category = character.general_category();
    let undefined = matches!(category, PrivateUse | Surrogate | Unassigned);
    let invisible = matches!(category, Control | Format | LineSeparator | ParagraphSeparator);
    undefined || invisible || is_ignorable(character)
}

/// Letters and marks that Unicode lists as default ignorable (DerivedCoreProperties): joiners, fillers, selectors.
fn is_ignorable(character: char) -> bool {
    matches!(character,
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0100}'..='\u{e01ef}')
}
