//! Servers that share a database: how one begins, and what is refused.

use super::site::{SECRET, Site};
use crate::support::births::birth;
use crate::support::office::Office;
use crate::support::postgres::Database;
use crate::support::redis::Redis;
use crate::support::server::Launch;
use dinhdanh::proto::v1::IssueNumberRequest;

const OFFICE: &str = "26734";

fn request(n: u64) -> IssueNumberRequest {
    IssueNumberRequest {
        request_id: format!("0197a1b2-0000-7000-8000-{n:012}"),
        registration: Some(birth(OFFICE, n)),
        ..IssueNumberRequest::default()
    }
}

/// How a server was refused, and that no password was shown.
fn refused(launch: Launch) -> String {
    let (status, said) = launch.refused();
    assert!(!status.success(), "{said}");
    assert!(!said.contains(SECRET), "{said}");
    said
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_is_begun_once_and_then_shared() {
    let (database, redis) = (Database::shared().await, Redis::start());
    let site = Site::on(
        database.url(),
        &format!("[lease]\nkind = 'redis'\nurl = '{}'\n", redis.url()),
    );
    assert!(refused(site.launch()).contains("there is no key file"));
    let (code, said) = site.run(&["init"]);
    assert!(code == 0 && said.contains("made the key file"), "{said}");
    let (code, said) = site.run(&["init"]);
    assert!(code == 1 && said.contains("holds a store already"), "{said}");
    let (code, said) = site.run(&["config", "check"]);
    assert_eq!(code, 0, "{said}");
    for found in [
        "ok       store: 1 entries",
        "ok       lease: redis://",
        "note     standby: there is none",
        "ok       clock: ",
    ] {
        assert!(said.contains(found), "{found}: {said}");
    }

    let (one, two) = (site.launch().start(), site.launch().start());
    let first = Office::new(one.connect().await, OFFICE);
    let second = Office::new(two.connect().await, OFFICE);
    let number = first.number(request(1)).await;
    let again = second.issue(request(1)).await.unwrap();
    assert!(again.replayed, "the other server knows it");
    assert_eq!(second.number(request(1)).await, number);
    assert_ne!(second.number(request(2)).await, number);
    drop((first, second));
    for server in [one, two] {
        assert!(!server.said().contains(SECRET), "{}", server.said());
        server.stop().await;
    }
    let (code, said) = site.run(&["verify"]);
    assert!(code == 0 && said.contains("3 entries checked"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn used_keys_never_start_a_new_store() {
    let (used, empty) = (Database::shared().await, Database::shared().await);
    let site = Site::on(used.url(), "");
    assert_eq!(site.run(&["init"]).0, 0);

    // The same keys on a database that is empty, as after a restore that went wrong.
    let wrong = Site::on(empty.url(), "");
    std::fs::copy(site.keys(), wrong.keys()).unwrap();
    assert!(refused(wrong.launch()).contains("holds no store"));
    let (code, said) = wrong.run(&["init"]);
    assert!(code == 1 && said.contains("--new-store"), "{said}");
    let (code, said) = wrong.run(&["config", "check"]);
    assert!(code == 1 && said.contains("WRONG    store: "), "{said}");
    let (code, said) = wrong.run(&["verify"]);
    assert_eq!(code, 2, "{said}");
    // Nothing of all that made anything: whoever knows better may still begin.
    let (code, said) = wrong.run(&["init", "--new-store"]);
    assert!(code == 0 && said.contains("used the key file"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_with_other_keys_is_refused() {
    let (database, elsewhere) = (Database::shared().await, Database::shared().await);
    let site = Site::on(database.url(), "");
    let other = Site::on(elsewhere.url(), "");
    assert_eq!((site.run(&["init"]).0, other.run(&["init"]).0), (0, 0));
    std::fs::copy(other.keys(), site.keys()).unwrap();
    assert!(refused(site.launch()).contains("written with another picker key"));
    let (code, said) = site.run(&["config", "check"]);
    assert!(
        code == 1 && said.contains("WRONG    store: the store was written with another picker key"),
        "{said}"
    );
    assert_eq!(site.run(&["verify"]).0, 2);
    std::fs::remove_file(site.keys()).unwrap();
    assert!(refused(site.launch()).contains("there is no key file"));
    assert!(refused(site.launch().with(&["--new-store"])).contains("there is a store but no key file"));
    assert!(!site.keys().exists(), "no keys are made for a store that has some");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_required_standby_that_is_not_there_is_told() {
    let database = Database::shared().await;
    let site = Site::on(database.url(), "standby_required = true\n");
    let (code, said) = site.run(&["config", "check"]);
    assert!(
        code == 1 && said.contains("WRONG    standby: store.standby_required is set"),
        "{said}"
    );
    let (code, said) = site.run(&["init"]);
    assert!(code == 1 && said.contains("standby"), "{said}");
}
