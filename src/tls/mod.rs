//! Mutual TLS: who this server is, and who stands at the other end of a connection.
//!
//! A handshake demands proof that the other end holds the key of the certificate it presents, and no more: whether that
//! certificate counts is judged call by call, by the authorities and the policy of that moment. So a caller is told in
//! words what is wrong, and one that is shut out need not be disconnected. Files are read elsewhere.

mod credentials;
#[cfg(test)]
mod fuzz;
mod judge;
mod name;
mod possession;
mod presented;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

pub use self::credentials::{Credentials, TlsError};
pub use self::judge::Holder;
pub use self::name::Name;
pub use self::presented::Presented;

/// The credentials in force, which may be replaced while connections are open.
pub struct Tls(ArcSwap<Credentials>);

impl Tls {
    /// With these credentials to begin with.
    pub fn new(credentials: Credentials) -> Self {
        Self(ArcSwap::from_pointee(credentials))
    }

    /// The credentials in force at this moment.
    pub fn current(&self) -> Arc<Credentials> {
        self.0.load_full()
    }

    /// Puts others in force: for handshakes from now on, and for judging the next call on every connection.
    pub fn replace(&self, credentials: Credentials) {
        self.0.store(Arc::new(credentials));
    }

    /// Shakes hands on a connection.
    ///
    /// # Errors
    /// Whatever ended it.
    pub async fn accept(&self, stream: TcpStream) -> io::Result<(TlsStream<TcpStream>, Presented)> {
        let acceptor = TlsAcceptor::from(Arc::clone(&self.current().server));
        let stream = acceptor.accept(stream).await?;
        let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
        let presented = Presented::new(
            chain
                .iter()
                .map(|certificate| certificate.clone().into_owned())
                .collect(),
        );
        Ok((stream, presented))
    }
}
