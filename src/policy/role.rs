//! What a caller is.

use crate::protocol::Side;

/// What a caller is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// A civil-status office.
    Registrar,
    /// An embassy or consulate.
    Mission,
    /// The authority over the national population database.
    PopulationAuthority,
    /// A provincial justice department, or the Ministry.
    JusticeDepartment,
    /// A service that follows changes and verifies.
    Subscriber,
    /// An inspector.
    Auditor,
    /// Those who run the service.
    Operator,
}

impl Role {
    /// Every role with its name in metadata and in the policy.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Registrar, "REGISTRAR"),
        (Self::Mission, "MISSION"),
        (Self::PopulationAuthority, "POPULATION_AUTHORITY"),
        (Self::JusticeDepartment, "JUSTICE_DEPARTMENT"),
        (Self::Subscriber, "SUBSCRIBER"),
        (Self::Auditor, "AUDITOR"),
        (Self::Operator, "OPERATOR"),
    ];

    /// Its name in metadata and in the policy.
    pub fn name(self) -> &'static str {
        let known = Self::ALL.iter().find(|(role, _)| *role == self);
        known.map_or("", |(_, name)| name)
    }

    /// The role of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::found(|known| known == name)
    }

    /// The role of a name as certificates write it, in lower case.
    pub fn in_uri(name: &str) -> Option<Self> {
        Self::found(|known| known.to_ascii_lowercase() == name)
    }

    fn found(is_meant: impl Fn(&str) -> bool) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, known)| is_meant(known))
            .map(|(role, _)| *role)
    }

    /// The side it is on when a case is settled, if it takes part.
    pub fn side(self) -> Option<Side> {
        match self {
            Self::Registrar | Self::Mission | Self::JusticeDepartment => Some(Side::Registration),
            Self::PopulationAuthority => Some(Side::Population),
            Self::Subscriber | Self::Auditor | Self::Operator => None,
        }
    }

    /// Whether this role registers births.
    pub fn registers(self) -> bool {
        matches!(self, Self::Registrar | Self::Mission)
    }

    /// Whether this role is told a person's ethnicity, which is sensitive.
    pub fn sees_ethnicity(self) -> bool {
        matches!(self, Self::PopulationAuthority | Self::JusticeDepartment)
    }

    /// Whether this role sees every number, not only those of its own registrations.
    pub fn sees_every_number(self) -> bool {
        self == Self::PopulationAuthority
    }
}
