//! What is kept in Redis, and how it gets there.

use std::time::Duration;

use dinhdanh::lease::{Claim, Claimed, Ended, Lease, Servers};
use dinhdanh::ledger::{Anchor, RequestKey};

use super::{Bench, OFFICE, claim, end, hint, one};
use crate::support::proxy::Proxy;
use crate::support::redis::Redis;
use crate::support::until;

/// Every key with its value.
fn everything(redis: &Redis) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut connection = redis.connection();
    let keys: Vec<Vec<u8>> = redis::cmd("KEYS").arg("*").query(&mut connection).unwrap();
    let get = |key: Vec<u8>| {
        let value: Option<Vec<u8>> = redis::cmd("GET").arg(&key).query(&mut connection).unwrap();
        (key, value.unwrap_or_default())
    };
    keys.into_iter().map(get).collect()
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|part| part == needle)
}

#[tokio::test]
async fn nothing_in_redis_can_be_read() {
    let redis = Redis::start();
    let lease = Bench::single(&redis).server().await;
    let claims: Vec<_> = (0..20).map(|_| claim()).collect();
    assert_eq!(lease.claim(&claims).await, [Claimed::Granted; 20]);
    for claim in &claims[..10] {
        end(&lease, claim, Some(hint())).await;
    }
    let kept = everything(&redis);
    // Each request, each reference that is still in hand, and the probe's key.
    assert_eq!(kept.len(), 20 + 10 + 1);
    for (key, value) in &kept {
        assert!(key.starts_with(b"dd:"));
        let both = [key.as_slice(), b" ", value].concat();
        assert!(!holds(&both, OFFICE.as_bytes()), "an office can be read");
        for Claim {
            request: RequestKey { id, .. },
            ..
        } in &claims
        {
            assert!(!holds(&both, id.as_bytes()), "a request id can be read");
            assert!(!holds(&both, id.to_string().as_bytes()), "a request id can be read");
            assert!(
                !holds(&both, id.simple().to_string().as_bytes()),
                "a request id can be read"
            );
        }
    }
}

/// The furthest anchor is kept, whoever raises it; and whatever somebody puts there who does not know the keys counts for
/// nothing, and gives way.
#[tokio::test]
async fn the_anchor_only_rises_and_is_only_believed_of_those_who_know_the_keys() {
    let anchor = |epoch, size| Anchor {
        epoch,
        size,
        root: [7; 32],
        drawn: size,
    };
    let redis = Redis::start();
    let bench = Bench::single(&redis);
    let (ours, theirs) = (bench.server().await, bench.server().await);
    assert_eq!(ours.raise(None).await, None);
    for (raised, kept) in [((1, 9), (1, 9)), ((1, 8), (1, 9)), ((2, 3), (2, 3)), ((1, 99), (2, 3))] {
        let kept = Some(anchor(kept.0, kept.1));
        assert_eq!(ours.raise(Some(&anchor(raised.0, raised.1))).await, kept);
        assert_eq!(theirs.raise(None).await, kept);
    }
    let key = everything(&redis)
        .into_iter()
        .find(|(_, value)| holds(value, b"anchor"));
    let (key, written) = key.unwrap();
    let set = |value: &[u8]| {
        let mut connection = redis.connection();
        redis::cmd("SET").arg(&key).arg(value).exec(&mut connection).unwrap();
    };
    let far = anchor(1 << 40, 5).line();
    let of_others = {
        let other = Redis::start();
        let others = Bench::single(&other).server().await;
        others.raise(Some(&anchor(1 << 40, 5))).await.unwrap();
        let mut written = everything(&other).into_iter().map(|(_, value)| value);
        String::from_utf8(written.find(|value| holds(value, b"anchor")).unwrap()).unwrap()
    };
    let changed = String::from_utf8(written).unwrap().replace(" 2 3 ", " 2 4 ");
    for forged in [far.as_str(), &of_others, &changed, "anchor", &format!("{far} ")] {
        set(forged.as_bytes());
        assert_eq!(theirs.raise(None).await, None, "{forged} was believed");
        assert_eq!(
            ours.raise(Some(&anchor(2, 5))).await,
            Some(anchor(2, 5)),
            "{forged} stood in the way"
        );
        assert_eq!(theirs.raise(None).await, Some(anchor(2, 5)));
    }
}

