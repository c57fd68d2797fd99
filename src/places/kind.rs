//! What kinds of unit there are, and the words that say so.

use std::sync::LazyLock;

use crate::number::word_key;

/// What a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnitKind {
    /// A province that was gone before the codes of numbers began, such as Hà Tây.
    FormerProvince,
    /// Huyện.
    RuralDistrict,
    /// Quận.
    UrbanDistrict,
    /// Thị xã.
    Town,
    /// Thành phố of a province, or of a city under the central government.
    City,
    /// Xã.
    Commune,
    /// Phường.
    Ward,
    /// Thị trấn.
    Township,
    /// Đặc khu.
    SpecialZone,
}

/// How high a unit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// A province.
    Province,
    /// Between province and commune; there is none since 2025-07-01.
    District,
    /// Where births are registered.
    Commune,
}

impl UnitKind {
    /// Every kind, with its name in files and the word for it.
    pub const ALL: [(Self, &'static str, &'static str); 9] = [
        (Self::FormerProvince, "FORMER_PROVINCE", "Tỉnh"),
        (Self::RuralDistrict, "RURAL_DISTRICT", "Huyện"),
        (Self::UrbanDistrict, "URBAN_DISTRICT", "Quận"),
        (Self::Town, "TOWN", "Thị xã"),
        (Self::City, "CITY", "Thành phố"),
        (Self::Commune, "COMMUNE", "Xã"),
        (Self::Ward, "WARD", "Phường"),
        (Self::Township, "TOWNSHIP", "Thị trấn"),
        (Self::SpecialZone, "SPECIAL_ZONE", "Đặc khu"),
    ];

    /// The kind of this name, as in files.
    pub fn named(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, known, _)| *known == name);
        found.map(|(kind, ..)| *kind)
    }

    /// Its name in files.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// The word for it, as it begins a name.
    pub fn word(self) -> &'static str {
        self.row().2
    }

    fn row(self) -> (Self, &'static str, &'static str) {
        // In the order of the kinds, as a test makes sure.
        Self::ALL[self as usize]
    }

    /// How high such a unit stands.
    pub fn level(self) -> Level {
        match self {
            Self::FormerProvince => Level::Province,
            Self::RuralDistrict | Self::UrbanDistrict | Self::Town | Self::City => Level::District,
            Self::Commune | Self::Ward | Self::Township | Self::SpecialZone => Level::Commune,
        }
    }
}

/// The words that begin a name, abbreviated ones too, each with the kinds it may stand for: in the form of
/// [`word_key`], a space behind it. Those that begin like others come first.
static WORDS: LazyLock<Vec<(String, &'static [UnitKind])>> = LazyLock::new(|| {
    use UnitKind::{City, Commune, FormerProvince, RuralDistrict, SpecialZone, Town, Township, UrbanDistrict, Ward};
    let words: [(&str, &[UnitKind]); 18] = [
        ("tỉnh", &[FormerProvince]),
        ("thành phố", &[City, FormerProvince]),
        ("tp", &[City, FormerProvince]),
        ("huyện đảo", &[RuralDistrict]),
        ("huyện", &[RuralDistrict]),
        ("h", &[RuralDistrict]),
        ("quận", &[UrbanDistrict]),
        ("q", &[UrbanDistrict]),
        ("thị xã", &[Town]),
        ("tx", &[Town]),
        ("xã", &[Commune]),
        ("x", &[Commune]),
        ("phường", &[Ward]),
        ("p", &[Ward]),
        ("thị trấn", &[Township]),
        ("tt", &[Township]),
        ("đặc khu", &[SpecialZone]),
        ("đk", &[SpecialZone]),
    ];
    words
        .map(|(word, kinds)| (format!("{} ", word_key(word)), kinds))
        .into()
});

/// The kinds for which the word before a name stands, and the name behind it, of a [`word_key`]; none where no such word
/// stands there.
pub(super) fn split_word(key: &str) -> Option<(&'static [UnitKind], &str)> {
    let split = |(word, kinds): &(String, &'static [UnitKind])| Some((*kinds, key.strip_prefix(word.as_str())?));
    WORDS.iter().find_map(split)
}
