//! A server's certificate and key, and the authorities whose certificates it believes.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig};

use super::possession::Possession;

/// Credentials cannot be used. No variant holds anything of a key.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// There is no certificate of the server.
    #[error("tls.certificate holds no certificate in PEM")]
    Certificate,
    /// There is no key of the server.
    #[error("tls.key holds no private key in PEM")]
    Key,
    /// There is no authority.
    #[error("tls.client_ca holds no certificate in PEM, or one that cannot sign others")]
    Authority,
    /// Certificate and key cannot be used together.
    #[error("tls.certificate and tls.key cannot be used together: {0}")]
    Pair(rustls::Error),
}

/// What a server shows of itself, and whom it believes.
pub struct Credentials {
    /// How it shakes hands.
    pub(super) server: Arc<ServerConfig>,
    /// Those who may sign certificates of callers.
    pub(super) authority: Arc<dyn ClientCertVerifier>,
}

impl Credentials {
    /// Reads them from PEM: the server's chain, its key, and the authorities of callers.
    ///
    /// # Errors
    /// [`TlsError`], naming the setting.
    pub fn from_pem(certificate: &[u8], key: &[u8], client_ca: &[u8]) -> Result<Self, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let chain = certificates(certificate).ok_or(TlsError::Certificate)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| TlsError::Key)?;
        let mut roots = RootCertStore::empty();
        for root in certificates(client_ca).ok_or(TlsError::Authority)? {
            roots.add(root).map_err(|_| TlsError::Authority)?;
        }
        let authority = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build();
        let authority = authority.map_err(|_| TlsError::Authority)?;
        let possession = Arc::new(Possession::new(Arc::clone(&authority)));
        let mut server = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Pair)?
            .with_client_cert_verifier(possession)
            .with_single_cert(chain, key)
            .map_err(TlsError::Pair)?;
        server.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Self {
            server: Arc::new(server),
            authority,
        })
    }
}

/// The certificates of a PEM file; at least one.
fn certificates(pem: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let all: Vec<_> = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().ok()?;
    (!all.is_empty()).then_some(all)
}
