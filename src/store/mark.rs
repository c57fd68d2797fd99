//! What is remembered of a store for ever.

/// Something that has happened to a store, and matters from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It was served to callers who prove who they are: nobody may ever be believed without proof on it again.
    ServedByTls,
}

impl Mark {
    /// The name it is stored under.
    pub fn name(self) -> &'static str {
        match self {
            Self::ServedByTls => "served-by-tls",
        }
    }
}
