//! Names of the contract as arguments: in capitals or not, and all told where another is given.

use crate::client::csv::Encoding;
use crate::policy;
use crate::policy::Role;
use crate::proto::v1::{EventKind, ImportSource, Sex};

/// A name that is none of those there are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be one of {0}")]
pub struct NoSuchChoice(String);

fn one_of<T: Copy>(text: &str, all: &[(T, &'static str)]) -> Result<T, NoSuchChoice> {
    let text = text.trim();
    let known = all.iter().find(|(_, name)| name.eq_ignore_ascii_case(text));
    known.map(|(choice, _)| *choice).ok_or_else(|| {
        let names: Vec<_> = all.iter().map(|(_, name)| *name).collect();
        NoSuchChoice(names.join(", "))
    })
}

/// Reads a role.
pub fn role(text: &str) -> Result<Role, NoSuchChoice> {
    one_of(text, &Role::ALL)
}

/// Reads a sex.
pub fn sex(text: &str) -> Result<Sex, NoSuchChoice> {
    one_of(text, &[(Sex::Male, "MALE"), (Sex::Female, "FEMALE")])
}

/// Reads the source of an import.
pub fn import_source(text: &str) -> Result<ImportSource, NoSuchChoice> {
    one_of(
        text,
        &[
            (ImportSource::Decree87, "DECREE_87"),
            (ImportSource::Process1292, "PROCESS_1292"),
            (ImportSource::Legacy158, "LEGACY_158"),
            (ImportSource::PopulationDatabase, "POPULATION_DATABASE"),
        ],
    )
}

/// Reads how text is written in a file.
pub fn encoding(text: &str) -> Result<Encoding, NoSuchChoice> {
    one_of(text, &Encoding::ALL)
}

/// Reads a kind of event.
pub fn event_kind(text: &str) -> Result<EventKind, NoSuchChoice> {
    let all = policy::EventKind::ALL.map(|(_, name)| {
        let kind = EventKind::from_str_name(&format!("EVENT_KIND_{name}"));
        (kind.unwrap_or_default(), name)
    });
    one_of(text, &all)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_in_capitals_and_without_and_no_other() {
        for (known, name) in Role::ALL {
            assert_eq!([role(name), role(&name.to_lowercase())], [Ok(known), Ok(known)]);
        }
        for (_, name) in policy::EventKind::ALL {
            let kind = event_kind(&name.to_lowercase()).unwrap();
            assert_eq!(kind.as_str_name(), format!("EVENT_KIND_{name}"));
        }
        for (known, name) in Encoding::ALL {
            assert_eq!([encoding(name), encoding(&name.to_lowercase())], [Ok(known), Ok(known)]);
        }
        for other in ["", "CLERK", "REGISTRAR,MISSION"] {
            let told = role(other).unwrap_err().to_string();
            assert!(told.contains("REGISTRAR, MISSION, POPULATION_AUTHORITY"), "{told}");
            assert!(event_kind(other).is_err());
        }
    }
}
