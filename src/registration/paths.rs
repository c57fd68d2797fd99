//! The dotted paths of all fields, as callers know them.

/// Paths of a `RegistrationRef`.
pub(super) struct RefPaths {
    pub(super) whole: &'static str,
    pub(super) office_code: &'static str,
    pub(super) register: &'static str,
    pub(super) book_year: &'static str,
    pub(super) book_number: &'static str,
    pub(super) entry_number: &'static str,
}

/// Paths of a `Person`.
pub(super) struct PersonPaths {
    pub(super) whole: &'static str,
    pub(super) full_name: &'static str,
    pub(super) date_of_birth: &'static str,
    pub(super) birth_year: &'static str,
    pub(super) personal_number: &'static str,
    pub(super) identifiers: IdentifierPaths,
    pub(super) nationality: &'static str,
    pub(super) organisation_name: &'static str,
}

/// Paths of a `Place`.
pub(super) struct PlacePaths {
    pub(super) text: &'static str,
    pub(super) unit_code: &'static str,
    pub(super) country: &'static str,
}

/// Paths of a list of `Identifier`. They bear no index: the list is kept sorted, so an index would not be the caller's.
pub(super) struct IdentifierPaths {
    pub(super) whole: &'static str,
    pub(super) r#type: &'static str,
    pub(super) value: &'static str,
    pub(super) country: &'static str,
}

macro_rules! reference {
    ($base:literal) => {
        RefPaths {
            whole: $base,
            office_code: concat!($base, ".office_code"),
            register: concat!($base, ".register"),
            book_year: concat!($base, ".book_year"),
            book_number: concat!($base, ".book_number"),
            entry_number: concat!($base, ".entry_number"),
        }
    };
}

macro_rules! identifiers {
    ($base:literal, $name:literal) => {
        IdentifierPaths {
            whole: concat!($base, ".", $name),
            r#type: concat!($base, ".", $name, ".type"),
            value: concat!($base, ".", $name, ".value"),
            country: concat!($base, ".", $name, ".country"),
        }
    };
}

/// Of the paper that a caller looks up by.
pub(super) const ASKED_IDENTIFIER: IdentifierPaths = IdentifierPaths {
    whole: "identifier",
    r#type: "identifier.type",
    value: "identifier.value",
    country: "identifier.country",
};

macro_rules! person {
    ($base:literal) => {
        PersonPaths {
            whole: $base,
            full_name: concat!($base, ".full_name"),
            date_of_birth: concat!($base, ".date_of_birth"),
            birth_year: concat!($base, ".birth_year"),
            personal_number: concat!($base, ".personal_number"),
            identifiers: identifiers!($base, "identifiers"),
            nationality: concat!($base, ".nationality"),
            organisation_name: concat!($base, ".organisation_name"),
        }
    };
}

macro_rules! place {
    ($base:literal) => {
        PlacePaths {
            text: concat!($base, ".text"),
            unit_code: concat!($base, ".unit_code"),
            country: concat!($base, ".country"),
        }
    };
}

pub(super) const REGISTRATION: &str = "registration";
pub(super) const REF: RefPaths = reference!("registration.ref");
/// Of the reference that a caller looks up by.
pub(super) const ASKED_REF: RefPaths = reference!("ref");
pub(super) const KIND: &str = "registration.kind";
pub(super) const REGISTERED_ON: &str = "registration.registered_on";
pub(super) const PLACE_CODE: &str = "registration.place_code";

pub(super) const CHILD: &str = "registration.child";
pub(super) const CHILD_NAME: &str = "registration.child.full_name";
pub(super) const CHILD_BORN: &str = "registration.child.date_of_birth";
pub(super) const SEX: &str = "registration.child.sex";
pub(super) const ETHNICITY: &str = "registration.child.ethnicity";
pub(super) const NATIONALITIES: &str = "registration.child.nationalities";
pub(super) const HOME_TOWN: PlacePaths = place!("registration.child.home_town");
pub(super) const PLACE_OF_BIRTH: PlacePaths = place!("registration.child.place_of_birth");
pub(super) const BIRTH_ORDER: &str = "registration.child.birth_order";
pub(super) const BIRTHS: &str = "registration.child.births";
pub(super) const CHILD_IDENTIFIERS: IdentifierPaths = identifiers!("registration.child", "existing_identifiers");

pub(super) const MOTHER: PersonPaths = person!("registration.mother");
pub(super) const FATHER: PersonPaths = person!("registration.father");
pub(super) const REPRESENTATIVE: PersonPaths = person!("registration.representative");
pub(super) const FOUNDLING: &str = "registration.foundling";
pub(super) const FORMER_REF: RefPaths = reference!("registration.former_ref");
