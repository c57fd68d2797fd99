//! The kinds of events a subscriber may be given.

/// What a feed event tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// A number was given.
    Issued,
    /// A registration waits for a case.
    UnderReview,
    /// A registration was refused.
    Rejected,
    /// The population side confirmed a number.
    Confirmed,
    /// The population side disputed a number.
    Disputed,
    /// A number was attached to a registration.
    Attached,
    /// A number was revoked.
    Revoked,
    /// A number was given in place of another.
    Reissued,
    /// A case was opened.
    CaseOpened,
    /// A case was decided.
    CaseDecided,
    /// A person's civil status changed.
    CivilStatus,
    /// A block of numbers was reserved or closed.
    Block,
    /// A number was taken over from elsewhere.
    Imported,
}

impl EventKind {
    /// Every kind with its name in the contract.
    pub const ALL: [(Self, &'static str); 13] = [
        (Self::Issued, "ISSUED"),
        (Self::UnderReview, "UNDER_REVIEW"),
        (Self::Rejected, "REJECTED"),
        (Self::Confirmed, "CONFIRMED"),
        (Self::Disputed, "DISPUTED"),
        (Self::Attached, "ATTACHED"),
        (Self::Revoked, "REVOKED"),
        (Self::Reissued, "REISSUED"),
        (Self::CaseOpened, "CASE_OPENED"),
        (Self::CaseDecided, "CASE_DECIDED"),
        (Self::CivilStatus, "CIVIL_STATUS"),
        (Self::Block, "BLOCK"),
        (Self::Imported, "IMPORTED"),
    ];
}
