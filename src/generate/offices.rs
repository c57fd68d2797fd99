//! The offices and their books.

use jiff::civil::Date;

use super::dice::Dice;
use super::places::{self, COMMUNE_NAMES, COMMUNES, COUNTRIES, Census, Country};
use super::weighted::Weighted;
use crate::number::{Codes, Place, PlaceCode, PlaceKind};
use crate::proto::v1::{Register, RegistrationRef};

/// All offices that register births.
pub(super) struct Offices {
    provinces: Vec<Province>,
    missions: Vec<Mission>,
    by_size: Weighted<usize>,
    communes_by_size: Weighted<usize>,
    missions_by_size: Weighted<usize>,
    /// Every province code under which people may have their numbers.
    pub origins: Vec<PlaceCode>,
    /// The part of the country's births that happens in these provinces: numerator and denominator.
    pub share: (u64, u64),
}

/// A province and its communes.
pub(super) struct Province {
    code: PlaceCode,
    pub name: String,
    pub census: Census,
    /// The codes under which people of today's province may have their numbers: its own and those it took over.
    pub origins: Vec<PlaceCode>,
    communes: Vec<Office>,
}

/// A mission abroad.
struct Mission {
    country: &'static Country,
    office: Office,
}

/// One office with its books.
pub(super) struct Office {
    code: String,
    /// The name of the commune or city it stands in.
    pub place: &'static str,
    book_year: i32,
    entries: u32,
    entries_from_abroad: u32,
}

/// Where a birth is registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Desk {
    /// In a commune, both given by their index.
    Commune {
        /// The province.
        province: usize,
        /// The commune within it.
        commune: usize,
    },
    /// At a mission.
    Mission(usize),
}

impl Offices {
    /// The first `count` provinces that give out numbers on `today`, and the missions. None if there is no province.
    pub(super) fn open(codes: &Codes, today: Date, count: usize) -> Option<Offices> {
        let open = |place: &&Place| codes.issuing(place.code, today).is_ok();
        let all: Vec<&Place> = codes.places().filter(open).collect();
        let homes: Vec<&Place> = all
            .iter()
            .copied()
            .filter(|place| place.kind == PlaceKind::Province)
            .collect();
        let provinces: Vec<Province> = homes
            .iter()
            .take(count)
            .map(|place| province(codes, place, today))
            .collect();
        let weight = |place: &&Place| u64::from(places::census(place.code.value()).weight);
        let country_weight = homes.iter().map(weight).sum();
        if provinces.is_empty() {
            return None;
        }
        let known = |country: &&Country| all.iter().any(|place| place.code.value() == country.code);
        let missions: Vec<Mission> = COUNTRIES.iter().filter(known).flat_map(missions_in).collect();
        Some(Offices {
            by_size: Weighted::new(provinces.iter().map(|province| province.census.weight).enumerate()),
            communes_by_size: Weighted::new((0..COMMUNES).map(|commune| (commune, commune_weight(commune)))),
            missions_by_size: Weighted::new(missions.iter().map(|mission| mission.country.weight).enumerate()),
            share: (homes.iter().take(count).map(weight).sum(), country_weight),
            origins: codes
                .places()
                .filter(|place| place.kind == PlaceKind::Province)
                .map(|place| place.code)
                .collect(),
            provinces,
            missions,
        })
    }

    /// A province by its index, the large ones more often.
    pub(super) fn any_province(&self, dice: &mut Dice) -> usize {
        self.by_size.draw(dice).unwrap_or(0)
    }

    /// A commune of a province.
    pub(super) fn commune_of(&self, province: usize, dice: &mut Dice) -> Desk {
        let commune = self.communes_by_size.draw(dice).unwrap_or(0);
        Desk::Commune { province, commune }
    }

    pub(super) fn any_mission(&self, dice: &mut Dice) -> Desk {
        Desk::Mission(self.missions_by_size.draw(dice).unwrap_or(0))
    }

    pub(super) fn province(&self, index: usize) -> &Province {
        &self.provinces[index]
    }

    /// The country of a mission.
    pub(super) fn country(&self, mission: usize) -> &'static Country {
        self.missions[mission].country
    }

    /// The place of registration, three digits: the province, or the country of a mission.
    pub(super) fn place_code(&self, desk: Desk) -> String {
        match desk {
            Desk::Commune { province, .. } => self.provinces[province].code.to_string(),
            Desk::Mission(mission) => format!("{:03}", self.missions[mission].country.code),
        }
    }

    /// The office at a desk.
    pub(super) fn office(&self, desk: Desk) -> &Office {
        match desk {
            Desk::Commune { province, commune } => &self.provinces[province].communes[commune],
            Desk::Mission(mission) => &self.missions[mission].office,
        }
    }

    /// The next entry in the book of that year. Years must not run backwards.
    pub(super) fn next_entry(&mut self, desk: Desk, register: Register, book_year: i32) -> RegistrationRef {
        let office = match desk {
            Desk::Commune { province, commune } => &mut self.provinces[province].communes[commune],
            Desk::Mission(mission) => &mut self.missions[mission].office,
        };
        if office.book_year != book_year {
            (office.book_year, office.entries, office.entries_from_abroad) = (book_year, 0, 0);
        }
        let entries = match register {
            Register::AbroadEntry => &mut office.entries_from_abroad,
            _ => &mut office.entries,
        };
        *entries += 1;
        RegistrationRef {
            office_code: office.code.clone(),
            register: register.into(),
            book_year,
            book_number: String::new(),
            entry_number: entries.to_string(),
        }
    }
}

fn province(codes: &Codes, place: &Place, today: Date) -> Province {
    let value = place.code.value();
    let joined = |other: &&Place| codes.successor_on(other.code, today) == place.code;
    let communes = (0..COMMUNES).map(|commune| {
        let name = COMMUNE_NAMES[(usize::from(value) * 7 + commune) % COMMUNE_NAMES.len()];
        Office::new(place.code, commune + 1, name)
    });
    Province {
        code: place.code,
        name: place.name_on(today).unwrap_or(&place.name).to_owned(),
        census: places::census(value),
        origins: codes.places().filter(joined).map(|other| other.code).collect(),
        communes: communes.collect(),
    }
}

fn missions_in(country: &'static Country) -> impl Iterator<Item = Mission> {
    let code = PlaceCode::new(country.code).ok();
    let cities = country.cities.iter().enumerate();
    cities.filter_map(move |(index, city)| {
        Some(Mission {
            country,
            office: Office::new(code?, index + 1, city),
        })
    })
}

impl Office {
    /// Its code is that of the place and a number within it, such as 079-014.
    fn new(place: PlaceCode, number: usize, name: &'static str) -> Office {
        Office {
            code: format!("{place}-{number:03}"),
            place: name,
            book_year: 0,
            entries: 0,
            entries_from_abroad: 0,
        }
    }
}

/// Communes differ in size: the largest has about nine times the births of the smallest.
fn commune_weight(commune: usize) -> u16 {
    u16::try_from(1_200 / (commune + 12)).unwrap_or(1)
}
