//! Policy files.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use jiff::civil::date;

use super::{EventKind, FactField, Policy, Role};
use crate::fuzzing::{Form, Fuzz};

const EXAMPLE: &str = r#"
denied = ["0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"]
reissue_place = "successor"
block_numbers = 500
settling_grace_days = 30

[[office]]
code = "79-stp"
role = "JUSTICE_DEPARTMENT"
province = "079"

[[office]]
code = "26734"
role = "REGISTRAR"
department = "79-stp"
from = 2016-01-01
until = 2025-07-01
successor = "26737"

[[office]]
code = "26737"
role = "REGISTRAR"
department = "79-stp"

[[office]]
code = "dsq-tokyo"
role = "MISSION"
countries = ["392"]
block_numbers = 100

[[office]]
code = "bhxh"
role = "SUBSCRIBER"

[[gateway]]
system = "one-stop"
offices = ["26734", "26737"]

[[subscriber]]
office = "bhxh"
kinds = ["ISSUED", "REISSUED"]
fields = ["full_name"]
provinces = ["079"]

[[ground]]
code = "ND70-11.7.B"
kinds = ["REVOCATION"]
from = 2024-07-01
vietnamese = "Căn cứ"
english = "A ground"
"#;

#[test]
fn policy() {
    let roles = Role::ALL.map(|(_, name)| name);
    let kinds = EventKind::ALL.map(|(_, name)| name);
    let fields = FactField::ALL.map(|(_, name)| name);
    let keys = [
        "successor",
        "until",
        "from",
        "2025-07-01",
        "9999-12-31",
        "[[office]]",
        "[[ground]]",
        "\"26734\"",
        "\"system\"",
    ];
    let deep = ["[", "{a=", "a."].map(|part| part.repeat(3_000));
    let fuzz = Fuzz::of(Form::Text)
        .words(roles)
        .words(kinds)
        .words(fields)
        .words(keys)
        .words(deep);
    fuzz.seed(EXAMPLE).run(|bytes| {
        let policy = match Policy::parse(&String::from_utf8_lossy(bytes)) {
            Err(error) => {
                let words = error.to_string();
                return words
                    .split_once(": ")
                    .map_or(words.clone(), |(_, what)| what.chars().take(24).collect());
            }
            Ok(policy) => policy,
        };
        for day in [date(1, 1, 1), date(2025, 6, 30), date(2025, 7, 1), date(9999, 12, 31)] {
            for office in ["26734", "26737", "79-stp", "dsq-tokyo"] {
                let role = policy.office(office).map_or(Role::Registrar, |office| office.role);
                let _ = (policy.standpoint(role, office, day), policy.block_limits(office));
            }
        }
        format!("{} offices", policy.office_count().min(9))
    });
}
