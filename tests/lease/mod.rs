//! The lease in Redis: what it promises, on each kind of Redis, and what becomes of it when Redis is slow, away, or empties itself.

mod away;
mod contract;
mod cost;
mod failover;
mod kept;
mod tls;

use std::time::Duration;

use dinhdanh::lease::{Claim, Claimed, Ended, Hint, Lease, RedisLease, RedisOptions, Servers};
use dinhdanh::ledger::{IndexKey, RequestKey};
use dinhdanh::registration::Key;
use uuid::Uuid;

use crate::support::PATIENCE;
use crate::support::redis::Redis;

/// The office of all requests.
const OFFICE: &str = "HN-00001";

/// The servers of one installation, which share one secret and one Redis.
struct Bench {
    servers: Servers,
    secret: IndexKey,
}

impl Bench {
    /// A new installation. Its secret is random, so that it meets no other in the same Redis.
    fn on(servers: Servers) -> Self {
        Self {
            servers,
            secret: IndexKey::new(&rand::random()),
        }
    }

    fn single(redis: &Redis) -> Self {
        Self::on(Servers::Single(redis.url()))
    }

    /// Options under which a busy machine is not taken for a slow Redis.
    fn options(&self) -> RedisOptions {
        let mut options = RedisOptions::new(self.servers.clone());
        options.hold = PATIENCE;
        options.remember = PATIENCE;
        options.patience = Duration::from_secs(20);
        options.rest = Duration::from_millis(20);
        options
    }

    /// One more server, connected.
    async fn server(&self) -> RedisLease {
        self.server_with(self.options()).await
    }

    async fn server_with(&self, options: RedisOptions) -> RedisLease {
        let lease = RedisLease::start(&options, &self.secret).unwrap();
        turned(&lease, true).await;
        lease
    }
}

/// Waits until the lease can be asked, or cannot.
async fn turned(lease: &RedisLease, up: bool) {
    let mut state = lease.up();
    let turned = tokio::time::timeout(PATIENCE, state.wait_for(|now| *now == up)).await;
    turned
        .unwrap_or_else(|_| panic!("gave up waiting until the lease is up: {up}"))
        .unwrap();
}

/// A claim that nobody made before.
fn claim() -> Claim {
    Claim {
        request: RequestKey {
            id: Uuid::now_v7(),
            office: OFFICE.to_owned(),
        },
        reference: Key::from_bytes(rand::random()),
    }
}

fn hint() -> Hint {
    Hint {
        epoch: 1,
        position: rand::random(),
        digest: rand::random(),
    }
}

async fn one(lease: &RedisLease, claim: &Claim) -> Claimed {
    let claimed = lease.claim(std::slice::from_ref(claim)).await;
    assert_eq!(claimed.len(), 1);
    claimed[0]
}

async fn end(lease: &RedisLease, claim: &Claim, answered: Option<Hint>) {
    let claim = claim.clone();
    lease.end(&[Ended { claim, answered }]).await;
}
