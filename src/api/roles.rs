//! Who may make which call: the one table.

use crate::policy::Role;

/// Makes the calls and the table of who may make them. A row says it for the registrar, the mission, the population
/// authority, the justice department, the subscriber, the auditor and the operator, in this order.
macro_rules! calls {
    ($($service:ident.$call:ident: $row:literal,)+) => {
        /// A call of the contract.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Call {
            $(#[doc = concat!("`", stringify!($service), ".", stringify!($call), "`.")] $call,)+
        }

        impl Call {
            /// Every call.
            pub const ALL: &[Self] = &[$(Self::$call,)+];

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$call => stringify!($call),)+ }
            }

            /// Its full name, with package and service.
            pub const fn full_name(self) -> &'static str {
                match self { $(Self::$call => concat!("dinhdanh.v1.", stringify!($service), "/", stringify!($call)),)+ }
            }

            /// Who may make it: a bit for each role, that of the registrar first.
            const fn row(self) -> u8 {
                match self { $(Self::$call => $row,)+ }
            }
        }
    };
}

calls! {
    //                                        RMPJSAO
    IssuanceService.IssueNumber:            0b1100000,
    IssuanceService.IssueNumbers:           0b1100000,
    IssuanceService.GetIssuance:            0b1100000,
    NumberService.GetNumber:                0b1111000,
    NumberService.VerifyNumber:             0b1111100,
    NumberService.BatchVerifyNumbers:       0b1111100,
    NumberService.ResolveIdentifier:        0b1111000,
    CoordinationService.ConfirmNumber:      0b0010000,
    CoordinationService.DisputeNumber:      0b0010000,
    CoordinationService.AttachNumber:       0b0010000,
    CoordinationService.ProposeRevocation:  0b1111000,
    CoordinationService.ProposeReissue:     0b1111000,
    CoordinationService.ProposeMerge:       0b1111000,
    CoordinationService.ProposeSplit:       0b1111000,
    CoordinationService.ListGrounds:        0b1111000,
    CoordinationService.ApproveCase:        0b0011000,
    CoordinationService.RejectCase:         0b0011000,
    CoordinationService.WithdrawCase:       0b1111000,
    CoordinationService.GetCase:            0b1111000,
    CoordinationService.ListCases:          0b1111000,
    BlockService.ReserveBlock:              0b0100000,
    BlockService.SettleNumber:              0b0100000,
    BlockService.SettleBlock:               0b0100000,
    BlockService.CloseBlock:                0b0100000,
    BlockService.GetBlock:                  0b0100000,
    ImportService.ImportRecords:            0b0011000,
    ImportService.ImportBatch:              0b0011000,
    CivilStatusService.RecordChange:        0b1111000,
    CivilStatusService.RecordChanges:       0b1111000,
    FeedService.ReadEvents:                 0b1111100,
    AuditService.ListAccesses:              0b0000010,
    LedgerService.GetCheckpoint:            0b1111010,
    LedgerService.GetEntry:                 0b1111010,
    LedgerService.GetInclusionProof:        0b1111010,
    LedgerService.GetConsistencyProof:      0b1111010,
    PlaceService.ResolvePlace:              0b1111000,
    PlaceService.ListPlaces:                0b1111000,
    ReconciliationService.Reconcile:        0b0011000,
}

impl Call {
    /// Whether it is one of those by which a mission settles what it handed out.
    pub fn settles(self) -> bool {
        matches!(self, Self::SettleNumber | Self::SettleBlock | Self::GetBlock)
    }
}

impl Role {
    /// Whether this role may make a call at all.
    pub fn may(self, call: Call) -> bool {
        let place = match self {
            Self::Registrar => 6,
            Self::Mission => 5,
            Self::PopulationAuthority => 4,
            Self::JusticeDepartment => 3,
            Self::Subscriber => 2,
            Self::Auditor => 1,
            Self::Operator => 0,
        };
        (call.row() >> place) & 1 == 1
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// The contract's table, written out once more by hand, by role: a change must be made in both places.
    fn by_role(role: &str) -> HashSet<Call> {
        use Call::*;
        let looking = [GetNumber, VerifyNumber, BatchVerifyNumbers, ResolveIdentifier];
        let proposing = [
            ProposeRevocation,
            ProposeReissue,
            ProposeMerge,
            ProposeSplit,
            ListGrounds,
            ResolvePlace,
            ListPlaces,
        ];
        let following = [
            WithdrawCase,
            GetCase,
            ListCases,
            RecordChange,
            RecordChanges,
            ReadEvents,
        ];
        let proofs = [GetCheckpoint, GetEntry, GetInclusionProof, GetConsistencyProof];
        let office = [&looking[..], &proposing[..], &following[..], &proofs[..]].concat();
        let further: &[Call] = match role {
            "REGISTRAR" => &[IssueNumber, IssueNumbers, GetIssuance],
            "MISSION" => &[
                IssueNumber,
                IssueNumbers,
                GetIssuance,
                ReserveBlock,
                SettleNumber,
                SettleBlock,
                CloseBlock,
                GetBlock,
            ],
            "POPULATION_AUTHORITY" => &[
                ConfirmNumber,
                DisputeNumber,
                AttachNumber,
                ApproveCase,
                RejectCase,
                ImportRecords,
                ImportBatch,
                Reconcile,
            ],
            "JUSTICE_DEPARTMENT" => &[ApproveCase, RejectCase, ImportRecords, ImportBatch, Reconcile],
            "SUBSCRIBER" => return [VerifyNumber, BatchVerifyNumbers, ReadEvents].into(),
            "AUDITOR" => return proofs.into_iter().chain([ListAccesses]).collect(),
            "OPERATOR" => return HashSet::new(),
            other => panic!("{other} is not in the contract"),
        };
        office.into_iter().chain(further.iter().copied()).collect()
    }

    #[test]
    fn every_call_of_every_role_is_as_the_contract_says() {
        assert_eq!(Call::ALL.len(), 38);
        for (role, name) in Role::ALL {
            let allowed = by_role(name);
            for &call in Call::ALL {
                assert_eq!(role.may(call), allowed.contains(&call), "{name} {call:?}");
            }
        }
    }
}
