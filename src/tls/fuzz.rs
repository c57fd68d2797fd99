//! Certificates and keys that anybody may present, or an operator may mix up.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use rcgen::string::Ia5String;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, SanType};
use rustls::pki_types::CertificateDer;

use super::Credentials;
use super::judge::{judge, same_during};
use super::name::{Name, uri_of};
use crate::fuzzing::{Form, Fuzz};
use crate::policy::Policy;

/// 2026-06-01, in seconds.
const NOW: i64 = 1_780_272_000;

/// An authority in PEM, and a certificate by it with its key.
fn made() -> (String, rcgen::Certificate, String) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let uri = Ia5String::try_from("spiffe://dinhdanh/mission/dsq-tokyo").unwrap();
    params.subject_alt_names.push(SanType::URI(uri));
    let key = KeyPair::generate().unwrap();
    (
        authority.pem(),
        params.signed_by(&key, &authority).unwrap(),
        key.serialize_pem(),
    )
}

/// The certificates of a caller, its own first.
#[test]
fn certificate() {
    let (authority, certificate, key) = made();
    let pem = certificate.pem();
    let credentials = Credentials::from_pem(pem.as_bytes(), key.as_bytes(), authority.as_bytes()).unwrap();
    let policy = "settling_grace_days = 30\n[[office]]\ncode = \"dsq-tokyo\"\nrole = \"MISSION\"";
    let policy = Policy::parse(policy).unwrap();
    let own = certificate.der();
    let (words, seed) = (
        [
            "spiffe://dinhdanh/mission/dsq-tokyo",
            "260601000000Z",
            "99991231235959Z",
        ],
        own.to_vec(),
    );
    Fuzz::of(Form::Der).words(words).seed(seed).run(|bytes| {
        let other = CertificateDer::from(bytes);
        let chain = [other.clone(), own.clone()];
        let holder = judge(&chain, &credentials, &policy, NOW);
        assert!(holder.is_err() || bytes == &**own, "a certificate that nobody signed");
        let _ = judge(&[own.clone(), other], &credentials, &policy, NOW);
        let same = same_during(&chain, policy.settling_grace(), NOW);
        assert!(same.contains(&NOW));
        let uri = uri_of(bytes);
        if let Ok(uri) = &uri {
            assert!(uri.len() <= bytes.len());
        }
        (holder.map(drop), uri.map(|uri| Name::parse(&uri).map(drop)))
    });
}

/// The name in a certificate.
#[test]
fn name() {
    let seeds = [
        "spiffe://dinhdanh/registrar/26734",
        "spiffe://dinhdanh/gateway/one-stop",
        "spiffe://dinhdanh/mission/system",
    ];
    Fuzz::of(Form::Text)
        .words(["spiffe://dinhdanh/", "gateway", "justice_department", "%2F", "/"])
        .seeds(seeds)
        .run(|bytes| {
            let uri = String::from_utf8_lossy(bytes);
            let name = Name::parse(&uri);
            if let Ok(name) = &name {
                assert_eq!(name.uri(), uri);
            }
            name.map(drop)
        });
}

/// The files of a server: its certificate, its key and the authorities, with a line of dashes between.
#[test]
fn files() {
    const BETWEEN: &str = "-----\n-----\n";
    let (authority, certificate, key) = made();
    let words = [
        "-----BEGIN CERTIFICATE-----\n",
        "-----END CERTIFICATE-----\n",
        "-----BEGIN PRIVATE KEY-----",
        BETWEEN,
    ];
    let seed = [certificate.pem(), key, authority].join(BETWEEN);
    Fuzz::of(Form::Text).words(words).seed(seed).run(|bytes| {
        let text = String::from_utf8_lossy(bytes);
        let mut parts = text.splitn(3, BETWEEN).map(str::as_bytes);
        let mut part = || parts.next().unwrap_or_default();
        let read = Credentials::from_pem(part(), part(), part());
        read.map(drop).map_err(|error| error.to_string())
    });
}
