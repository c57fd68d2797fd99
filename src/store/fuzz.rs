//! Addresses of databases, and what lies beside a copy of one.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use super::postgres::PgUrl;
use super::sqlite::backup::{KeyIds, Manifest};
use crate::fuzzing::{Form, Fuzz};

/// The address of a database: what is shown of it holds no password.
#[test]
fn address() {
    let seeds = [
        "postgres://user:s3cret@127.0.0.1:5432/dinhdanh?sslmode=verify-full",
        "postgresql:///dinhdanh?host=/run/postgresql&options=-c%20x=1",
    ];
    Fuzz::of(Form::Text)
        .words(["sslmode", "host", "%00", "%", "[::1]", "@"])
        .seeds(seeds)
        .run(|bytes| {
            let url = String::from_utf8_lossy(bytes).parse::<PgUrl>();
            url.map(|url| format!("{url:?}").len().min(64)).map_err(drop)
        });
}

/// The manifest of a backup, which is written as it is read.
#[test]
fn manifest() {
    let [index, picker, seal] = ["01", "02", "03"].map(|id| id.repeat(8));
    let manifest = Manifest {
        format: 1,
        made_at: "2026-11-20T00:00:00Z".into(),
        size: 7,
        root: "0a".repeat(32),
        epoch: 1,
        schema: 4,
        keys: KeyIds {
            index,
            picker,
            seal,
            former_seal: None,
            coming_index: None,
            notes: None,
        },
        file: "dinhdanh.sqlite".into(),
        bytes: 4_096,
        sha256: "0b".repeat(32),
    };
    let seed = serde_json::to_string_pretty(&manifest).unwrap();
    Fuzz::of(Form::Text)
        .words(["null", "-1", "1e99", "\\u0000"])
        .words(["[".repeat(5_000)])
        .seed(seed)
        .run(|bytes| {
            let manifest: Manifest = serde_json::from_slice(bytes).ok()?;
            let again = serde_json::to_vec(&manifest).unwrap();
            assert_eq!(serde_json::from_slice::<Manifest>(&again).unwrap(), manifest);
            Some(manifest.format)
        });
}
