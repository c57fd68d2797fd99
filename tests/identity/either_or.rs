//! A server believes everybody or demands proof of each, never both; and on one store never the one after the other.

use dinhdanh::store::sqlite::SqliteReader;
use dinhdanh::store::{Mark, Reader};

use super::site::Site;
use crate::support::backend;
use crate::support::server::{Launch, Server};

#[test]
fn both_and_neither_are_refused() {
    let site = Site::new();
    let (ended, said) = site.launch().with(&["--dev"]).refused();
    assert!(!ended.success() && said.contains("keep one of them"), "{said}");
    let (ended, said) = Launch::on(&site.data()).saying(&["serve"]).refused();
    assert!(
        !ended.success() && said.contains("nothing says how callers prove"),
        "{said}"
    );
    let (ended, said) = Launch::on(&site.data()).set("TLS_KEY", "k.pem").refused();
    assert!(
        !ended.success() && said.contains("tls.certificate is missing"),
        "{said}"
    );
}

#[test]
fn what_cannot_be_used_is_told_by_its_name_and_holds_no_key() {
    let site = Site::new();
    let key = site.read("server.key");
    for (setting, name, content, reason) in [
        ("POLICY", "policy.toml", "[[office]]\ncode = 1", "policy.toml, line 2: "),
        (
            "TLS_CERTIFICATE",
            "server.pem",
            key.as_str(),
            "tls.certificate holds no certificate",
        ),
        ("TLS_KEY", "server.key", "", "tls.key holds no private key"),
        ("TLS_CLIENT_CA", "ca.pem", "", "tls.client_ca holds no certificate"),
        ("TLS_KEY", "server.key", &site.read("ca.key"), "cannot be used together"),
    ] {
        site.write("spoilt", content);
        let spoilt = site.file("spoilt");
        let (ended, said) = site.launch().set(setting, spoilt.to_str().unwrap()).refused();
        let reason = reason.replace("policy.toml", spoilt.to_str().unwrap());
        assert!(!ended.success() && said.contains(&reason), "{name}: {said}");
        assert!(!said.contains("PRIVATE KEY"), "{name}: {said}");
        assert!(
            !site.data().join("dinhdanh.sqlite").exists(),
            "{name}: a store was made"
        );
    }
    let (ended, said) = site.launch().set("POLICY", "/nowhere/policy.toml").refused();
    assert!(
        !ended.success() && said.contains("policy names a file that cannot be read"),
        "{said}"
    );
}

#[tokio::test]
async fn a_store_that_was_ever_served_by_tls_is_not_for_development() {
    let site = Site::new();
    let develops = Server::start(&site.data());
    develops.stop().await;
    // Nobody need have called.
    site.launch().start().stop().await;
    if backend::database(&site.data()).is_none() {
        let reader = SqliteReader::open(&site.data()).await.unwrap();
        assert!(reader.marked(Mark::ServedByTls).await.unwrap().is_some());
    }
    let (ended, said) = Launch::on(&site.data()).refused();
    assert!(!ended.success() && said.contains("has been served by TLS"), "{said}");
    site.launch().start().stop().await;
}
