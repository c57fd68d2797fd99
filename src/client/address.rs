//! Where the service answers.

use std::fmt;
use std::str::FromStr;

use http::Uri;

/// The address of a service, `https://HOST:PORT`; or `http://HOST:PORT` for one that believes its callers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(String);

/// Why a text is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It has another form.
    #[error("write the server as https://HOST:PORT or http://HOST:PORT, for example http://127.0.0.1:7400")]
    Form,
}

impl Address {
    /// `http://HOST:PORT` or `https://HOST:PORT` in lower case, without a path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is reached by TLS.
    pub fn is_tls(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let uri: Uri = text.trim().parse().map_err(|_| AddressError::Form)?;
        let scheme = uri.scheme_str().filter(|scheme| ["http", "https"].contains(scheme));
        let scheme = scheme.ok_or(AddressError::Form)?;
        let bare = uri.path() == "/" && uri.query().is_none();
        let authority = uri
            .authority()
            .filter(|at| bare && at.port_u16().is_some() && !at.as_str().contains('@'));
        let authority = authority.ok_or(AddressError::Form)?;
        Ok(Self(format!("{scheme}://{}", authority.as_str().to_ascii_lowercase())))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_form() {
        for text in ["http://LocalHost:7400", " http://localhost:7400/ "] {
            assert_eq!(
                text.parse::<Address>().map(|address| address.0),
                Ok("http://localhost:7400".to_owned())
            );
        }
        assert!(
            "http://[::1]:7400"
                .parse::<Address>()
                .is_ok_and(|address| !address.is_tls())
        );
        assert!(
            "https://A:7400"
                .parse::<Address>()
                .is_ok_and(|address| address.is_tls() && address.0 == "https://a:7400")
        );
    }

    #[test]
    fn what_is_no_address_is_told_apart() {
        for text in [
            "",
            "127.0.0.1:7400",
            "localhost",
            "http://localhost",
            "http://a:1/x",
            "http://u:p@a:1",
            "ftp://a:1",
        ] {
            assert_eq!(text.parse::<Address>(), Err(AddressError::Form), "{text}");
        }
    }
}
