//! By what a server tells its callers apart: read from files when it starts, and again while it runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::ServeError;
use super::reload::Stamps;
use crate::api::{CertifiedIdentity, DevIdentity, Identity};
use crate::config::{Config, TlsConfig};
use crate::policy::{Policies, Policy};
use crate::shell::Clock;
use crate::tls::{Credentials, Tls};

/// By what callers are told apart, and the files that say it.
pub(super) struct Callers {
    pub policies: Arc<Policies>,
    /// Without it, callers are believed without proof.
    pub tls: Option<Arc<Tls>>,
    files: Files,
    /// How the files were when they were first read.
    pub first: Stamps,
}

/// The files that say it.
struct Files {
    policy: Option<PathBuf>,
    tls: Option<TlsConfig>,
}

impl Files {
    /// As they are now.
    fn stamps(&self) -> Stamps {
        let tls = self.tls.iter();
        let tls = tls.flat_map(|tls| [&tls.certificate, &tls.key, &tls.client_ca]);
        Stamps::of(self.policy.iter().chain(tls).map(PathBuf::as_path))
    }
}

impl Callers {
    /// Reads the files.
    pub fn load(config: &Config) -> Result<Self, ServeError> {
        let files = Files {
            policy: config.policy.clone(),
            tls: config.tls.clone(),
        };
        // First, so that what changes from here on is noticed.
        let first = files.stamps();
        let policy = config.policy.as_deref().map(policy).transpose()?;
        let tls = config.tls.as_ref().map(credentials).transpose()?;
        Ok(Self {
            policies: Arc::new(Policies::new(policy.unwrap_or_default())),
            tls: tls.map(|credentials| Arc::new(Tls::new(credentials))),
            files,
            first,
        })
    }

    /// How a caller is identified.
    pub fn identity(&self, clock: Arc<dyn Clock>) -> Arc<dyn Identity> {
        let policies = Arc::clone(&self.policies);
        match &self.tls {
            Some(tls) => Arc::new(CertifiedIdentity::new(Arc::clone(tls), policies, clock)),
            None => Arc::new(DevIdentity::new(policies, clock)),
        }
    }

    /// How the files are now.
    pub fn stamps(&self) -> Stamps {
        self.files.stamps()
    }

    /// Reads the files again. What cannot be used leaves the old in force, and the log says why.
    pub fn reload(&self) {
        if let Some(file) = &self.files.policy {
            match policy(file) {
                Ok(policy) => {
                    tracing::info!(offices = policy.office_count(), "another policy is in force");
                    self.policies.replace(policy);
                }
                Err(error) => tracing::error!(%error, "the old policy stays in force"),
            }
        }
        if let (Some(tls), Some(files)) = (&self.tls, &self.files.tls) {
            match credentials(files) {
                Ok(credentials) => {
                    tracing::info!("certificates were read again");
                    tls.replace(credentials);
                }
                Err(error) => tracing::error!(%error, "the old certificates stay in force"),
            }
        }
    }
}

/// Reads a policy file.
pub(super) fn policy(file: &Path) -> Result<Policy, ServeError> {
    let text = fs::read_to_string(file).map_err(|error| unreadable("policy", file, error))?;
    Policy::parse(&text).map_err(|error| ServeError::Policy {
        file: file.to_owned(),
        error,
    })
}

/// Reads certificates and key.
pub(super) fn credentials(files: &TlsConfig) -> Result<Credentials, ServeError> {
    let read = |setting, file: &Path| fs::read(file).map_err(|error| unreadable(setting, file, error));
    Ok(Credentials::from_pem(
        &read("tls.certificate", &files.certificate)?,
        &read("tls.key", &files.key)?,
        &read("tls.client_ca", &files.client_ca)?,
    )?)
}

fn unreadable(setting: &'static str, file: &Path, error: std::io::Error) -> ServeError {
    ServeError::Unreadable {
        setting,
        file: file.to_owned(),
        error,
    }
}