#[tokio::test]
async fn every_key_goes_by_itself() {
    let redis = Redis::start();
    let lease = Bench::single(&redis).server().await;
    let (held, answered) = (claim(), claim());
    assert_eq!(lease.claim(&[held, answered.clone()]).await, [Claimed::Granted; 2]);
    end(&lease, &answered, Some(hint())).await;
    let mut connection = redis.connection();
    for (key, _) in everything(&redis) {
        let left: i64 = redis::cmd("PTTL").arg(&key).query(&mut connection).unwrap();
        assert!(left > 0, "a key stays for ever");
    }
}

#[tokio::test]
async fn what_somebody_else_wrote_stops_nobody() {
    let redis = Redis::start();
    let bench = Bench::single(&redis);
    let (ours, theirs) = (bench.server().await, bench.server().await);
    let first = claim();
    for words in [
        &["SET", "", "7"][..],
        &["SET", ""],
        &["RPUSH", "", "h12345678"],
        &["HSET", "", "a", "b"],
    ] {
        assert_eq!(one(&ours, &first).await, Claimed::Granted);
        let mut connection = redis.connection();
        for (key, _) in everything(&redis) {
            redis::cmd("DEL").arg(&key).exec(&mut connection).unwrap();
            let mut command = redis::cmd(words[0]);
            command.arg(&key);
            for word in &words[2..] {
                command.arg(word);
            }
            if words.len() == 2 {
                command.arg(rand::random::<[u8; 33]>().as_slice());
            }
            command.exec(&mut connection).unwrap();
        }
        assert_eq!(one(&theirs, &first).await, Claimed::Granted);
        end(&theirs, &first, Some(hint())).await;
        assert_eq!(one(&ours, &first).await, Claimed::Granted);
        assert!(*ours.up().borrow() && *theirs.up().borrow());
        redis.cli(&["FLUSHALL"]);
    }
}

#[tokio::test]
async fn a_batch_takes_one_round_trip() {
    let redis = Redis::start();
    let wire = Proxy::to(redis.port()).await;
    let bench = Bench::on(Servers::Single(wire.url()));
    let mut options = bench.options();
    // No probe comes between.
    options.rest = Duration::from_secs(3600);
    let lease = bench.server_with(options).await;
    let claims: Vec<_> = (0..512).map(|_| claim()).collect();
    let ended: Vec<_> = claims
        .iter()
        .map(|claim| Ended {
            claim: claim.clone(),
            answered: Some(hint()),
        })
        .collect();
    // So that the script is known.
    lease.end(&ended[..1]).await;
    redis.cli(&["CONFIG", "RESETSTAT"]);

    // Redis has carried out all of it before the first reply is let through.
    let carried_out = async |calls: &str| {
        until("all commands are carried out", async || {
            redis.cli(&["INFO", "commandstats"]).contains(calls).then_some(())
        })
        .await;
        wire.slow(Duration::ZERO);
    };
    wire.hold();
    let (claimed, ()) = tokio::join!(lease.claim(&claims), carried_out("cmdstat_set:calls=1024,"));
    assert_eq!(claimed, [Claimed::Granted; 512]);
    wire.hold();
    tokio::join!(lease.end(&ended), carried_out("cmdstat_evalsha:calls=8,"));
    let said = redis.cli(&["INFO", "commandstats"]);
    assert!(
        !said.contains("cmdstat_multi") && !said.contains("cmdstat_eval:"),
        "{said}"
    );
}
