//! Rounds of faults drawn at random: real processes under the load of all commands, a third of it sent again, while servers,
//! machines, wires, database, Redis and callers fail one after another. An auditor apart from the code under test keeps the
//! record of every request and answer and holds it against the store at the end of each round (docs/campaign.md).

mod auditor;
mod crowd;
mod faults;
mod found_out;
mod ground;
mod machine;
mod of_machines;
mod of_stores;
mod offices;
mod round;

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Instant, SystemTime};

use self::auditor::Counted;
use self::faults::{Deck, Kind};
use self::ground::{Ground, Lie};
use self::round::Round;
use crate::support::setting;

/// Faults of a round of a campaign.
const OF_A_ROUND: u64 = 50;
/// Where the rounds of a campaign are, in turn.
const LIES: [Lie; 4] = [Lie::OneOnSmallDisk, Lie::Several(2), Lie::One, Lie::Several(3)];

/// What came of some rounds.
#[derive(Default)]
struct Outcome {
    counted: Counted,
    faults: BTreeMap<Kind, u64>,
}

impl Outcome {
    /// A round of so many faults, or of each kind once, and of at least so many requests for each.
    async fn round(&mut self, lie: Lie, seed: u64, faults: Option<u64>, between: u64) {
        let ground = Ground::laid(lie).await;
        let mut deck = Deck::of(ground.kinds(), seed);
        let faults = faults.unwrap_or(deck.size() as u64);
        let mut round = Round::begin(ground, seed, between).await;
        for nth in 1..=faults {
            let fault = deck.draw();
            print!("{lie:?}, seed {seed}, fault {nth}: {fault}");
            std::io::stdout().flush().unwrap();
            println!("{}", round.suffers(&fault).await);
            *self.faults.entry(fault.kind).or_default() += 1;
        }
        let began = Instant::now();
        let counted = round.end().await;
        let (requests, entries) = (counted["requests"], counted["entries"]);
        let reckoned = began.elapsed().as_secs();
        println!("{lie:?}, seed {seed}: {requests} requests, {entries} entries, all holds; reckoned in {reckoned} s");
        for (name, count) in counted {
            *self.counted.entry(name).or_default() += count;
        }
    }

    fn told(&self) {
        for (kind, count) in &self.faults {
            println!("{count:>9} {kind:?}");
        }
        println!("{:>9} faults", self.faults.values().sum::<u64>());
        for (name, count) in &self.counted {
            println!("{count:>9} {name}");
        }
    }
}

/// The seed that is asked for, or any.
fn seed() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    setting("DINHDANH_TEST_SEED", now.as_secs() % 1_000_000)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_fault_befalls_one_server() {
    let mut outcome = Outcome::default();
    outcome.round(Lie::OneOnSmallDisk, seed(), None, 300).await;
    outcome.told();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_fault_befalls_servers_that_share_a_store() {
    let mut outcome = Outcome::default();
    outcome.round(Lie::Several(2), seed(), None, 150).await;
    outcome.told();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: tests/campaign runs it"]
async fn a_campaign() {
    let began = Instant::now();
    let (faults, seed) = (setting("DINHDANH_CAMPAIGN_FAULTS", 200), seed());
    let (of_one, of_several) = (
        setting("DINHDANH_CAMPAIGN_BETWEEN", 2_000),
        setting("DINHDANH_CAMPAIGN_BETWEEN_SHARED", 2_000),
    );
    let mut outcome = Outcome::default();
    let mut left = faults;
    for (round, lie) in (0..).zip(LIES.into_iter().cycle()) {
        if left == 0 {
            break;
        }
        let of_round = left.min(OF_A_ROUND);
        let between = if matches!(lie, Lie::Several(_)) {
            of_several
        } else {
            of_one
        };
        println!("== round {} of seed {seed}", round + 1);
        outcome.round(lie, seed * 1_000 + round, Some(of_round), between).await;
        left -= of_round;
        println!(
            "== {} faults of {faults} after {} s",
            faults - left,
            began.elapsed().as_secs()
        );
    }
    println!("== all of seed {seed}, in {} s", began.elapsed().as_secs());
    outcome.told();
}
