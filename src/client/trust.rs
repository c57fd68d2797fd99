//! Whom a client believes to be the service, and how it proves who it is itself.

use std::fmt;

use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Error, Identity};

use super::Address;

/// What a client needs to speak TLS.
#[derive(Clone)]
pub struct Trust(ClientTlsConfig);

impl Trust {
    /// Believes servers whose certificate one of these authorities signed (PEM).
    pub fn new(authorities: &[u8]) -> Self {
        Self(ClientTlsConfig::new().ca_certificate(Certificate::from_pem(authorities)))
    }

    /// And presents this certificate, of which it has the key (both PEM).
    pub fn presenting(self, certificate: &[u8], key: &[u8]) -> Self {
        Self(self.0.identity(Identity::from_pem(certificate, key)))
    }
}

impl fmt::Debug for Trust {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trust")
    }
}

/// How to reach a service.
///
/// # Errors
/// [`Error`] if the address or the certificates cannot be used.
pub(super) fn endpoint(server: &Address, trust: Option<&Trust>) -> Result<Endpoint, Error> {
    let endpoint = Endpoint::from_shared(server.to_string())?;
    match trust {
        Some(trust) if server.is_tls() => endpoint.tls_config(trust.0.clone()),
        _ => Ok(endpoint),
    }
}
