//! Which certificates count: each that does not is answered in words on every call, and none ends the connection.

use std::sync::Arc;

use dinhdanh::proto::v1;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::Code;
use tonic::transport::Identity;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::forged::{Forged, URI};
use super::site::{Site, asks, is_known, no_identity};
use crate::support::births::asking;
use crate::support::calls::{born_abroad, new_id, reserve, settle};
use crate::support::desk::Desk;
use crate::support::ledger;
use crate::support::office::Office;
use crate::support::server::Server;
use crate::support::told::told;

const FORM: &str = "not of the form spiffe://dinhdanh/<role>/<office>";
const STRANGER: &str = "not issued by an authority this service trusts";
const ROLE: &str = "not registered with the role its certificate says";

/// Everything that may be presented in vain, and why.
fn in_vain(site: &Site) -> Vec<(&'static str, Option<Identity>, &'static str)> {
    let other = Site::new();
    let forged = |uri| Some(Forged::of(uri).signed(site));
    let long = "spiffe://dinhdanh/registrar/000000000000000000000000000000000";
    vec![
        ("none", None, "no client certificate was presented"),
        (
            "of another authority",
            Some(other.identity("registrar-26734")),
            STRANGER,
        ),
        ("signed by itself", Some(Forged::of(URI).self_signed()), STRANGER),
        (
            "expired",
            Some(Forged::of(URI).valid(2020, 2021).signed(site)),
            "has expired",
        ),
        (
            "early",
            Some(Forged::of(URI).valid(3020, 3021).signed(site)),
            "is not valid yet",
        ),
        (
            "a server's",
            Some(Forged::of(URI).for_servers().signed(site)),
            "cannot be used",
        ),
        ("nameless", Some(Forged::with(&[]).signed(site)), "holds no URI"),
        (
            "of another name",
            Some(Forged::with(&[]).and_name("26734").signed(site)),
            "holds no URI",
        ),
        (
            "of two URIs",
            Some(Forged::with(&[URI, URI]).signed(site)),
            "several URIs",
        ),
        (
            "of a URI of others too",
            Some(Forged::with(&["https://example.org/", URI]).signed(site)),
            "several URIs",
        ),
        (
            "garbled",
            Some(Forged::with(&[]).garbled().signed(site)),
            "names cannot be read",
        ),
        ("of another domain", forged("spiffe://example/registrar/26734"), FORM),
        (
            "of a longer domain",
            forged("spiffe://dinhdanh.example/registrar/26734"),
            FORM,
        ),
        ("of no office", forged("spiffe://dinhdanh/registrar/"), FORM),
        ("of no role", forged("spiffe://dinhdanh/26734"), FORM),
        ("of no known role", forged("spiffe://dinhdanh/god/26734"), FORM),
        ("in capitals", forged("spiffe://dinhdanh/REGISTRAR/26734"), FORM),
        ("of a longer path", forged("spiffe://dinhdanh/registrar/26734/x"), FORM),
        ("of a long office", forged(long), FORM),
        (
            "of the service itself",
            forged("spiffe://dinhdanh/operator/system"),
            FORM,
        ),
        ("of an odd office", forged("spiffe://dinhdanh/registrar/26%20734"), FORM),
        (
            "of an office not listed",
            forged("spiffe://dinhdanh/registrar/99999"),
            ROLE,
        ),
        (
            "in another role",
            forged("spiffe://dinhdanh/population_authority/26734"),
            ROLE,
        ),
        (
            "of a system not listed",
            forged("spiffe://dinhdanh/gateway/cong-01"),
            "system is not registered",
        ),
    ]
}

