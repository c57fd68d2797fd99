//! Blocks of numbers for missions.

use super::numbers::unspecified;
use super::{Asked, Misread, Reader, Reading};
use crate::number::{PlaceCode, Prefix};
use crate::proto::v1 as pb;
use crate::protocol::{Deed, Reservation};
use crate::registration::{Problem, sex_of};

/// The most numbers of one block.
pub const LARGEST_BLOCK: i32 = 1000;
/// The first year of birth.
const FIRST_YEAR: i32 = 1900;

/// What numbers an office may reserve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockLimits {
    /// For births of these countries; of all, if there are none.
    pub countries: Vec<PlaceCode>,
    /// How many that are unused it may hold at a time.
    pub most: usize,
}

/// Reads a reservation.
///
/// # Errors
/// Everything that is wrong with it.
pub fn reserve(by: Reading<'_>, message: &pb::ReserveBlockRequest, limits: &BlockLimits) -> Result<Asked, Misread> {
    let mut reader = Reader::new(by);
    let place = country(&mut reader, message.country_code.trim());
    if place.is_some_and(|place| !limits.countries.is_empty() && !limits.countries.contains(&place)) {
        reader.wrong("country_code", Problem::CountryOfOffice);
    }
    let sex = sex_of(message.sex);
    if sex.is_none() {
        reader.wrong("sex", unspecified(message.sex));
    }
    reader.fields.add("sex", message.sex);
    let next_year = i32::from(by.today.year()) + 1;
    let year = reader.within("birth_year", message.birth_year, FIRST_YEAR, next_year);
    let count = reader.within("count", message.count, 1, LARGEST_BLOCK);
    let expires_at = reader.time("expires_at", message.expires_at);
    let prefix = place.zip(sex).zip(year).and_then(|((place, sex), year)| {
        // Within the bounds, and so within those of a prefix.
        Prefix::new(place, sex, i16::try_from(year).ok()?).ok()
    });
    let reservation = prefix
        .zip(count)
        .zip(expires_at)
        .and_then(|((prefix, count), expires_at)| {
            Some(Reservation {
                prefix,
                count: usize::try_from(count).ok()?,
                expires_at,
                most: limits.most,
            })
        });
    reader.done(reservation.map(Deed::Reserve))
}

/// Reads that a block is closed.
///
/// # Errors
/// Everything that is wrong with it.
pub fn close(by: Reading<'_>, message: &pb::CloseBlockRequest) -> Result<Asked, Misread> {
    let mut reader = Reader::new(by);
    let block_id = reader.uuid("block_id", &message.block_id);
    reader.done(block_id.map(Deed::Close))
}

/// The code of a country in which missions register.
fn country(reader: &mut Reader<'_>, text: &str) -> Option<PlaceCode> {
    let place = PlaceCode::parse(text).ok();
    let place = place.filter(|place| reader.by.codes.is_country(*place));
    match (text.is_empty(), place) {
        (true, _) => reader.wrong("country_code", Problem::Required),
        (false, None) => reader.wrong("country_code", Problem::CountryCode),
        (false, Some(place)) => reader.fields.add("country_code", place),
    }
    place
}
