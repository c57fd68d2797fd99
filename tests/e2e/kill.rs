//! The server is killed at random moments under load, again and again, on one data folder.

use std::time::{Duration, SystemTime};

use rand::rngs::SmallRng;
use rand::seq::IteratorRandom;
use rand::{RngExt, SeedableRng};

use crate::support::load::Load;
use crate::support::server::Server;
use crate::support::setting;

/// Callers that send at the same time.
const CALLERS: u64 = 24;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_was_answered_stands_however_often_the_server_is_killed() {
    let rounds = setting("DINHDANH_TEST_KILLS", 100);
    let by_chance = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let seed = setting("DINHDANH_TEST_SEED", by_chance);
    println!("DINHDANH_TEST_SEED={seed}");
    let mut random = SmallRng::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    let load = Load::new();
    let mut killed_with_work_open = 0;

    for round in 0..rounds {
        let mut server = Server::start(folder.path());
        let channel = server.connect().await;
        let some = load.answered().into_iter().sample(&mut random, 20);
        load.resend(&channel, some).await;

        let callers = load.start(&channel, CALLERS, seed ^ round);
        // Not to wait for anything: the moment of the kill is what is drawn by lot.
        tokio::time::sleep(Duration::from_micros(random.random_range(1_000..250_000))).await;
        server.kill();
        callers.join_all().await;
        killed_with_work_open += u64::from(!load.open().is_empty());
        assert!(
            !server.said().contains("panicked"),
            "the server panicked: {}",
            server.said()
        );
    }
    // Otherwise the kills came too late or too early to show anything.
    assert!(
        killed_with_work_open * 2 > rounds,
        "only {killed_with_work_open} of {rounds} kills met work under way"
    );

    let server = Server::start(folder.path());
    let channel = server.connect().await;
    let some = load.answered().into_iter().sample(&mut random, 2_000);
    load.resend(&channel, some).await;
    drop(channel);
    server.stop().await;
    load.compare(folder.path()).await;
}
