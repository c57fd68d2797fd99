//! What must not be shown.

use std::fmt;
use std::path::Path;

use url::Url;
use zeroize::Zeroizing;

/// What stands in place of a secret wherever one would be shown.
const MASK: &str = "***";

/// A password. It is wiped from memory when dropped, and never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// A secret with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Reads a secret from a file; a line break at its end is not part of it.
    ///
    /// # Errors
    /// Why the file cannot be used, in words that hold nothing of its content.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = Zeroizing::new(std::fs::read_to_string(path).map_err(|error| error.to_string())?);
        match text.trim_end_matches(['\r', '\n']) {
            "" => Err("the file is empty".to_owned()),
            line if line.contains('\n') => Err("the file holds more than one line".to_owned()),
            line => Ok(Self::new(line)),
        }
    }

    /// The text itself, for whoever must send it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// The URL of a server, perhaps with a password in it. Shown without that.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerUrl(Secret);

impl ServerUrl {
    /// Reads a URL of one of these schemes, naming a host.
    ///
    /// # Errors
    /// What is wrong with it, in words that hold nothing of it.
    pub fn parse(text: &str, schemes: &[&str]) -> Result<Self, String> {
        let rest = schemes
            .iter()
            .find_map(|scheme| text.strip_prefix(scheme)?.strip_prefix("://"));
        let Some(rest) = rest else {
            let schemes: Vec<_> = schemes.iter().map(|scheme| format!("{scheme}://")).collect();
            return Err(format!("must begin with {}", schemes.join(" or ")));
        };
        // A password with one of these ends too early, and what is left of it would be taken for a host or a name.
        if rest.contains('#')
            || rest
                .rsplit_once('@')
                .is_some_and(|(login, _)| login.contains(['@', '/', '?']))
        {
            return Err(
                "has a character in the wrong place: in a user name or password write @ as %40, / as %2F, \
                        # as %23 and ? as %3F, or use a password file"
                    .to_owned(),
            );
        }
        let url = Url::parse(text).map_err(|error| format!("is not a URL: {error}"))?;
        if url.host_str().is_none_or(str::is_empty) && !names_a_socket(&url) {
            return Err("names no host".to_owned());
        }
        Ok(Self(Secret::new(text)))
    }

    /// The whole text, for whoever connects.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The whole text with this password in it, as a parameter: that has a place in every form of such a URL.
    pub fn with_password(&self, password: &Secret) -> Secret {
        let Ok(mut url) = Url::parse(self.expose()) else {
            return self.0.clone();
        };
        url.query_pairs_mut().append_pair("password", password.expose());
        Secret::new(url)
    }

    /// Whether a password is part of it.
    pub fn has_password(&self) -> bool {
        Url::parse(self.expose())
            .is_ok_and(|url| url.password().is_some() || url.query_pairs().any(|(name, _)| is_secret(&name)))
    }

    /// A parameter of its query.
    pub fn parameter(&self, wanted: &str) -> Option<String> {
        let url = Url::parse(self.expose()).ok()?;
        let found = url.query_pairs().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.into_owned())
    }

    /// The names of the parameters of its query.
    pub fn parameter_names(&self) -> Vec<String> {
        let url = Url::parse(self.expose()).ok();
        let names = url
            .iter()
            .flat_map(|url| url.query_pairs().map(|(name, _)| name.into_owned()));
        names.collect()
    }

    /// The host it names, as it is written there.
    pub fn host(&self) -> Option<String> {
        let named = Url::parse(self.expose()).ok()?.host_str().map(str::to_owned);
        named.filter(|host| !host.is_empty()).or_else(|| self.parameter("host"))
    }

    /// Whether it asks for TLS by its scheme.
    pub fn is_tls(&self) -> bool {
        self.expose().starts_with("rediss://")
    }
}

fn is_secret(parameter: &str) -> bool {
    parameter.contains("pass")
}

/// PostgreSQL's way to name a socket's folder instead of a host.
fn names_a_socket(url: &Url) -> bool {
    url.query_pairs()
        .any(|(name, value)| name == "host" && !value.is_empty())
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(mut url) = Url::parse(self.expose()) else {
            return f.write_str(MASK);
        };
        if url.password().is_some() && url.set_password(Some(MASK)).is_err() {
            return f.write_str(MASK);
        }
        if url.query_pairs().any(|(name, _)| is_secret(&name)) {
            let pairs: Vec<_> = url
                .query_pairs()
                .filter(|(name, _)| !is_secret(name))
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect();
            url.query_pairs_mut().clear().extend_pairs(pairs);
        }
        f.write_str(url.as_str())
    }
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
