//! What changes while a server runs: connections stay, and the next call goes by what is new.

use std::fs::File;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use sha2::{Digest, Sha256};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::site::{Site, asks, is_known, no_identity};
use crate::support::office::Office;
use crate::support::server::Server;
use crate::support::until;

pub fn fingerprint(uri: &str) -> String {
    let digest = Sha256::digest(format!("spiffe://dinhdanh/{uri}"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Waits until an open connection is refused, or no longer.
pub async fn becomes(caller: &Office, known: bool) {
    until(if known { "it is known" } else { "it is refused" }, async || {
        let status = asks(caller).await;
        (is_known(&status) == known).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_caller_is_shut_out_and_let_in_again_on_its_open_connection() {
    let site = Site::new();
    let server = site.launch().start();
    let office = site.caller(&server, "registrar-26734").await;
    let other = site.caller(&server, "registrar-00001").await;
    assert!(is_known(&asks(&office).await));
    site.deny(&[fingerprint("registrar/26734")]);
    becomes(&office, false).await;
    no_identity(&asks(&office).await, "has been shut out");
    assert!(is_known(&asks(&other).await));
    site.deny(&[]);
    becomes(&office, true).await;
    server.stop().await;
}

#[tokio::test]
async fn offices_and_lists_of_shared_systems_change() {
    let site = Site::new();
    let server = site.launch().start();
    let system = site.caller(&server, "gateway-cong-79").await;
    let named = system.with("x-dinhdanh-office", "00001");
    assert!(!is_known(&asks(&named).await));
    let policy = site.read("policy.toml");
    site.write(
        "policy.toml",
        &policy.replace("offices = [\"26734\"]", "offices = [\"00001\"]"),
    );
    becomes(&named, true).await;
    assert!(!is_known(&asks(&system.with("x-dinhdanh-office", "26734")).await));
    // One that is no longer listed is nobody.
    let mission = site.caller(&server, "mission-dsq-tokyo").await;
    assert!(is_known(&asks(&mission).await));
    let policy = site.read("policy.toml");
    site.write("policy.toml", &policy.replace("dsq-tokyo", "dsq-paris"));
    becomes(&mission, false).await;
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_read_leaves_the_old_in_force_and_is_told_once() {
    let site = Site::new();
    let server = site.launch().start();
    let office = site.caller(&server, "registrar-26734").await;
    let good = site.read("policy.toml");
    site.write("policy.toml", "[[office]]\ncode = 1\n");
    let told = |server: &Server| server.said().matches("the old policy stays in force").count();
    until("the fault is told", async || (told(&server) > 0).then_some(())).await;
    assert!(is_known(&asks(&office).await));
    site.write("policy.toml", &good);
    site.deny(&[fingerprint("registrar/26734")]);
    becomes(&office, false).await;
    assert_eq!(told(&server), 1, "{}", server.said());
    server.stop().await;
}

/// The certificate a server shows to whoever connects.
async fn shown(site: &Site, server: &Server) -> CertificateDer<'static> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(site.file("ca.pem")).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(server.address()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .unwrap();
    stream.get_ref().1.peer_certificates().unwrap()[0].clone()
}

#[tokio::test]
async fn new_connections_are_shown_the_new_certificate_and_old_ones_stay() {
    let site = Site::new();
    let server = site.launch().start();
    let office = site.caller(&server, "registrar-26734").await;
    assert!(is_known(&asks(&office).await));
    let file = || CertificateDer::from_pem_file(site.file("server.pem")).unwrap();
    assert_eq!(shown(&site, &server).await, file());
    site.certs(&["--server", "localhost,127.0.0.1"]);
    let renewed = file();
    until("the new certificate is shown", async || {
        (shown(&site, &server).await == renewed).then_some(())
    })
    .await;
    assert!(is_known(&asks(&office).await));
    server.stop().await;
}

#[tokio::test]
async fn callers_of_an_authority_that_was_replaced_are_refused_on_open_connections() {
    let (site, other) = (Site::new(), Site::new());
    let server = site.launch().start();
    let office = site.caller(&server, "registrar-26734").await;
    let stranger = site.connect(&server, Some(other.identity("registrar-26734"))).await;
    let stranger = Office::nameless(stranger);
    assert!(is_known(&asks(&office).await) && !is_known(&asks(&stranger).await));
    // Clients go on knowing the server by the old one.
    let old = site.read("ca.pem");
    site.write("ca.pem", &other.read("ca.pem"));
    becomes(&office, false).await;
    assert!(is_known(&asks(&stranger).await));
    site.write("ca.pem", &(old + &other.read("ca.pem")));
    becomes(&office, true).await;
    assert!(is_known(&asks(&stranger).await));
    server.stop().await;
}

#[tokio::test]
async fn a_hangup_has_the_files_read_though_they_look_unchanged() {
    let site = Site::new();
    site.deny(&[fingerprint("registrar/00001")]);
    let server = site.launch().start();
    let office = site.caller(&server, "registrar-26734").await;
    assert!(is_known(&asks(&office).await));
    // In place, of the same length and time.
    let path = site.file("policy.toml");
    let written = path.metadata().unwrap().modified().unwrap();
    let policy = site.read("policy.toml");
    let policy = policy.replace(&fingerprint("registrar/00001"), &fingerprint("registrar/26734"));
    std::fs::write(&path, policy).unwrap();
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(written)
        .unwrap();
    server.signal("HUP");
    becomes(&office, false).await;
    server.stop().await;
}
