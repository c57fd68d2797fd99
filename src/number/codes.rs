//! What each place code meant on which day.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::civil::Date;

use super::names::{self, NameSpan, name_key};
use super::tables::{self, CodesError};
use super::{Place, PlaceCode, PlaceKind};

/// The dated tables of place codes.
///
/// Since 2025-07-01 there are 34 provinces instead of 63. A merged province took the code of the one where its
/// People's Committee sits, and seven of the surviving codes now bear the name of *another* predecessor: Bắc Ninh was
/// 027 and is 024. So every look-up between name and code needs a day. Which prefix births registered after the mergers
/// receive has not been published; the tables are therefore configuration, and [`Codes::embedded`] is the default: 34
/// provinces open for issuing, all 63 known for reading. `data/SOURCES.md` says where each row comes from and what is
/// uncertain.
#[derive(Clone, Debug)]
pub struct Codes {
    places: BTreeMap<PlaceCode, Place>,
    names: Vec<NameSpan>,
    /// The names of countries, each with its code.
    countries: Vec<(String, PlaceCode)>,
}

/// Why no number may be given out under a code on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotIssuing {
    /// The tables do not know the code.
    #[error("the place code is not known")]
    Unknown,
    /// The code was closed.
    #[error("the place code is closed; its successor is {successor}")]
    Closed {
        /// The code that has taken its place by that day, through however many mergers.
        successor: PlaceCode,
    },
    /// The code is not open yet.
    #[error("the place code opens on {from}")]
    NotYetOpen {
        /// The day on which it opens.
        from: Date,
    },
}

static EMBEDDED: LazyLock<Codes> = LazyLock::new(|| {
    let provinces = include_str!("../../data/provinces.csv");
    let countries = include_str!("../../data/countries.csv");
    #[expect(
        clippy::expect_used,
        reason = "the tables are part of the program, and a test reads them"
    )]
    Codes::parse(provinces, countries).expect("embedded place tables")
});

impl Codes {
    /// The tables the program was built with: 63 provinces (34 open) and 195 country codes.
    pub fn embedded() -> &'static Codes {
        &EMBEDDED
    }

    /// Reads the two tables, in the columns of `data/provinces.csv` and `data/countries.csv`.
    ///
    /// # Errors
    /// [`CodesError`] if a file is not readable as such a table, or a row contradicts itself or another.
    pub fn parse(provinces_csv: &str, countries_csv: &str) -> Result<Codes, CodesError> {
        let (places, names) = tables::read(provinces_csv, countries_csv)?;
        let countries = names::countries(places.values());
        Ok(Codes {
            places,
            names,
            countries,
        })
    }

    /// All places, in the order of their codes.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        self.places.values()
    }

    /// The place with this code, open or closed.
    pub fn place(&self, code: PlaceCode) -> Option<&Place> {
        self.places.get(&code)
    }

    /// Whether this is the code of a country.
    pub fn is_country(&self, code: PlaceCode) -> bool {
        self.place(code).is_some_and(|place| place.kind == PlaceKind::Country)
    }

    /// Whether numbers may be given out under this code on `day`, the day of issue (never that of birth or of
    /// registration).
    ///
    /// # Errors
    /// [`NotIssuing`] says why not.
    pub fn issuing(&self, code: PlaceCode, day: Date) -> Result<(), NotIssuing> {
        let place = self.place(code).ok_or(NotIssuing::Unknown)?;
        if day < place.active_from {
            return Err(NotIssuing::NotYetOpen {
                from: place.active_from,
            });
        }
        if place.closed_on(day) {
            return Err(NotIssuing::Closed {
                successor: self.successor_on(code, day),
            });
        }
        Ok(())
    }

    /// The code that ends the chain of successors: the code itself where nothing took it over. Countries and codes the
    /// tables do not know are their own. It does not depend on a day, so that keys derived from it stay the same.
    pub fn successor_of(&self, code: PlaceCode) -> PlaceCode {
        self.follow(code, |_| true)
    }

    /// The code that stood for this place on `day`: the code itself until it was closed, then its successor's.
    pub fn successor_on(&self, code: PlaceCode, day: Date) -> PlaceCode {
        self.follow(code, |place| place.closed_on(day))
    }

    fn follow(&self, code: PlaceCode, onwards: impl Fn(&Place) -> bool) -> PlaceCode {
        let next = |code: &PlaceCode| self.place(*code).filter(|place| onwards(place))?.successor;
        std::iter::successors(Some(code), next).last().unwrap_or(code)
    }

    /// The code of the province that bore this name on `day`. Case, spacing, Unicode form, the place of the tone mark
    /// and a leading "Tỉnh" or "Thành phố" do not matter; another day's name is not found.
    pub fn province_named(&self, name: &str, day: Date) -> Option<PlaceCode> {
        let key = name_key(name);
        self.names
            .iter()
            .find(|span| span.holds(&key, day))
            .map(|span| span.code)
    }

    /// The code of the province that gave this name up last before `day`, or on it.
    pub(super) fn province_once_named(&self, name: &str, day: Date) -> Option<PlaceCode> {
        let key = name_key(name);
        let given_up = self
            .names
            .iter()
            .filter_map(|span| Some((span.given_up(&key, day)?, span.code)));
        given_up.max_by_key(|(until, _)| *until).map(|(_, code)| code)
    }

    /// The country of this name.
    pub(super) fn country_named(&self, name: &str) -> Option<PlaceCode> {
        let key = name_key(name);
        let named = self.countries.iter().find(|(known, _)| *known == key);
        named.map(|(_, code)| *code)
    }

    /// The name that went with this code on `day`; none if the code is unknown or was closed by then.
    pub fn name_on(&self, code: PlaceCode, day: Date) -> Option<&str> {
        self.place(code)?.name_on(day)
    }
}