#[tokio::test]
async fn each_bad_one_is_refused_in_words_on_every_call_and_health_is_told_all_the_same() {
    let site = Site::new();
    let server = site.launch().start();
    for (what, identity, reason) in in_vain(&site) {
        let channel = site.connect(&server, identity).await;
        let caller = Office::nameless(channel.clone());
        for _ in 0..2 {
            let status = asks(&caller).await;
            assert!(!is_known(&status), "{what}");
            no_identity(&status, reason);
            assert!(!status.message().contains("26734"), "{what}: {}", status.message());
        }
        let health = HealthClient::new(channel).check(HealthCheckRequest::default()).await;
        assert_eq!(health.unwrap().into_inner().status(), ServingStatus::Serving, "{what}");
    }
    let good = Forged::of(URI).and_name("26734.example").signed(&site);
    let good = Office::nameless(site.connect(&server, Some(good)).await);
    assert!(is_known(&asks(&good).await));
    server.stop().await;
}

#[tokio::test]
async fn those_on_the_list_are_shut_out_by_certificate_or_by_name() {
    let site = Site::new();
    let hex = |bytes: &[u8]| Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let certificate = CertificateDer::from_pem_file(site.file("registrar-26734.pem")).unwrap();
    site.deny(&[hex(&certificate), hex(b"spiffe://dinhdanh/population_authority/c06")]);
    let server = site.launch().start();
    for name in ["registrar-26734", "population_authority-c06"] {
        no_identity(&asks(&site.caller(&server, name).await).await, "has been shut out");
    }
    for name in ["registrar-00001", "justice_department-79-stp"] {
        assert!(is_known(&asks(&site.caller(&server, name).await).await), "{name}");
    }
    // Another certificate of the same office is another certificate.
    let renewed = site.connect(&server, Some(Forged::of(URI).signed(&site))).await;
    assert!(is_known(&asks(&Office::nameless(renewed)).await));
    server.stop().await;
}

#[tokio::test]
async fn a_mission_whose_certificate_has_just_expired_may_settle_and_do_nothing_else() {
    let mission = "spiffe://dinhdanh/mission/dsq-tokyo";
    let site = Site::new();
    site.write(
        "policy.toml",
        &format!("settling_grace_days = 30\n{}", site.read("policy.toml")),
    );
    let server = site.launch().start();
    let desk = async |days_ago| {
        let identity = Forged::of(mission).ended(days_ago).signed(&site);
        Desk::new(site.connect(&server, Some(identity)).await, "dsq-tokyo", "MISSION")
    };
    let good = Forged::of(mission).signed(&site);
    let good = Desk::new(site.connect(&server, Some(good)).await, "dsq-tokyo", "MISSION");
    let block = good.does(reserve(2)).await.block.unwrap();
    let settling = |at: usize| settle(&block, &block.numbers[at], born_abroad("dsq-tokyo", at as u64));

    let late = desk(20).await;
    assert!(late.does(settling(0)).await.outcome.is_some());
    let block_id = block.block_id.clone();
    assert_eq!(
        late.does(v1::GetBlockRequest { block_id }).await.block.unwrap().settled,
        1
    );
    for refused in [
        late.is_refused(reserve(1)).await,
        late.is_refused(asking(new_id(), born_abroad("dsq-tokyo", 9))).await,
        told(&late.get(&block.numbers[0]).await.unwrap_err()),
    ] {
        assert_eq!(refused.what(), (Code::Unauthenticated, "NO_IDENTITY"));
    }
    let too_late = desk(32).await;
    let refused = too_late.is_refused(settling(1)).await;
    assert_eq!(refused.what(), (Code::Unauthenticated, "NO_IDENTITY"));
    // A commune has a line: nothing waits for it.
    let commune = Forged::of(URI).ended(20).signed(&site);
    no_identity(
        &asks(&Office::nameless(site.connect(&server, Some(commune)).await)).await,
        "has expired",
    );
    server.stop().await;
    ledger::verify(&site.data(), &[]);
}

