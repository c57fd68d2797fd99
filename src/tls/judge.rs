//! Whether a chain of certificates counts, and whom it names.

use std::ops::Range;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::{CertificateError, Error};
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::Credentials;
use super::name::{Name, uri_of};
use crate::policy::Policy;

const NONE: &str = "no client certificate was presented";
const EXPIRED: &str = "the client certificate, or one above it, has expired";
const NOT_YET: &str = "the client certificate, or one above it, is not valid yet";
const STRANGER: &str = "the client certificate was not issued by an authority this service trusts";
const UNFIT: &str = "the client certificate cannot be used to call this service";
const DENIED: &str = "the client certificate has been shut out";
const OFFICE: &str = "the office is not registered with the role its certificate says";
const SYSTEM: &str = "the shared system is not registered";

/// Judges a chain, the caller's own certificate first, at a time in seconds since 1970-01-01 UTC.
pub(super) fn judge(
    chain: &[CertificateDer<'_>],
    credentials: &Credentials,
    policy: &Policy,
    now: i64,
) -> Result<Name, &'static str> {
    let (own, above) = chain.split_first().ok_or(NONE)?;
    let at = UnixTime::since_unix_epoch(Duration::from_secs(now.max(0).unsigned_abs()));
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
/// begins or ends to be valid within.
pub(super) fn same_during(chain: &[CertificateDer<'_>], now: i64) -> Range<i64> {
    let mut same = i64::MIN..i64::MAX;
    for certificate in chain {
        // What cannot be read is as unreadable at any other time.
        let Ok((_, certificate)) = X509Certificate::from_der(certificate) else {
            continue;
        };
        let validity = certificate.validity();
        for change in [validity.not_before.timestamp(), validity.not_after.timestamp() + 1] {
            match change <= now {
                true => same.start = same.start.max(change),
                false => same.end = same.end.min(change),
            }
        }
    }
    same
}
