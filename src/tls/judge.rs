//! Whether a chain of certificates counts, and whom it names.

use std::ops::Range;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::{CertificateError, Error};
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::Credentials;
use super::name::{Name, uri_of};
use crate::policy::{Policy, Role};

const NONE: &str = "no client certificate was presented";
const EXPIRED: &str = "the client certificate, or one above it, has expired";
const NOT_YET: &str = "the client certificate, or one above it, is not valid yet";
const STRANGER: &str = "the client certificate was not issued by an authority this service trusts";
const UNFIT: &str = "the client certificate cannot be used to call this service";
const DENIED: &str = "the client certificate has been shut out";
const OFFICE: &str = "the office is not registered with the role its certificate says";
const SYSTEM: &str = "the shared system is not registered";

/// Whom a chain of certificates names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Who it is.
    pub name: Name,
    /// Whether the certificate has expired, and counts for no more than settling what a mission handed out before.
    pub expired: bool,
}

/// Judges a chain, the caller's own certificate first, at a time in seconds since 1970-01-01 UTC.
pub(super) fn judge(
    chain: &[CertificateDer<'_>],
    credentials: &Credentials,
    policy: &Policy,
    now: i64,
) -> Result<Holder, &'static str> {
    match judge_at(chain, credentials, policy, now) {
        Ok(name) => Ok(Holder { name, expired: false }),
        Err(EXPIRED) => in_grace(chain, credentials, policy, now).ok_or(EXPIRED),
        Err(reason) => Err(reason),
    }
}

/// The mission whose certificate has expired so lately that it may still settle: judged as on its last day.
fn in_grace(chain: &[CertificateDer<'_>], credentials: &Credentials, policy: &Policy, now: i64) -> Option<Holder> {
    let ended = chain
        .iter()
        .filter_map(|one| validity(one))
        .map(|valid| valid.end)
        .min()?;
    if now - ended > policy.settling_grace() {
        return None;
    }
    let name = judge_at(chain, credentials, policy, ended).ok()?;
    let mission = matches!(
        &name,
        Name::Office {
            role: Role::Mission,
            ..
        }
    );
    mission.then_some(Holder { name, expired: true })
}

fn judge_at(
    chain: &[CertificateDer<'_>],
    credentials: &Credentials,
    policy: &Policy,
    at: i64,
) -> Result<Name, &'static str> {
    let (own, above) = chain.split_first().ok_or(NONE)?;
    let at = UnixTime::since_unix_epoch(Duration::from_secs(at.max(0).unsigned_abs()));
    let verified = credentials.authority.verify_client_cert(own, above, at);
    verified.map_err(|error| reason(&error))?;
    if chain.iter().any(|certificate| policy.denies(&fingerprint(certificate))) {
        return Err(DENIED);
    }
    let uri = uri_of(own)?;
    if policy.denies(&fingerprint(uri.as_bytes())) {
        return Err(DENIED);
    }
    let name = Name::parse(&uri)?;
    match &name {
        Name::Office { role, office } => {
            let listed = policy.office(office).is_some_and(|listed| listed.role == *role);
            listed.then_some(()).ok_or(OFFICE)?;
        }
        Name::Gateway { system } => {
            policy.gateway(system).ok_or(SYSTEM)?;
        }
    }
    Ok(name)
}

fn reason(error: &Error) -> &'static str {
    match error {
        Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => EXPIRED,
        Error::InvalidCertificate(CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. }) => {
            NOT_YET
        }
        Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature) => STRANGER,
        _ => UNFIT,
    }
}

fn fingerprint(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The seconds during which a judgement made now would come out the same, as far as time decides it: none of the chain
/// begins or ends to be valid within, nor does the grace of `grace` seconds after that end.
pub(super) fn same_during(chain: &[CertificateDer<'_>], grace: i64, now: i64) -> Range<i64> {
    let mut same = i64::MIN..i64::MAX;
    // What cannot be read is as unreadable at any other time.
    for valid in chain.iter().filter_map(|one| validity(one)) {
        for change in [valid.start, valid.end + 1, valid.end + grace + 1] {
            match change <= now {
                true => same.start = same.start.max(change),
                false => same.end = same.end.min(change),
            }
        }
    }
    same
}

/// The first and the last second at which a certificate is valid.
fn validity(certificate: &CertificateDer<'_>) -> Option<Range<i64>> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    let validity = certificate.validity();
    Some(validity.not_before.timestamp()..validity.not_after.timestamp())
}