#[tokio::test]
async fn a_mission_that_was_closed_may_settle_for_as_long_as_the_policy_says() {
    let site = Site::new();
    let policy = site.read("policy.toml");
    let own = "code = \"dsq-tokyo\"\n";
    let desk = async |server: &Server| {
        let identity = Forged::of("spiffe://dinhdanh/mission/dsq-tokyo").signed(&site);
        Desk::new(site.connect(server, Some(identity)).await, "dsq-tokyo", "MISSION")
    };
    let server = site.launch().start();
    let block = desk(&server).await.does(reserve(2)).await.block.unwrap();
    server.stop().await;
    let settling = |at: usize| settle(&block, &block.numbers[at], born_abroad("dsq-tokyo", at as u64));
    for (grace, days_ago, may) in [(30, 20, true), (30, 32, false), (0, 1, false)] {
        let closed = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * days_ago);
        let closed = closed.to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
        let listed = policy.replace(own, &format!("{own}until = {closed}\n"));
        site.write("policy.toml", &format!("settling_grace_days = {grace}\n{listed}"));
        let server = site.launch().start();
        let mission = desk(&server).await;
        match may {
            true => assert!(mission.does(settling(0)).await.outcome.is_some()),
            false => assert_eq!(
                mission.is_refused(settling(1)).await.what(),
                (Code::Unauthenticated, "NO_IDENTITY")
            ),
        }
        let refused = mission.is_refused(reserve(1)).await;
        assert_eq!(refused.what(), (Code::Unauthenticated, "NO_IDENTITY"));
        server.stop().await;
    }
    ledger::verify(&site.data(), &[]);
}

#[tokio::test]
async fn a_mission_reserves_numbers_of_its_own_countries_only() {
    let site = Site::new();
    let own = "code = \"dsq-tokyo\"\n";
    let policy = site.read("policy.toml");
    assert!(policy.contains(own));
    site.write(
        "policy.toml",
        &policy.replace(own, &format!("{own}countries = [\"232\"]\n")),
    );
    let server = site.launch().start();
    let identity = Forged::of("spiffe://dinhdanh/mission/dsq-tokyo").signed(&site);
    let mission = Desk::new(site.connect(&server, Some(identity)).await, "dsq-tokyo", "MISSION");
    let elsewhere = v1::ReserveBlockRequest {
        country_code: "111".into(),
        ..reserve(1)
    };
    let refused = mission.is_refused(elsewhere).await;
    assert_eq!(refused.what(), (Code::InvalidArgument, "INVALID_FIELD"));
    assert_eq!(refused.violations[0].0, "country_code");
    mission.does(reserve(1)).await;
    server.stop().await;
}

/// Whether the server answers a client that presents a certificate with this key.
async fn answers(site: &Site, server: &Server, key: &str, version: &'static SupportedProtocolVersion) -> bool {
    let own = CertificateDer::from_pem_file(site.file("registrar-26734.pem")).unwrap();
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(site.file("ca.pem")).unwrap())
        .unwrap();
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let key = PrivateKeyDer::from_pem_file(site.file(key)).unwrap();
    let key = provider.key_provider.load_private_key(key).unwrap();
    // Built by hand, for a pair that does not match would be refused on this side.
    let pair = SingleCertAndKey::from(CertifiedKey::new(vec![own], key));
    let config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_client_cert_resolver(Arc::new(pair));
    let stream = TcpStream::connect(server.address()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let Ok(mut stream) = TlsConnector::from(Arc::new(config)).connect(name, stream).await else {
        return false;
    };
    let hello = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    stream.write_all(hello).await.is_ok() && stream.read(&mut [0; 64]).await.is_ok_and(|bytes| bytes > 0)
}

#[tokio::test]
async fn a_certificate_without_its_key_opens_nothing() {
    let site = Site::new();
    let server = site.launch().start();
    for version in [&TLS12, &TLS13] {
        assert!(
            answers(&site, &server, "registrar-26734.key", version).await,
            "{version:?}"
        );
        assert!(
            !answers(&site, &server, "registrar-00001.key", version).await,
            "{version:?}"
        );
    }
    server.stop().await;
}
