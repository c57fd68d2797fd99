//! What a policy file may say, and what it means.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod grounds;
mod reading;
mod standpoints;

use super::{Policy, PolicyError};

/// Offices of one department, one of none, and the others there can be.
const OFFICES: &str = r#"
[[office]]
code = "79-stp"
role = "JUSTICE_DEPARTMENT"
province = "079"

[[office]]
code = "26734"
role = "REGISTRAR"
department = "79-stp"
province = "079"

[[office]]
code = "00001"
role = "REGISTRAR"

[[office]]
code = "dsq-tokyo"
role = "MISSION"

[[office]]
code = "c06"
role = "POPULATION_AUTHORITY"

[[office]]
code = "bhxh"
role = "SUBSCRIBER"
"#;

/// The policy of those offices and what else is said.
fn with(more: &str) -> Result<Policy, PolicyError> {
    Policy::parse(&format!("{OFFICES}\n{more}"))
}
