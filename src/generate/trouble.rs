//! What may be wrong in a register that others kept.

/// What is planted in a register, each in an entry of its own beside those that are as they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trouble {
    /// An entry once more, to the letter.
    Doubled,
    /// Another child under the number of an entry.
    SharedNumber,
    /// The child of an entry, under the same entry, with another number.
    SecondNumber,
    /// The child of an entry, under another entry, with another number.
    SecondEntry,
    /// A number that tells the other sex.
    WrongDigits,
    /// A child of foreign nationality only, with a number.
    Foreigner,
    /// A place of registration that there never was.
    UnknownPlace,
    /// A day that is in no calendar.
    BadDate,
    /// A number without its leading zeros.
    LostZeros,
    /// A row that ends in the middle.
    HalfRow,
    /// An entry that is not of a birth.
    OtherKind,
}

impl Trouble {
    /// Every one.
    pub const ALL: [Self; 11] = [
        Self::Doubled,
        Self::SharedNumber,
        Self::SecondNumber,
        Self::SecondEntry,
        Self::WrongDigits,
        Self::Foreigner,
        Self::UnknownPlace,
        Self::BadDate,
        Self::LostZeros,
        Self::HalfRow,
        Self::OtherKind,
    ];

    /// A short name for files: lower case, words joined by underscores.
    pub fn name(self) -> &'static str {
        match self {
            Self::Doubled => "doubled",
            Self::SharedNumber => "shared_number",
            Self::SecondNumber => "second_number",
            Self::SecondEntry => "second_entry",
            Self::WrongDigits => "wrong_digits",
            Self::Foreigner => "foreigner",
            Self::UnknownPlace => "unknown_place",
            Self::BadDate => "bad_date",
            Self::LostZeros => "lost_zeros",
            Self::HalfRow => "half_row",
            Self::OtherKind => "other_kind",
        }
    }

    /// What becomes of it, or of the entry that it repeats or contradicts, if that comes later; as `dinhdanh import` names it.
    pub const fn result(self) -> &'static str {
        match self {
            Self::Doubled => "SAME",
            Self::SharedNumber | Self::SecondNumber | Self::SecondEntry | Self::WrongDigits | Self::Foreigner => {
                "CONFLICT"
            }
            Self::UnknownPlace => "INVALID",
            Self::BadDate | Self::LostZeros | Self::HalfRow => "UNREADABLE",
            Self::OtherKind => "SKIPPED",
        }
    }

    /// What a conflict is about; empty for all else.
    pub fn conflict(self) -> &'static str {
        match self {
            Self::SharedNumber => "NUMBER_TAKEN",
            Self::SecondNumber => "OTHER_NUMBER",
            Self::SecondEntry => "SAME_CHILD",
            Self::WrongDigits => "OTHER_DIGITS",
            Self::Foreigner => "NOT_ELIGIBLE",
            _ => "",
        }
    }
}
