//! The name a certificate gives its holder: `spiffe://dinhdanh/<role>/<office>`, or `spiffe://dinhdanh/gateway/<system>`.

use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::policy::{Role, is_code, is_office};

/// What names of this service begin with.
const TRUST_DOMAIN: &str = "spiffe://dinhdanh/";
/// What stands in the place of a role for shared systems.
const GATEWAY: &str = "gateway";

const NO_NAME: &str = "the client certificate holds no URI spiffe://dinhdanh/...";
const SEVERAL: &str = "the client certificate holds several URIs; exactly one is allowed";
const MALFORMED: &str = "the client certificate's names cannot be read";
const OTHER_FORM: &str = "the client certificate's URI is not of the form spiffe://dinhdanh/<role>/<office>";

/// Who holds a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// An office, in its role.
    Office {
        /// Its role.
        role: Role,
        /// Its code.
        office: String,
    },
    /// A shared system, which acts for offices.
    Gateway {
        /// Its name.
        system: String,
    },
}

impl Name {
    /// The URI that a certificate holds for it.
    pub fn uri(&self) -> String {
        format!("{TRUST_DOMAIN}{}", self.path())
    }

    /// What its URI says within this service: `<role>/<office>` or `gateway/<system>`.
    pub fn path(&self) -> String {
        match self {
            Self::Office { role, office } => format!("{}/{office}", role.name().to_ascii_lowercase()),
            Self::Gateway { system } => format!("{GATEWAY}/{system}"),
        }
    }

    /// Reads the URI of a certificate.
    ///
    /// # Errors
    /// What is wrong with it, in words that hold nothing of it.
    pub fn parse(uri: &str) -> Result<Self, &'static str> {
        let path = uri.strip_prefix(TRUST_DOMAIN).ok_or(OTHER_FORM)?;
        let (kind, name) = path.split_once('/').ok_or(OTHER_FORM)?;
        match Role::in_uri(kind) {
            Some(role) if is_office(name) => Ok(Self::Office {
                role,
                office: name.to_owned(),
            }),
            None if kind == GATEWAY && is_code(name) => Ok(Self::Gateway {
                system: name.to_owned(),
            }),
            _ => Err(OTHER_FORM),
        }
    }
}

/// The one URI that a certificate holds.
///
/// # Errors
/// What is wrong with it, in words that hold nothing of it.
pub(super) fn uri_of(certificate: &[u8]) -> Result<String, &'static str> {
    let (_, certificate) = X509Certificate::from_der(certificate).map_err(|_| MALFORMED)?;
    let names = certificate.subject_alternative_name().map_err(|_| MALFORMED)?;
    let names = &names.ok_or(NO_NAME)?.value.general_names;
    let mut uris = names.iter().filter_map(|name| match name {
        GeneralName::URI(uri) => Some(Ok(*uri)),
        GeneralName::Invalid(..) => Some(Err(MALFORMED)),
        _ => None,
    });
    let uri = uris.next().ok_or(NO_NAME)??;
    match uris.next() {
        None => Ok(uri.to_owned()),
        Some(further) => further.and(Err(SEVERAL)),
    }
}
