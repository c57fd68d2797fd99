//! Keys from the environment and from a command, and what is said of those that cannot be used.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::load::Load;
use crate::support::server::{BINARY, Server};

/// A program with this text, and this mode.
pub fn program(folder: &Path, text: &str, mode: u32) -> PathBuf {
    let path = folder.join("fetch-keys");
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    path
}

/// Checks a store with keys of other sources: whether it went well, and all that it said.
fn verify(folder: &Path, settings: &[(&str, &str)]) -> (bool, String) {
    let mut command = Command::new(BINARY);
    command.args(["verify", "--data"]).arg(folder);
    let output = command.envs(settings.iter().copied()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said)
}

/// A store, and the text of its key file, which is no longer with it.
pub async fn store() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(BINARY);
    command
        .args(["quickstart", "--count", "20", "--data"])
        .arg(folder.path().join("data"));
    assert!(command.output().unwrap().status.success());
    let keys = folder.path().join("data/keys.toml");
    let text = std::fs::read_to_string(&keys).unwrap();
    std::fs::rename(keys, folder.path().join("kept")).unwrap();
    (folder, text)
}

/// Every secret of a key file.
pub fn secrets(text: &str) -> Vec<&str> {
    text.split(['"', '\n']).filter(|part| part.len() == 64).collect()
}

#[tokio::test]
async fn keys_come_from_the_environment_or_a_command_and_are_never_shown() {
    let (folder, text) = store().await;
    let data = folder.path().join("data");
    let kept = folder.path().join("kept");
    assert_eq!(secrets(&text).len(), 3);
    let prints = program(folder.path(), &format!("cat '{}'", kept.display()), 0o700);
    let prints = prints.to_str().unwrap();
    let bad = text.replace("seal", "sael");
    let short = text.replace(&secrets(&text)[0][..8], "");
    /// Settings, whether the store can be read with them, and what is said.
    type Case<'a> = (&'a [(&'a str, &'a str)], bool, &'a str);
    let cases: [Case<'_>; 6] = [
        (&[("DINHDANH_KEYS_TEXT", text.as_str())], true, ""),
        (&[("DINHDANH_KEYS_COMMAND", prints)], true, ""),
        (
            &[("DINHDANH_KEYS_COMMAND", prints), ("DINHDANH_KEYS_TEXT", text.as_str())],
            false,
            "both say where the keys come from: keep one of them",
        ),
        (
            &[("DINHDANH_KEYS_TEXT", bad.as_str())],
            false,
            "not readable as a dinhdanh key file",
        ),
        (
            &[("DINHDANH_KEYS_TEXT", short.as_str())],
            false,
            "is not 64 hexadecimal digits",
        ),
        (&[("DINHDANH_KEYS_COMMAND", "cat kept")], false, "run without a shell"),
    ];
    for (settings, holds, expected) in cases {
        let (well, said) = verify(&data, settings);
        assert_eq!(well, holds, "{said}");
        assert!(said.contains(expected), "{said}");
        let shown = [&text, &bad, &short]
            .iter()
            .any(|text| secrets(text).iter().any(|secret| said.contains(&secret[..16])));
        assert!(!shown, "a secret was shown: {said}");
    }
    // A flag wins over the environment.
    let mut command = Command::new(BINARY);
    command.args(["verify", "--data"]).arg(&data).arg("--keys").arg(&kept);
    let output = command.env("DINHDANH_KEYS_TEXT", bad.as_str()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn a_command_that_does_not_print_keys_is_refused_and_nothing_of_what_it_prints_is_shown() {
    let (folder, text) = store().await;
    let data = folder.path().join("data");
    let print = format!("cat '{}'", folder.path().join("kept").display());
    let cases = [
        (
            format!("{print}; echo out of order >&2; exit 3"),
            0o700,
            "failed (exit status: 3)",
        ),
        (print.clone(), 0o722, "can be changed by others (mode 722)"),
        (print.clone(), 0o600, "cannot be run"),
        ("true".to_owned(), 0o700, "printed nothing"),
        (
            format!("while {print}; do :; done"),
            0o700,
            "printed more than 16384 bytes",
        ),
        (
            format!("{print}; {print}"),
            0o700,
            "not readable as a dinhdanh key file",
        ),
        (
            "printf '\\377\\376'".to_owned(),
            0o700,
            "not readable as a dinhdanh key file",
        ),
    ];
    for (script, mode, expected) in cases {
        let path = program(folder.path(), &script, mode);
        let (well, said) = verify(&data, &[("DINHDANH_KEYS_COMMAND", path.to_str().unwrap())]);
        assert!(!well && said.contains(expected), "{script}: {said}");
        assert!(
            !secrets(&text).iter().any(|secret| said.contains(&secret[..16])),
            "{said}"
        );
        assert_eq!(said.contains("out of order"), script.contains("out of order"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_log_of_a_server_holds_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let server = crate::support::server::Launch::on(folder.path())
        .with(&["--log", "trace"])
        .start();
    let channel = server.connect().await;
    let load = Load::new();
    for n in 1..20 {
        assert!(load.send(&channel, n).await);
    }
    let text = std::fs::read_to_string(folder.path().join("keys.toml")).unwrap();
    let said = server.said().to_lowercase();
    assert!(!said.is_empty());
    for secret in secrets(&text) {
        assert!(!said.contains(&secret[..16]), "a log holds a key");
        let bytes = (0..32).map(|at| u8::from_str_radix(&secret[2 * at..2 * at + 2], 16).unwrap());
        let listed = bytes
            .take(6)
            .map(|byte| byte.to_string())
            .collect::<Vec<_>>()
            .join(", ");
        assert!(!said.contains(&listed), "a log holds a key");
    }
    drop(channel);
    drop(server);
    let server = Server::start(folder.path());
    server.stop().await;
}
