//! Who may make which call: the one table.

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

/// A call of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Call {
    /// `IssuanceService.IssueNumber`.
    IssueNumber,
    /// `IssuanceService.IssueNumbers`.
    IssueNumbers,
    /// `IssuanceService.GetIssuance`.
    GetIssuance,
    /// `NumberService.GetNumber`.
    GetNumber,
    /// `NumberService.VerifyNumber`.
    VerifyNumber,
}

impl Role {
    /// Every role with its name in metadata.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Registrar, "REGISTRAR"),
        (Self::Mission, "MISSION"),
        (Self::PopulationAuthority, "POPULATION_AUTHORITY"),
        (Self::JusticeDepartment, "JUSTICE_DEPARTMENT"),
        (Self::Subscriber, "SUBSCRIBER"),
        (Self::Auditor, "AUDITOR"),
        (Self::Operator, "OPERATOR"),
    ];

    /// The role of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(role, _)| *role)
    }

    /// Whether this role may make a call at all.
    pub fn may(self, call: Call) -> bool {
        use Call::{GetIssuance, GetNumber, IssueNumber, IssueNumbers, VerifyNumber};
        match self {
            Self::Registrar | Self::Mission => {
                matches!(
                    call,
                    IssueNumber | IssueNumbers | GetIssuance | GetNumber | VerifyNumber
                )
            }
            Self::PopulationAuthority | Self::JusticeDepartment => matches!(call, GetNumber | VerifyNumber),
            Self::Subscriber => matches!(call, VerifyNumber),
            Self::Auditor | Self::Operator => false,
        }
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    /// The contract's table, written out once more by hand: a change must be made in both places.
    #[test]
    fn every_call_of_every_role_is_as_the_contract_says() {
        let calls = [
            Call::IssueNumber,
            Call::IssueNumbers,
            Call::GetIssuance,
            Call::GetNumber,
            Call::VerifyNumber,
        ];
        let table = [
            ("REGISTRAR", [true, true, true, true, true]),
            ("MISSION", [true, true, true, true, true]),
            ("POPULATION_AUTHORITY", [false, false, false, true, true]),
            ("JUSTICE_DEPARTMENT", [false, false, false, true, true]),
            ("SUBSCRIBER", [false, false, false, false, true]),
            ("AUDITOR", [false; 5]),
            ("OPERATOR", [false; 5]),
        ];
        assert_eq!(table.len(), Role::ALL.len());
        for (name, row) in table {
            let role = Role::named(name).unwrap();
            for (call, allowed) in calls.into_iter().zip(row) {
                assert_eq!(role.may(call), allowed, "{name} {call:?}");
            }
        }
    }
}
