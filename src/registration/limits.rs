//! Every bound on a registration, in one place. Lengths are in Unicode code points of the text as it is kept.

/// A person's or an organisation's name.
pub(super) const NAME: usize = 200;
/// The text of a place.
pub(super) const PLACE_TEXT: usize = 300;
/// The code of an administrative unit.
pub(super) const UNIT_CODE: usize = 20;
/// An ethnicity.
pub(super) const ETHNICITY: usize = 60;
/// The code of an office.
pub(super) const OFFICE_CODE: usize = 32;
/// The number of a book.
pub(super) const BOOK_NUMBER: usize = 20;
/// The number of an entry in a book.
pub(super) const ENTRY_NUMBER: usize = 20;
/// The number of a passport, from and to.
pub(super) const PASSPORT: std::ops::RangeInclusive<usize> = 4..=20;

/// How many nationalities a child may have.
pub(super) const NATIONALITIES: usize = 10;
/// How many papers one person may have.
pub(super) const IDENTIFIERS: usize = 20;
/// How many children may be born together.
pub(super) const BIRTHS: i32 = 15;

/// The first year of birth a number can tell, and the first year of a book.
pub(super) const FIRST_YEAR: i16 = 1900;
/// The first year of birth of a parent or representative: long enough before the first child.
pub(super) const FIRST_YEAR_OF_ADULTS: i16 = 1800;

/// Bytes of the longest text that is cleaned and normalised at all. Longer text is over every bound above in whatever
/// form, is refused, and so need not cost the work.
pub(super) const TEXT_BYTES: usize = 4096;

/// Bytes a code point may take before composing: three combining marks of two bytes each on a letter of four.
const BYTES_OF_ONE: usize = 10;
const _: () = assert!(PLACE_TEXT * BYTES_OF_ONE < TEXT_BYTES);
