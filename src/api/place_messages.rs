//! Places and units as messages.

use jiff::civil::Date;

use super::answers::date_message;
use crate::number::{Codes, Place, PlaceKind};
use crate::places::{Gazetteer, Unit, UnitKind};
use crate::proto::v1;

/// What kinds of unit are called in messages.
const KINDS: [(UnitKind, v1::PlaceKind); 9] = [
    (UnitKind::FormerProvince, v1::PlaceKind::FormerProvince),
    (UnitKind::RuralDistrict, v1::PlaceKind::RuralDistrict),
    (UnitKind::UrbanDistrict, v1::PlaceKind::UrbanDistrict),
    (UnitKind::Town, v1::PlaceKind::Town),
    (UnitKind::City, v1::PlaceKind::City),
    (UnitKind::Commune, v1::PlaceKind::Commune),
    (UnitKind::Ward, v1::PlaceKind::Ward),
    (UnitKind::Township, v1::PlaceKind::Township),
    (UnitKind::SpecialZone, v1::PlaceKind::SpecialZone),
];

/// The kind of unit that a message names.
pub(super) fn unit_kind(kind: v1::PlaceKind) -> Option<UnitKind> {
    let known = KINDS.iter().find(|(_, told)| *told == kind);
    known.map(|(kind, _)| *kind)
}

/// A place with what has taken it over by a day.
pub(super) fn found(codes: &Codes, place: Option<&Place>, day: Date) -> v1::ResolvePlaceResponse {
    let successor = place.filter(|place| place.closed_on(day));
    let successor = successor.and_then(|place| codes.place(codes.successor_on(place.code, day)));
    v1::ResolvePlaceResponse {
        place: place.map(|place| place_message(place, day)),
        successor: successor.map(|place| place_message(place, day)),
        ..v1::ResolvePlaceResponse::default()
    }
}

/// Adds a unit with what stands for it on a day.
pub(super) fn with_unit(
    answer: v1::ResolvePlaceResponse,
    known: &Gazetteer<'_>,
    unit: &Unit,
    day: Date,
) -> v1::ResolvePlaceResponse {
    let successors = match unit.in_force(day) {
        true => Vec::new(),
        false => known.units.successors_on(unit, day),
    };
    v1::ResolvePlaceResponse {
        unit: Some(unit_message(known, unit, day)),
        unit_successors: unit_messages(known, successors, day),
        ..answer
    }
}

/// Places as they are on a day.
pub(super) fn place_messages<'a>(places: impl IntoIterator<Item = &'a Place>, day: Date) -> Vec<v1::RegistrationPlace> {
    places.into_iter().map(|place| place_message(place, day)).collect()
}

/// A place as it is on a day.
pub(super) fn place_message(place: &Place, day: Date) -> v1::RegistrationPlace {
    let kind = match place.kind {
        PlaceKind::Province => v1::PlaceKind::Province,
        PlaceKind::Country => v1::PlaceKind::Country,
    };
    let names = place.names().map(|(name, from)| v1::PlaceName {
        name: name.to_owned(),
        from: from.map(date_message),
    });
    v1::RegistrationPlace {
        code: place.code.to_string(),
        kind: kind.into(),
        name: place.name_on(day).unwrap_or(place.last_name()).to_owned(),
        names: names.collect(),
        active_from: Some(date_message(place.active_from)),
        active_until: place.active_until.map(date_message),
        successor_code: place.successor.map(|code| code.to_string()).unwrap_or_default(),
        country: place.iso_alpha2.clone().unwrap_or_default(),
    }
}

/// Units as they are on a day.
pub(super) fn unit_messages<'a>(
    known: &Gazetteer<'_>,
    units: impl IntoIterator<Item = &'a Unit>,
    day: Date,
) -> Vec<v1::PlaceUnit> {
    units.into_iter().map(|unit| unit_message(known, unit, day)).collect()
}

/// A unit as it is on a day.
pub(super) fn unit_message(known: &Gazetteer<'_>, unit: &Unit, day: Date) -> v1::PlaceUnit {
    let kind = KINDS.iter().find(|(kind, _)| *kind == unit.kind);
    v1::PlaceUnit {
        code: unit.code.clone(),
        kind: kind.map_or(v1::PlaceKind::Unspecified, |(_, told)| *told).into(),
        name: unit.name.clone(),
        address: known.address(unit, day),
        parent_code: unit.parent.clone().unwrap_or_default(),
        place_code: unit.place.to_string(),
        from: unit.from.map(date_message),
        until: unit.until.map(date_message),
        successor_codes: unit.successors.clone(),
    }
}
