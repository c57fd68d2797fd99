//! A policy that lists the callers certificates were made for.

use super::DevCaError;
use crate::policy::{Policy, Role};
use crate::tls::Name;

const HEAD: &str = "# Who may call, for development. docs/identity.md tells what else can be said here.\n";

/// The text of such a policy. Where there is one justice department, it is over all offices that register births.
pub(super) fn of(callers: &[Name]) -> Result<String, DevCaError> {
    let departments: Vec<_> = callers.iter().filter_map(department).collect();
    let department = match departments.as_slice() {
        [only] => Some(*only),
        _ => None,
    };
    let mut text = HEAD.to_owned();
    text.extend(callers.iter().map(|caller| entry(caller, department)));
    Policy::parse(&text).map_err(DevCaError::Policy)?;
    Ok(text)
}

fn department(caller: &Name) -> Option<&str> {
    match caller {
        Name::Office {
            role: Role::JusticeDepartment,
            office,
        } => Some(office),
        _ => None,
    }
}

fn entry(caller: &Name, department: Option<&str>) -> String {
    match caller {
        Name::Office { role, office } => {
            let over = department.filter(|_| role.registers());
            let over = over.map(|code| format!("department = \"{code}\"\n"));
            format!(
                "\n[[office]]\ncode = \"{office}\"\nrole = \"{}\"\n{}",
                role.name(),
                over.unwrap_or_default()
            )
        }
        Name::Gateway { system } => format!(
            "\n[[gateway]]\nsystem = \"{system}\"\n\
             # The offices it may act for: codes of registrars and missions listed here.\noffices = []\n"
        ),
    }
}
