//! The commands that call a server, against one that demands certificates.

use std::process::{Command, Output};

use super::site::Site;
use crate::support::births::{id, request};
use crate::support::server::{BINARY, Server};

/// Looks a request up, with the flags for TLS given by file.
fn look_up(site: &Site, server: &Server, flags: &[(&str, &str)]) -> (bool, String) {
    let mut command = Command::new(BINARY);
    command.args(["lookup", "--office", "26734", "--request-id", &id(1)]);
    command.args(["--server", &format!("https://{}", server.address())]);
    for (flag, file) in flags {
        command.arg(flag).arg(site.file(file));
    }
    said(&command.output().unwrap())
}

fn said(output: &Output) -> (bool, String) {
    let words = [&output.stdout[..], &output.stderr].concat();
    (output.status.success(), String::from_utf8(words).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_looked_up_with_a_certificate_and_not_without() {
    let site = Site::new();
    let server = site.launch().start();
    let number = site
        .caller(&server, "registrar-26734")
        .await
        .number(request("26734", 1))
        .await;
    let all = [
        ("--ca", "ca.pem"),
        ("--cert", "registrar-26734.pem"),
        ("--key", "registrar-26734.key"),
    ];
    let (well, words) = look_up(&site, &server, &all);
    assert!(well && words.contains(&number), "{words}");
    let (well, words) = look_up(&site, &server, &all[..1]);
    assert!(!well && words.contains("NO_IDENTITY"), "{words}");
    let (well, words) = look_up(&site, &server, &[]);
    assert!(!well && words.contains("needs --ca"), "{words}");
    let (well, words) = look_up(&site, &server, &all[..2]);
    assert!(!well && words.contains("--key"), "{words}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_is_sent_by_a_shared_system() {
    let site = Site::new();
    let server = site.launch().start();
    let mut command = Command::new(BINARY);
    command.args(["load", "--in-flight", "4", "--count", "8", "--connections", "1"]);
    command.args(["--server", &format!("https://{}", server.address())]);
    for (flag, file) in [
        ("--ca", "ca.pem"),
        ("--cert", "gateway-cong-79.pem"),
        ("--key", "gateway-cong-79.key"),
    ] {
        command.arg(flag).arg(site.file(file));
    }
    // The offices of the load are not on the system's list: every call arrives, and is refused.
    let (_, words) = said(&command.output().unwrap());
    assert!(
        words.contains("UNAUTHENTICATED") || words.contains("NO_IDENTITY"),
        "{words}"
    );
    server.stop().await;
}
