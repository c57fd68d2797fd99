//! What `dinhdanh certs` makes, and what `config check` says of it.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use dinhdanh::policy::{Policy, Role};

use super::site::{CALLERS, Site};
use crate::support::server::BINARY;

#[test]
fn it_makes_keys_for_their_owner_alone_and_a_policy_that_lists_everybody() {
    let site = Site::new();
    for name in CALLERS
        .map(|caller| caller.replace('/', "-"))
        .iter()
        .map(String::as_str)
        .chain(["ca", "server"])
    {
        let mode = |ending| {
            site.file(&format!("{name}.{ending}"))
                .metadata()
                .unwrap()
                .permissions()
                .mode()
                & 0o777
        };
        assert_eq!((mode("key"), mode("pem")), (0o600, 0o644), "{name}");
    }
    let policy = Policy::parse(&site.read("policy.toml")).unwrap();
    assert_eq!(policy.office_count(), CALLERS.len() - 1);
    let office = policy.office("26734").unwrap();
    assert_eq!(
        (office.role, office.department.as_deref()),
        (Role::Registrar, Some("79-stp"))
    );
    assert_eq!(policy.office("c06").unwrap().department, None);
    assert!(policy.gateway("cong-79").is_some());
}

#[test]
fn run_again_it_adds_by_the_same_authority_and_leaves_the_rest() {
    let site = Site::new();
    let before = ["ca.pem", "ca.key", "server.pem", "policy.toml"].map(|name| site.read(name));
    site.certs(&["spiffe://dinhdanh/registrar/00002"]);
    assert_eq!(
        ["ca.pem", "ca.key", "server.pem", "policy.toml"].map(|name| site.read(name)),
        before
    );
    assert!(site.file("registrar-00002.pem").exists());
}

#[test]
fn it_says_what_it_is_for_and_what_it_cannot_make() {
    let run = |arguments: &[&str]| {
        let output = Command::new(BINARY).arg("certs").args(arguments).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        (output.status.success(), said)
    };
    assert!(run(&["--help"]).1.contains("For development only"));
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    for (callers, reason) in [
        (&["god/26734"][..], "a caller is ROLE/OFFICE"),
        (&["registrar/system"], "a caller is ROLE/OFFICE"),
        (&["registrar/1", "mission/1"], "listed twice"),
    ] {
        let (well, said) = run(&[&["--out", out], callers].concat());
        assert!(!well && said.contains(reason), "{said}");
    }
}

#[test]
fn the_configuration_is_checked_with_its_certificates_and_policy() {
    let site = Site::new();
    let check = || {
        let mut command = Command::new(BINARY);
        command.args(["config", "check", "--data"]).arg(site.data());
        for (name, file) in [
            ("TLS_CERTIFICATE", "server.pem"),
            ("TLS_KEY", "server.key"),
            ("TLS_CLIENT_CA", "ca.pem"),
            ("POLICY", "policy.toml"),
        ] {
            command.env(format!("DINHDANH_{name}"), site.file(file));
        }
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, said) = check();
    assert_eq!(code, Some(0), "{said}");
    for line in [
        "ok       listen: 127.0.0.1:7400, by TLS",
        "ok       tls: ",
        "ok       policy: ",
    ] {
        assert!(said.contains(line), "{said}");
    }
    assert!(said.contains("policy.toml, 8 offices"), "{said}");
    site.write("policy.toml", "offices = 1");
    site.write("server.key", "");
    let (code, said) = check();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("WRONG    tls: tls.key holds no private key"), "{said}");
    assert!(
        said.contains("WRONG    policy: ") && said.contains("line 1: "),
        "{said}"
    );
}
