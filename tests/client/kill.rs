//! Runs and servers are killed at random moments; the same command goes on until all is done.

use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::desk::{Desk, said, url};
use crate::support::server::{BINARY, Launch, Server};
use crate::support::{ledger, setting};

const ROWS: usize = 3_000;
/// Kills of a run: on a busy machine it may get no further between them, so they must end.
const KILLS: u32 = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_often_a_run_is_killed_each_row_has_one_id_and_one_answer() {
    let seed = setting("DINHDANH_TEST_SEED", 7);
    let mut random = SmallRng::seed_from_u64(seed);
    let desk = Desk::with_births(ROWS as u64, seed, "plain");
    let server = Server::start(&desk.data());
    let mut killed = 0;
    while killed < KILLS {
        let mut sending = desk.start(&url(&server));
        // Not to wait for anything: the moment of the kill is what is drawn by lot.
        tokio::time::sleep(Duration::from_micros(random.random_range(1_000..120_000))).await;
        if sending.child.try_wait().unwrap().is_some() {
            break;
        }
        sending.signal("KILL");
        sending.ended().await;
        killed += 1;
    }
    assert!(killed >= 5, "only {killed} runs were killed");
    all_is_well(&desk, server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_run_outlives_the_server() {
    let seed = setting("DINHDANH_TEST_SEED", 8);
    let mut random = SmallRng::seed_from_u64(seed);
    let desk = Desk::with_births(ROWS as u64, seed, "plain");
    let mut server = Server::start(&desk.data());
    let address = server.address().to_string();
    let mut sending = desk.start(&url(&server));
    let mut killed = 0;
    while sending.child.try_wait().unwrap().is_none() {
        tokio::time::sleep(Duration::from_micros(random.random_range(20_000..200_000))).await;
        server.kill();
        killed += 1;
        let again = ["serve", "--dev", "--listen", &address];
        server = Launch::on(&desk.data()).saying(&again).start();
    }
    assert!(killed >= 2, "the server was killed only {killed} times");
    assert_eq!(sending.ended().await, Some(0), "{}", sending.said());
    all_is_well(&desk, server).await;
}

/// Every row has one id and one answer, the answers are true, and no child was sent under a second id.
async fn all_is_well(desk: &Desk, server: Server) {
    let last = desk.send(&server);
    assert_eq!(last.status.code(), Some(0), "{}", said(&last));
    desk.check(ROWS);
    server.stop().await;
    let counts = ledger::counts(&desk.data()).await;
    assert_eq!(counts.get("bound"), None, "a registration came under two ids");
    let decided: usize = counts.values().sum();
    assert_eq!(decided, ROWS + 1, "one entry for each row, and the first");
    let verified = std::process::Command::new(BINARY)
        .arg("verify")
        .arg("--data")
        .arg(desk.data())
        .arg("--answers")
        .arg(&desk.journal)
        .output()
        .unwrap();
    assert!(verified.status.success(), "{}", said(&verified));
}
