//! On which store the servers of a data folder are started: the embedded one, or, where `DINHDANH_TEST_BACKEND` says
//! `postgres` or `postgres-redis`, a database of the folder's own. So the tests of the API run on each.

use std::path::Path;
use std::process::Command;

use super::postgres::Database;
use super::server::BINARY;

/// The file in the folder that tells what was made for it.
const FILE: &str = "shared-store";

/// The settings by which servers of a folder find the store they share; nothing where it is an embedded one.
pub fn shared(folder: &Path) -> Option<Vec<(String, String)>> {
    let text = std::fs::read_to_string(folder.join(FILE)).ok()?;
    let settings = text.lines().map(|line| line.split_once('=').expect("a setting"));
    Some(
        settings
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    )
}

/// Where the folder's store is, if it is a database.
pub fn database(folder: &Path) -> Option<String> {
    let settings = shared(folder)?;
    settings
        .into_iter()
        .find(|(name, _)| name == "DINHDANH_STORE_URL")
        .map(|(_, url)| url)
}

/// Makes the shared store of a folder that has none yet, if the tests run on one.
pub fn make(folder: &Path) {
    let redis = match std::env::var("DINHDANH_TEST_BACKEND").as_deref() {
        Ok("postgres-redis") => true,
        Ok("postgres") => false,
        Ok(other) if other != "sqlite" => panic!("DINHDANH_TEST_BACKEND={other}"),
        _ => return,
    };
    if folder.join(FILE).exists() {
        return;
    }
    let url = database_url();
    let keys = folder.join("keys.toml");
    let mut settings = vec![
        ("DINHDANH_KEYS", keys.to_str().unwrap().to_owned()),
        ("DINHDANH_ANCHOR", folder.join("anchor").to_str().unwrap().to_owned()),
        ("DINHDANH_STORE_KIND", "postgres".to_owned()),
        ("DINHDANH_STORE_URL", url),
    ];
    if redis {
        let url = std::env::var("DINHDANH_TEST_REDIS_URL").expect("DINHDANH_TEST_REDIS_URL, as tests/run sets it");
        settings.extend([("DINHDANH_LEASE_KIND", "redis".to_owned()), ("DINHDANH_LEASE_URL", url)]);
    }
    let begun = Command::new(BINARY)
        .arg("init")
        .envs(settings.clone())
        .output()
        .unwrap();
    assert!(begun.status.success(), "{}", String::from_utf8_lossy(&begun.stderr));
    let lines: Vec<_> = settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
    std::fs::write(folder.join(FILE), lines.join("\n")).unwrap();
}

/// A new database, which lasts as long as its server: several processes use it, and none of them last.
fn database_url() -> String {
    let made = std::thread::spawn(|| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let database = runtime.block_on(Database::shared());
        let url = database.url().to_owned();
        std::mem::forget(database);
        url
    });
    made.join().unwrap()
}
