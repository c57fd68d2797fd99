//! One connection, judged at several times.

use std::sync::Arc;

use jiff::Timestamp;
use rcgen::string::Ia5String;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, SanType, date_time_ymd};

use super::super::judge::same_during;
use super::super::{Credentials, Holder, Name, Presented};
use crate::policy::{Policy, Role};

/// An authority, and a certificate by it that is valid in the year 2026.
struct Made {
    authority: CertifiedIssuer<'static, KeyPair>,
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl Made {
    fn new() -> Self {
        Self::of("registrar/26734")
    }

    /// For the holder of this path.
    fn of(path: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let mut params = CertificateParams::default();
        let uri = Ia5String::try_from(format!("spiffe://dinhdanh/{path}")).unwrap();
        params.subject_alt_names = vec![SanType::URI(uri)];
        params.not_before = date_time_ymd(2026, 1, 1);
        params.not_after = date_time_ymd(2027, 1, 1);
        let key = KeyPair::generate().unwrap();
        Self {
            certificate: params.signed_by(&key, &authority).unwrap(),
            authority,
            key,
        }
    }

    fn credentials(&self) -> Arc<Credentials> {
        let (certificate, key) = (self.certificate.pem(), self.key.serialize_pem());
        let authority = self.authority.pem();
        Arc::new(Credentials::from_pem(certificate.as_bytes(), key.as_bytes(), authority.as_bytes()).unwrap())
    }

    fn presented(&self) -> Presented {
        Presented::new(vec![self.certificate.der().clone()])
    }
}

fn policy(role: &str) -> Arc<Policy> {
    let text = format!("[[office]]\ncode = \"26734\"\nrole = \"{role}\"");
    Arc::new(Policy::parse(&text).unwrap())
}

fn holder(role: Role, expired: bool) -> Holder {
    let office = "26734".to_owned();
    let name = Name::Office { role, office };
    Holder { name, expired }
}

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

#[test]
fn a_connection_that_stays_open_is_judged_by_the_time_of_each_call() {
    let made = Made::new();
    let (credentials, policy, presented) = (made.credentials(), policy("REGISTRAR"), made.presented());
    let known = |time| presented.holder(&credentials, &policy, at(time));
    let office = holder(Role::Registrar, false);
    assert!(known("2025-12-31T23:59:59Z").unwrap_err().contains("not valid yet"));
    assert_eq!(known("2026-01-01T00:00:00Z"), Ok(office.clone()));
    assert_eq!(known("2027-01-01T00:00:00Z"), Ok(office.clone()));
    assert!(known("2027-01-01T00:00:01Z").unwrap_err().contains("has expired"));
    // And by a clock that was set back.
    assert_eq!(known("2026-06-01T00:00:00Z"), Ok(office));
}

#[test]
fn what_was_found_holds_only_under_the_policy_and_authorities_it_was_found_by() {
    let (made, other) = (Made::new(), Made::new());
    let presented = made.presented();
    let now = at("2026-06-01T00:00:00Z");
    let (registrar, mission) = (policy("REGISTRAR"), policy("MISSION"));
    let (own, others) = (made.credentials(), other.credentials());
    for _ in 0..2 {
        assert!(presented.holder(&own, &registrar, now).is_ok());
        assert!(
            presented
                .holder(&own, &mission, now)
                .unwrap_err()
                .contains("not registered")
        );
        assert!(
            presented
                .holder(&others, &registrar, now)
                .unwrap_err()
                .contains("not issued by")
        );
    }
}

#[test]
fn nothing_is_judged_again_before_something_of_the_chain_begins_or_ends() {
    let made = Made::new();
    let chain = [made.certificate.der().clone()];
    let (begins, ends) = (
        at("2026-01-01T00:00:00Z").as_second(),
        at("2027-01-01T00:00:01Z").as_second(),
    );
    assert_eq!(same_during(&chain, 0, begins - 1), i64::MIN..begins);
    assert_eq!(same_during(&chain, 0, begins), begins..ends);
    assert_eq!(same_during(&chain, 0, ends - 1), begins..ends);
    assert_eq!(same_during(&chain, 0, ends), ends..i64::MAX);
    assert_eq!(same_during(&[vec![0; 3].into()], 0, 0), i64::MIN..i64::MAX);
}

#[test]
fn a_mission_whose_certificate_has_expired_may_settle_for_as_long_as_the_policy_says() {
    let text = |role| format!("settling_grace_days = 30\n[[office]]\ncode = \"26734\"\nrole = \"{role}\"");
    let policy = |role| Arc::new(Policy::parse(&text(role)).unwrap());
    let mission = Made::of("mission/26734");
    let (credentials, presented) = (mission.credentials(), mission.presented());
    let judged = |policy: &Arc<Policy>, time| presented.holder(&credentials, policy, at(time));
    let graceful = policy("MISSION");
    for (time, expired) in [
        ("2027-01-01T00:00:00Z", false),
        ("2027-01-01T00:00:01Z", true),
        ("2027-01-31T00:00:00Z", true),
    ] {
        assert_eq!(judged(&graceful, time), Ok(holder(Role::Mission, expired)), "{time}");
    }
    assert!(
        judged(&graceful, "2027-01-31T00:00:01Z")
            .unwrap_err()
            .contains("has expired")
    );
    // Set back into the grace, and by a policy without any.
    assert!(judged(&graceful, "2027-01-15T00:00:00Z").unwrap().expired);
    let strict = Arc::new(Policy::parse("[[office]]\ncode = \"26734\"\nrole = \"MISSION\"").unwrap());
    assert!(judged(&strict, "2027-01-01T00:00:01Z").is_err());
    // No other role has a grace, nor has a certificate that is not of this authority.
    let registrar = Made::of("registrar/26734");
    let (own, other) = (registrar.credentials(), registrar.presented());
    assert!(
        other
            .holder(&own, &policy("REGISTRAR"), at("2027-01-01T00:00:01Z"))
            .is_err()
    );
    assert!(presented.holder(&own, &graceful, at("2027-01-01T00:00:01Z")).is_err());
}
