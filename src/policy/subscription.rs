//! What a subscriber is given: no more than its task needs.

use std::collections::HashSet;

use super::EventKind;
use crate::number::PlaceCode;

/// A field of the facts that may be handed to a subscriber. Ethnicity is not among them, nor are the parents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FactField {
    /// `full_name`.
    FullName,
    /// `date_of_birth`.
    DateOfBirth,
    /// `sex`.
    Sex,
    /// `nationalities`.
    Nationalities,
    /// `home_town`.
    HomeTown,
    /// `place_of_birth`.
    PlaceOfBirth,
    /// `birth_order`.
    BirthOrder,
    /// `births`.
    Births,
    /// `existing_identifiers`.
    ExistingIdentifiers,
}

impl FactField {
    /// Every field with its name in the contract.
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::FullName, "full_name"),
        (Self::DateOfBirth, "date_of_birth"),
        (Self::Sex, "sex"),
        (Self::Nationalities, "nationalities"),
        (Self::HomeTown, "home_town"),
        (Self::PlaceOfBirth, "place_of_birth"),
        (Self::BirthOrder, "birth_order"),
        (Self::Births, "births"),
        (Self::ExistingIdentifiers, "existing_identifiers"),
    ];
}

/// What a subscriber is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The kinds of events.
    pub kinds: HashSet<EventKind>,
    /// The fields of the facts.
    pub fields: HashSet<FactField>,
    /// The provinces whose numbers it is told of; empty for all.
    pub provinces: HashSet<PlaceCode>,
}

impl Subscription {
    /// Whether it is told of numbers of this place.
    pub fn covers(&self, place: PlaceCode) -> bool {
        self.provinces.is_empty() || self.provinces.contains(&place)
    }
}
