//! Generated runs: whatever a mission does, no number is handed out for two entries, nor two that count for one.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;
use proptest::test_runner::Config;

use super::*;
use crate::registration::{Content, Registration};

#[derive(Debug, Clone)]
enum Step {
    Register { entry: u32, child: u8, correct: bool },
    GiveUp(u32),
    Send,
    Reopen,
    Wait(i64),
    Reserve,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0_u32..6, 0_u8..3, any::<bool>())
            .prop_map(|(entry, child, correct)| Step::Register { entry, child, correct }),
        2 => (0_u32..6).prop_map(Step::GiveUp),
        1 => Just(Step::Send),
        1 => Just(Step::Reopen),
        1 => (-3_i64..6).prop_map(Step::Wait),
        1 => Just(Step::Reserve),
    ]
}

fn birth(entry: u32, child: u8) -> v1::BirthRegistration {
    let names = ["Nguyễn An", "Nguyễn Lan", "Nguyễn Mai"];
    girl(entry, names[usize::from(child)])
}

/// What an observer at the counter has seen.
#[derive(Default)]
struct Seen {
    /// Every number that was ever handed out.
    given: HashSet<String>,
    /// By entry, the number it has and for which child.
    standing: HashMap<u32, (String, u8)>,
}

impl Seen {
    fn handed(&mut self, entry: u32, child: u8, correct: bool, handed: Result<Handed, Unfit>) {
        let known = self.standing.get(&entry).cloned();
        match (handed, known) {
            (Ok(Handed { number, known: false }), None) => {
                assert!(self.given.insert(number.clone()), "handed out twice");
                self.standing.insert(entry, (number, child));
            }
            (Ok(Handed { number, known: true }), Some((given, of))) => {
                assert_eq!(number, given);
                assert!(correct || of == child, "a number for another child");
                self.standing.insert(entry, (number, child));
            }
            (Err(Unfit::NoNumber { .. }), None) => {}
            (Err(Unfit::Differs(_)), Some((_, of))) => assert!(!correct && of != child),
            (Err(Unfit::Sent(_)), Some((_, of))) => assert!(of != child),
            (handed, known) => panic!("{:?} for {known:?}", handed.map(|handed| handed.known)),
        }
    }
}

async fn run(steps: Vec<Step>) {
    let (mut scene, mut seen, mut serial) = (Scene::set().await, Seen::default(), 0);
    scene.block(Sex::Female, 900_000..900_003, 4).await;
    for step in steps {
        match step {
            Step::Register { entry, child, correct } => {
                let manner = Manner {
                    not_printed: false,
                    correct,
                };
                let handed = scene.register_so(&birth(entry, child), manner).await;
                seen.handed(entry, child, correct, handed);
            }
            Step::GiveUp(entry) => {
                let facts = Registration::from_content(&Content::of(&birth(entry, 0))).unwrap();
                let now = scene.clock.as_microsecond();
                if scene.journal.give_up(&facts.reference, now).await.is_ok() {
                    assert!(seen.standing.remove(&entry).is_some());
                }
            }
            Step::Send => {
                let now = scene.clock.as_microsecond();
                scene.journal.begin_sending(0, 2, now).await.unwrap();
            }
            Step::Reopen => scene.reopen().await,
            Step::Wait(days) => scene.wait(days),
            Step::Reserve => {
                scene.block(Sex::Female, serial..serial + 3, 5).await;
                serial += 3;
            }
        }
    }
}

proptest! {
    #![proptest_config(Config { cases: 24, ..Config::default() })]

    #[test]
    fn no_number_is_handed_out_twice_nor_two_for_one_entry(steps in prop::collection::vec(step(), 1..40)) {
        tokio::runtime::Runtime::new().unwrap().block_on(run(steps));
    }
}
