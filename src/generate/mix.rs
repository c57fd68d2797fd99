//! What is in a set of births.

/// How many of 10,000 are of which sort. What is left over are ordinary births: one child, registered in time.
///
/// The first group shares out the children, so its sum may not pass 10,000. The second group comes on top and is drawn
/// for each registration on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mix {
    /// Children who are one of twins declared as twins. One pair in twenty is born on both sides of midnight.
    pub twins: u32,
    /// Children who are one of triplets declared as triplets.
    pub triplets: u32,
    /// Second twins who are entered when the first already stands as a single birth. Each brings its first twin along,
    /// who counts as an ordinary birth.
    pub second_twins: u32,
    /// Abandoned children, without parents.
    pub foundlings: u32,
    /// Children registered after the time the law gives, at most ten years old.
    pub late: u32,
    /// People registered for the first time at fifteen or older.
    pub late_grown: u32,
    /// People of any age whose book was lost and who are registered again.
    pub re_registrations: u32,
    /// Vietnamese children with one foreign parent.
    pub foreign_parent: u32,
    /// Children of foreign nationality only.
    pub foreign_only: u32,
    /// Children registered at a mission abroad.
    pub abroad: u32,
    /// Children registered by a foreign authority and entered in a book at home.
    pub abroad_entries: u32,

    /// Registrations that are sent again, once to three times, under the same id.
    pub resent: u32,
    /// Registrations whose request id is used again for other content.
    pub changed: u32,
    /// Registrations typed in decomposed Unicode (NFD) throughout.
    pub nfd: u32,
    /// Ordinary births that are entered a second time as another registration: see
    /// [`Sort::Double`](super::Sort::Double).
    pub doubles: u32,
}

impl Mix {
    /// Nothing but ordinary births: for measuring throughput.
    pub const fn plain() -> Mix {
        Mix {
            twins: 0,
            triplets: 0,
            second_twins: 0,
            foundlings: 0,
            late: 0,
            late_grown: 0,
            re_registrations: 0,
            foreign_parent: 0,
            foreign_only: 0,
            abroad: 0,
            abroad_entries: 0,
            resent: 0,
            changed: 0,
            nfd: 0,
            doubles: 0,
        }
    }

    /// Every sort often enough that a sample of 2,000 shows all of them.
    pub const fn quickstart() -> Mix {
        Mix {
            twins: 300,
            triplets: 180,
            second_twins: 60,
            foundlings: 80,
            late: 200,
            late_grown: 100,
            re_registrations: 150,
            foreign_parent: 150,
            foreign_only: 100,
            abroad: 400,
            abroad_entries: 100,
            resent: 600,
            changed: 200,
            nfd: 1_000,
            doubles: 100,
        }
    }

    /// A hard day: 30 % sent again, 5 % with other content under an old id, 2 % twins, 0.5 % entered twice; the rest
    /// about as rare as it is.
    pub const fn campaign() -> Mix {
        Mix {
            twins: 200,
            triplets: 6,
            second_twins: 10,
            foundlings: 5,
            late: 200,
            late_grown: 20,
            re_registrations: 100,
            foreign_parent: 100,
            foreign_only: 20,
            abroad: 80,
            abroad_entries: 20,
            resent: 3_000,
            changed: 500,
            nfd: 300,
            doubles: 50,
        }
    }
}
