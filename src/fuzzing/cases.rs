//! The cases themselves, in a process that does nothing else.

use std::collections::HashSet;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::FileExt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::Fuzz;
use super::mutate::Mutator;
use super::run::{Plan, Target};
use crate::shell::{Clock, SystemClock};

/// What the line begins with that tells what came of it.
pub const TOLD: &str = "fuzzed: ";

/// The stack of a case, in bytes: as much as a thread of the server has.
const STACK: usize = 2 << 20;
/// The address space that a process may take beside what it has to begin with, in KiB. What is asked for and never used is not
/// memory, but nobody should ask for more than this.
const ADDRESSES: u64 = 2 << 20;
/// Inputs are made so many at a time, and the memory is looked at when all are answered.
const BATCH: usize = 16;
/// A case that takes longer hangs.
const SLOWEST: Duration = Duration::from_secs(10);
/// Inputs that are kept because they gave a new kind of outcome: so many bytes of them.
const KEPT: usize = 2 << 20;

/// Runs the cases of a target, and says what came of it.
pub fn run<O: Hash, C: Fn(&[u8]) -> O + Sync>(fuzz: &Fuzz, target: &Target, plan: &Plan, check: C) {
    let limit = Some((status("VmSize:") + ADDRESSES) * 1024);
    let Rlimit { maximum, .. } = getrlimit(Resource::As);
    setrlimit(
        Resource::As,
        Rlimit {
            current: limit,
            maximum,
        },
    )
    .unwrap();
    let said = Arc::new(Mutex::new(String::new()));
    let last = Arc::clone(&said);
    // What is tried may panic and catch it: that is for nobody to read.
    panic::set_hook(Box::new(move |told| *last.lock().unwrap() = told.to_string()));
    let told = thread::scope(|scope| {
        let cases = || {
            let mut cases = Cases::new(fuzz, target, plan, &check);
            panic::catch_unwind(AssertUnwindSafe(|| cases.run())).map(|()| cases.told())
        };
        let thread = thread::Builder::new().stack_size(STACK);
        thread.spawn_scoped(scope, cases).unwrap().join().unwrap()
    });
    let _ = panic::take_hook();
    match told {
        Ok(told) => println!("{TOLD}{told}"),
        Err(_) => panic!("{}", said.lock().unwrap()),
    }
}

struct Cases<'a, C> {
    fuzz: &'a Fuzz,
    target: &'a Target,
    plan: &'a Plan,
    check: &'a C,
    clock: SystemClock,
    /// Where the input that is tried is written down.
    kept: File,
    /// What further cases are made of.
    pool: Vec<Vec<u8>>,
    pool_bytes: usize,
    kinds: HashSet<u64>,
    count: u64,
    slowest: Duration,
    /// By how much a batch made the process grow at most, in KiB.
    grown: u64,
}

impl<'a, O: Hash, C: Fn(&[u8]) -> O> Cases<'a, C> {
    fn new(fuzz: &'a Fuzz, target: &'a Target, plan: &'a Plan, check: &'a C) -> Self {
        Self {
            fuzz,
            target,
            plan,
            check,
            clock: SystemClock::start(),
            kept: File::create(plan.kept()).unwrap(),
            pool: Vec::new(),
            pool_bytes: 0,
            kinds: HashSet::new(),
            count: 0,
            slowest: Duration::ZERO,
            grown: 0,
        }
    }

    fn run(&mut self) {
        if let Some(input) = &self.plan.input {
            return self.answer_all(vec![fs::read(input).unwrap()]);
        }
        let corpus = self.target.corpus().into_iter().map(|(_, input)| input);
        let given: Vec<Vec<u8>> = corpus.chain(self.fuzz.seeds.clone()).collect();
        self.answer_all(given.clone());
        self.pool = given;
        let mutator = Mutator {
            form: self.fuzz.form,
            words: &self.fuzz.words,
            longest: self.fuzz.longest,
        };
        let mut random = StdRng::seed_from_u64(self.plan.seed);
        while self.clock.monotonic().as_secs_f64() < self.plan.seconds {
            let batch = (0..BATCH).map(|_| mutator.make(&self.pool, &mut random));
            self.answer_all(batch.collect());
        }
    }

    /// Answers inputs that are made already, so that the memory it takes is that of the answers.
    fn answer_all(&mut self, batch: Vec<Vec<u8>>) {
        // Forgets the peak there was; see proc_pid_clear_refs(5).
        let _ = fs::write("/proc/self/clear_refs", "5");
        let began = status("VmHWM:");
        let new: Vec<bool> = batch.iter().map(|input| self.answer(input)).collect();
        let grown = status("VmHWM:").saturating_sub(began);
        self.grown = self.grown.max(grown);
        let most = self.fuzz.memory_mib;
        if grown > most * 1024 {
            self.suspect(&batch);
            panic!("the process grew by {grown} KiB; it may by {most} MiB");
        }
        for (input, new) in batch.into_iter().zip(new) {
            if new && self.pool_bytes + input.len() <= KEPT {
                self.pool_bytes += input.len();
                self.pool.push(input);
            }
        }
    }

    /// Whether an input gave a new kind of outcome.
    fn answer(&mut self, input: &[u8]) -> bool {
        self.kept.write_all_at(input, 0).unwrap();
        self.kept.set_len(input.len() as u64).unwrap();
        let began = self.clock.monotonic();
        let outcome = (self.check)(input);
        let took = self.clock.monotonic() - began;
        assert!(took < SLOWEST, "it took {took:?}");
        self.slowest = self.slowest.max(took);
        self.count += 1;
        let mut kind = DefaultHasher::new();
        outcome.hash(&mut kind);
        self.kinds.insert(kind.finish())
    }

    /// Writes down the inputs of which one took too much memory. Which one it was is for others to find out.
    fn suspect(&self, batch: &[Vec<u8>]) {
        let folder = self.plan.suspects();
        fs::create_dir(&folder).unwrap();
        for (index, input) in batch.iter().enumerate() {
            fs::write(folder.join(format!("{index:02}")), input).unwrap();
        }
    }

    fn told(&self) -> String {
        let rate = self.count as f64 / self.clock.monotonic().as_secs_f64();
        format!(
            "{} cases, {rate:.0} a second, {} kinds of outcome, slowest {:.1} ms, grown by {:.1} MiB",
            self.count,
            self.kinds.len(),
            self.slowest.as_secs_f64() * 1e3,
            self.grown as f64 / 1024.0,
        )
    }
}

/// What the system says of this process, in KiB.
fn status(what: &str) -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(what)).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
