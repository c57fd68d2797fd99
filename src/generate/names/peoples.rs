//! Names of peoples other than the Kinh, some of the larger ones. Neighbours share many names, and do so here.

use super::peoples_words::*;
use super::{Style, Table, Words, kinh_table};
use crate::generate::weighted::Weighted;

/// A people, as the ethnicity of a registration names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::generate) enum People {
    Tay,
    Nung,
    Thai,
    Muong,
    Mong,
    Dao,
    GiaRai,
    EDe,
    BaNa,
    Khmer,
    Hoa,
    Cham,
    Kinh,
}

/// All of them, in the order of their tables.
pub(super) const ALL: [People; 13] = [
    People::Tay,
    People::Nung,
    People::Thai,
    People::Muong,
    People::Mong,
    People::Dao,
    People::GiaRai,
    People::EDe,
    People::BaNa,
    People::Khmer,
    People::Hoa,
    People::Cham,
    People::Kinh,
];

impl People {
    /// The ethnicity as registers write it.
    pub(in crate::generate) fn ethnicity(self) -> &'static str {
        match self {
            People::Tay => "Tày",
            People::Nung => "Nùng",
            People::Thai => "Thái",
            People::Muong => "Mường",
            People::Mong => "Mông",
            People::Dao => "Dao",
            People::GiaRai => "Gia Rai",
            People::EDe => "Ê Đê",
            People::BaNa => "Ba Na",
            People::Khmer => "Khmer",
            People::Hoa => "Hoa",
            People::Cham => "Chăm",
            People::Kinh => "Kinh",
        }
    }

    /// Among the Ê Đê and the Gia Rai children belong to their mother's clan.
    pub(in crate::generate) fn surname_from_mother(self) -> bool {
        matches!(self, People::EDe | People::GiaRai)
    }

    pub(super) fn table(self) -> Table {
        match self {
            People::Kinh => kinh_table(),
            People::Tay => table(
                TAY,
                (&[("Thị", 8), ("Thu", 1), ("", 1)], VALLEY_WOMEN),
                (VALLEY_MIDDLE, VALLEY_MEN),
            ),
            People::Nung => table(NUNG, (&[("Thị", 1)], VALLEY_WOMEN), (VALLEY_MIDDLE, VALLEY_MEN)),
            People::Thai => table(THAI, (&[("Thị", 1)], VALLEY_WOMEN), (VALLEY_MIDDLE, VALLEY_MEN)),
            People::Muong => table(
                MUONG,
                (&[("Thị", 1)], VALLEY_WOMEN),
                (&[("Văn", 3), ("Công", 1)], VALLEY_MEN),
            ),
            People::Mong => table(
                MONG,
                (&[("Thị", 1)], MONG_WOMEN),
                (&[("A", 9), ("Seo", 2), ("Mí", 1)], MONG_MEN),
            ),
            People::Dao => table(
                DAO,
                (&[("Thị", 2), ("Mùi", 2), ("Tả", 1)], DAO_WOMEN),
                (DAO_MIDDLE, DAO_MEN),
            ),
            People::GiaRai => table(GIA_RAI, (&[("", 1)], HIGHLAND_WOMEN), (&[("", 1)], HIGHLAND_MEN)),
            People::EDe => Table {
                surname_last: true,
                ..table(E_DE, (&[("", 1)], HIGHLAND_WOMEN), (&[("Y", 1)], E_DE_MEN))
            },
            People::BaNa => table(BA_NA, (&[("", 1)], BA_NA_GIVEN), (&[("", 1)], BA_NA_GIVEN)),
            People::Khmer => table(
                KHMER,
                (&[("Thị", 5), ("", 3)], KHMER_WOMEN),
                (&[("", 4), ("Ngọc", 1)], KHMER_MEN),
            ),
            People::Hoa => table(
                HOA,
                (&[("Mỹ", 3), ("Tú", 1), ("Ngọc", 1)], HOA_WOMEN),
                (HOA_MIDDLE, HOA_MEN),
            ),
            People::Cham => table(
                CHAM,
                (&[("Thị", 5), ("Nữ", 1)], CHAM_WOMEN),
                (&[("Văn", 2), ("", 1)], CHAM_MEN),
            ),
        }
    }
}

/// A table in which parents and children are named alike.
fn table(surnames: Words, women: (Words, Words), men: (Words, Words)) -> Table {
    let style = |(middle, given): (Words, Words)| vec![Style::new(middle, given)];
    Table {
        surnames: Weighted::words(surnames),
        surname_last: false,
        women: style(women),
        men: style(men),
        girls: style(women),
        boys: style(men),
    }
}
