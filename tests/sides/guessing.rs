//! Whether a number exists is not to be told by asking about it: neither by what is answered nor by how long that takes.

use std::time::Instant;

use dinhdanh::proto::v1;
use tonic::{Code, Status};

use super::stage::{COMMUNE, Stage};
use crate::support::births::{birth, request};
use crate::support::calls::{Call, approve, known, revoke, who_has};
use crate::support::desk::Desk;

/// Births that there are.
const BIRTHS: u64 = 150;
/// Calls about numbers that exist, and as many about others.
const CALLS: usize = 1_500;
/// An office makes no more calls than it may.
const CALLS_OF_AN_OFFICE: usize = 500;

/// A source of numbers that repeats: SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

/// The chance that of two calls, one of each kind, the first took longer; one half where time tells nothing. This is the
/// statistic of Mann and Whitney, over the number of pairs.
fn longer(ours: &[u128], theirs: &[u128]) -> f64 {
    let pairs = ours.len() * theirs.len();
    let won = |ours: &u128| {
        let shorter = theirs.iter().filter(|theirs| *theirs < ours).count();
        let as_long = theirs.iter().filter(|theirs| *theirs == ours).count();
        shorter as f64 + as_long as f64 / 2.0
    };
    ours.iter().map(won).sum::<f64>() / pairs as f64
}

/// Numbers that exist, and one of their kind that does not for each.
async fn numbers(stage: &Stage, dice: &mut Dice) -> (Vec<String>, Vec<String>) {
    let mut given = Vec::new();
    for n in 1..=BIRTHS {
        given.push(stage.commune.number(request(COMMUNE, n)).await);
    }
    let mut never = Vec::new();
    while never.len() < given.len() {
        let prefix = &given[never.len()][..6];
        let number = format!("{prefix}{:06}", dice.below(1_000_000));
        if !given.contains(&number) && !never.contains(&number) {
            never.push(number);
        }
    }
    (given, never)
}

/// Asks about numbers of both kinds in turn by chance, each call like the other, and compares the times.
async fn compare<C: Call>(desks: &[Desk], dice: &mut Dice, kinds: [&[String]; 2], asked: impl Fn(&str) -> C) -> f64 {
    let mut times = [const { Vec::new() }; 2];
    for call in 0..2 * CALLS {
        let kind = match dice.below(2) as usize {
            kind if times[kind].len() < CALLS => kind,
            kind => 1 - kind,
        };
        let number = &kinds[kind][dice.below(BIRTHS) as usize];
        let (message, desk) = (asked(number), &desks[call / CALLS_OF_AN_OFFICE]);
        let began = Instant::now();
        let answered = message.sent_by(desk).await;
        times[kind].push(began.elapsed().as_nanos());
        assert!(
            !matches!(&answered, Err(status) if status.code() != Code::NotFound),
            "{:?}",
            answered.err()
        );
    }
    longer(&times[0], &times[1])
}

/// With so many calls, what is left to chance deviates by 0.01.
#[track_caller]
fn assert_even(what: &str, longer: f64) {
    println!("{what}: a number that exists takes longer in {longer:.3} of pairs");
    assert!((0.42..=0.58).contains(&longer), "{what}: {longer:.3}");
}

#[tokio::test]
async fn the_time_of_an_answer_does_not_tell_whether_a_number_exists() {
    let (stage, mut dice) = (Stage::set().await, Dice(7));
    let (given, never) = numbers(&stage, &mut dice).await;
    let kinds = [given.as_slice(), never.as_slice()];
    let offices = |role: &'static str| (1..=2 * CALLS / CALLS_OF_AN_OFFICE).map(move |n| (format!("{role}-{n}"), role));
    let desks = |role| {
        offices(role)
            .map(|(code, role)| stage.desk(&code, role))
            .collect::<Vec<_>>()
    };
    let stranger = birth(COMMUNE, BIRTHS + 1);

    let verify = |number: &str| v1::VerifyNumberRequest {
        number: number.to_owned(),
        facts: Some(known(&stranger)),
    };
    assert_even(
        "VerifyNumber",
        compare(&desks("SUBSCRIBER"), &mut dice, kinds, verify).await,
    );
    let get = |number: &str| v1::GetNumberRequest {
        number: number.to_owned(),
    };
    assert_even("GetNumber", compare(&desks("REGISTRAR"), &mut dice, kinds, get).await);
    let resolve = |number: &str| who_has(number, &stranger);
    assert_even(
        "ResolveIdentifier",
        compare(&desks("MISSION"), &mut dice, kinds, resolve).await,
    );
    stage.end().await;
}

#[tokio::test]
async fn what_is_answered_does_not_tell_whether_a_number_exists() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    let revoked = stage.commune.number(request(COMMUNE, 2)).await;
    let case = stage.commune.does(revoke(&revoked)).await.case.unwrap();
    stage.authority.does(approve(&case)).await;
    let never = format!("{}{}", &number[..11], (number.as_bytes()[11] - b'0' + 1) % 10);
    assert!(never != revoked);

    let stranger = known(&birth(COMMUNE, 3));
    let verified = async |number: &str| stage.neighbour.verify(number, stranger.clone()).await.unwrap();
    let unknown = verified(&never).await;
    for number in [&number, &revoked] {
        assert_eq!(verified(number).await, unknown);
    }
    let said = |status: Status| (status.code(), status.message().to_owned(), status.details().to_vec());
    let got = async |number: &str| said(stage.neighbour.get(number).await.unwrap_err());
    let unknown = got(&never).await;
    for number in [&number, &revoked] {
        assert_eq!(got(number).await, unknown);
    }
    let resolved = async |number: &str| {
        let asked = who_has(number, &birth(COMMUNE, 3));
        said(asked.sent_by(&stage.neighbour).await.err().unwrap())
    };
    let unknown = resolved(&never).await;
    for number in [&number, &revoked] {
        assert_eq!(resolved(number).await, unknown);
    }
    stage.end().await;
}
