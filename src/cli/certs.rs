//! `dinhdanh certs`.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::tz::TimeZone;

use super::CliError;
use crate::devca::{Authority, Validity};
use crate::shell::Clock;
use crate::tls::Name;

/// Make certificates for development: an authority, a server, callers, and a policy that lists them.
///
/// For development only: the key of the authority lies beside what it signs. Run again on the same folder, it adds
/// certificates by the same authority, renews those named, and leaves policy.toml as it is.
///
/// A caller is ROLE/OFFICE, with a role of registrar, mission, population_authority, justice_department, subscriber, auditor
/// or operator; or gateway/SYSTEM; or the whole URI, spiffe://dinhdanh/ROLE/OFFICE. Its files are ROLE-OFFICE.pem and .key.
///
/// Example: dinhdanh certs --out certs registrar/26734 population_authority/c06 justice_department/79-stp gateway/cong-79
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Certs {
    /// The folder for all files, made if it is not there.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Names and addresses under which the server is reached. [default: localhost,127.0.0.1, if there is no server.pem]
    #[arg(long, value_delimiter = ',', value_name = "NAME,…")]
    server: Vec<String>,
    /// For how many days what is made is valid.
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
    /// The callers.
    #[arg(value_name = "CALLER", value_parser = caller)]
    callers: Vec<Name>,
}

impl Certs {
    /// Makes them, and says what was made.
    ///
    /// # Errors
    /// [`CliError`] if they cannot be made.
    pub fn run(self, clock: &dyn Clock) -> Result<(), CliError> {
        let today = clock.now().to_zoned_datetime(TimeZone::UTC).date();
        let validity = Validity::days(today, self.days).map_err(CliError::of)?;
        let authority = Authority::of(&self.out, validity).map_err(CliError::of)?;
        if !self.server.is_empty() || !authority.has_server() {
            let names = match self.server.as_slice() {
                [] => &["localhost", "127.0.0.1"].map(str::to_owned)[..],
                names => names,
            };
            made(&authority.sign_server(names).map_err(CliError::of)?);
        }
        for caller in &self.callers {
            made(&authority.sign_caller(caller).map_err(CliError::of)?);
        }
        match authority.write_policy(&self.callers).map_err(CliError::of)? {
            Some(policy) => made(&policy),
            None => println!("left policy.toml as it was: callers that are new must be listed there by hand"),
        }
        println!("For development only: whoever can read ca.key can call as anybody.");
        Ok(())
    }
}

fn made(file: &Path) {
    println!("made {}", file.display());
}

/// Reads a caller, with or without what all URIs begin with.
fn caller(text: &str) -> Result<Name, String> {
    Name::parse(text)
        .or_else(|_| Name::parse(&format!("spiffe://dinhdanh/{text}")))
        .map_err(|_| "a caller is ROLE/OFFICE or gateway/SYSTEM, such as registrar/26734".to_owned())
}
