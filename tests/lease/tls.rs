//! Redis by TLS, with a password.

use std::path::Path;
use std::process::Command;

use dinhdanh::lease::{Claimed, Lease, RedisLease, RedisOptions, RedisOptionsError, Servers};

use super::{Bench, claim, one};
use crate::support::proxy::Proxy;
use crate::support::redis::{Redis, folder, free_port};
use crate::support::until;

/// Makes an authority in this folder, and a certificate of it for loopback.
fn certificates(folder: &Path) {
    let script = "set -e; key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
        openssl req -x509 $key -days 2 -subj /CN=authority -keyout ca.key -out ca.crt
        openssl req $key -subj /CN=redis -keyout redis.key -out redis.csr
        echo subjectAltName=IP:127.0.0.1 > names
        openssl x509 -req -in redis.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names -out redis.crt";
    let made = Command::new("sh")
        .args(["-c", script])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

#[tokio::test]
async fn a_server_of_an_authority_of_ones_own_is_spoken_to_by_tls() {
    let (files, foreign) = (folder(), folder());
    certificates(files.path());
    certificates(foreign.path());
    let file = |name: &str| files.path().join(name).to_str().unwrap().to_owned();
    let port = free_port().to_string();
    let redis = Redis::with(&[
        "--tls-port",
        &port,
        "--tls-cert-file",
        &file("redis.crt"),
        "--tls-key-file",
        &file("redis.key"),
        "--tls-ca-cert-file",
        &file("ca.crt"),
        "--tls-auth-clients",
        "no",
    ]);
    redis.cli(&["CONFIG", "SET", "requirepass", "s3cret"]);

    let wire = Proxy::to(port.parse().unwrap()).await;

    let bench = Bench::on(Servers::Single(format!("rediss://127.0.0.1:{}", wire.port())));
    let mut right = bench.options();
    right.password = Some("s3cret".to_owned());
    right.authority = Some(std::fs::read(file("ca.crt")).unwrap());
    let (ours, theirs) = (
        bench.server_with(right.clone()).await,
        bench.server_with(right.clone()).await,
    );
    let first = claim();
    assert_eq!(one(&ours, &first).await, Claimed::Granted);
    assert_eq!(one(&theirs, &first).await, Claimed::Elsewhere);

    let wrong = [
        RedisOptions {
            password: None,
            ..right.clone()
        },
        RedisOptions {
            password: Some("guess".to_owned()),
            ..right.clone()
        },
        RedisOptions {
            authority: Some(std::fs::read(foreign.path().join("ca.crt")).unwrap()),
            ..right
        },
    ];
    for wrong in wrong {
        let before = wire.connections();
        let lease = RedisLease::start(&wrong, &bench.secret).unwrap();
        until("it was tried a few times", async || {
            (wire.connections() > before + 3).then_some(())
        })
        .await;
        assert!(!*lease.up().borrow());
        assert_eq!(one(&lease, &first).await, Claimed::Granted);
    }
}

#[tokio::test]
async fn options_that_can_never_work_are_refused_at_once() {
    let refused = |servers: Servers, authority: Option<&[u8]>| {
        let bench = Bench::on(servers);
        let mut options = bench.options();
        options.authority = authority.map(<[u8]>::to_vec);
        RedisLease::start(&options, &bench.secret).unwrap_err()
    };
    let address = |text: &str| text.to_owned();
    for wrong in ["", "localhost:6379", "http://localhost", "redis//s3cret@localhost"] {
        assert_eq!(
            refused(Servers::Single(address(wrong)), None),
            RedisOptionsError::Address
        );
    }
    assert_eq!(
        refused(Servers::Cluster(Vec::new()), None),
        RedisOptionsError::NoAddress
    );
    let plain = Servers::Single(address("redis://localhost"));
    assert_eq!(refused(plain, Some(b"")), RedisOptionsError::Authority);
    for servers in [
        Servers::Single(address("rediss://localhost")),
        Servers::Cluster(vec![address("rediss://localhost")]),
        Servers::Sentinel {
            sentinels: vec![address("rediss://localhost")],
            master: address("lease"),
        },
    ] {
        assert_eq!(refused(servers, Some(b"no certificate")), RedisOptionsError::Authority);
    }
}
