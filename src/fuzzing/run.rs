//! Running the cases of a target in a process of their own, and telling what became of it.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::hash::Hash;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::{Fuzz, cases};
use crate::ledger::hex;

/// For how long each target is tried, in seconds: 1 unless it is said.
const SECONDS: &str = "DINHDANH_FUZZ_SECONDS";
/// The seed that all cases come from: that of the tests unless another is said, so that they try the same for everybody.
/// With the same seed the same cases come in the same order.
const SEED: &str = "DINHDANH_FUZZ_SEED";
const SEED_OF_TESTS: u64 = 1;
/// A file that is tried instead of all else.
const INPUT: &str = "DINHDANH_FUZZ_INPUT";
/// The folder of a process that runs cases: that it is set tells such a process from the one that began it.
const FOLDER: &str = "DINHDANH_FUZZ_FOLDER";

/// How long a process may take over its time before it counts as one that hangs.
const GRACE: Duration = Duration::from_secs(60);

/// What a process that runs cases is told.
pub struct Plan {
    pub seconds: f64,
    pub seed: u64,
    pub input: Option<PathBuf>,
    pub folder: PathBuf,
}

/// A target by the path of its test.
pub struct Target {
    path: String,
}

/// Runs a target; see [`Fuzz::run`].
pub fn run<O: Hash, C: Fn(&[u8]) -> O + Sync>(fuzz: &Fuzz, check: C) {
    let target = Target::of_closure(std::any::type_name::<C>());
    let mut plan = Plan::of_environment();
    if !plan.folder.as_os_str().is_empty() {
        return cases::run(fuzz, &target, &plan, check);
    }
    // In memory where there is such a place: every input is written down before it is tried.
    let folder = tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap();
    plan.folder = folder.path().to_owned();
    match target.try_in_process(&plan) {
        Ok(told) => println!("fuzz {}: {told}, seed {}", target.name(), plan.seed),
        Err(told) => panic!("{}", target.failure(&plan, &told)),
    }
}

impl Plan {
    fn of_environment() -> Self {
        let given = |name| std::env::var(name).unwrap_or_default();
        Self {
            seconds: given(SECONDS).parse().unwrap_or(1.0),
            seed: given(SEED).parse().unwrap_or(SEED_OF_TESTS),
            input: Some(given(INPUT)).filter(|input| !input.is_empty()).map(PathBuf::from),
            folder: given(FOLDER).into(),
        }
    }

    /// Where the input that is being tried is written down.
    pub fn kept(&self) -> PathBuf {
        self.folder.join("input")
    }

    /// Where the inputs are written down of which one took too much memory.
    pub fn suspects(&self) -> PathBuf {
        self.folder.join("suspects")
    }

    fn heard(&self) -> PathBuf {
        self.folder.join("heard")
    }
}

impl Target {
    /// The type of a closure is named by the path of the function that it is written in.
    fn of_closure(type_name: &str) -> Self {
        let path = type_name.split_once("::").map_or(type_name, |(_, path)| path);
        let path = path.split("::{{closure}}").next().unwrap_or(path);
        Self { path: path.to_owned() }
    }

    /// Its name: the path without what all have in theirs.
    pub fn name(&self) -> String {
        let parts = self.path.split("::").filter(|part| !matches!(*part, "fuzz" | "tests"));
        parts.collect::<Vec<_>>().join("-")
    }

    /// Inputs that are always tried, in the order of their names.
    pub fn corpus(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/corpus")
            .join(self.name());
        let entries = fs::read_dir(folder).into_iter().flatten();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let read = |path: PathBuf| (path.clone(), fs::read(&path).unwrap());
        files.into_iter().map(read).collect()
    }

    /// What came of it, or what was said before it ended.
    fn try_in_process(&self, plan: &Plan) -> Result<String, String> {
        let heard = File::create(plan.heard()).unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([&self.path, "--exact", "--nocapture", "--include-ignored"]);
        command
            .env("RUST_BACKTRACE", "0")
            .env(FOLDER, &plan.folder)
            .env(SEED, plan.seed.to_string());
        command.envs(plan.input.iter().map(|input| (INPUT, input)));
        command.stdout(heard.try_clone().unwrap()).stderr(heard);
        let mut process = command.spawn().unwrap();
        let ended = wait(&mut process, GRACE + Duration::from_secs_f64(plan.seconds));
        let heard = String::from_utf8_lossy(&fs::read(plan.heard()).unwrap()).into_owned();
        let told = heard.lines().find_map(|line| line.split_once(cases::TOLD));
        match (ended, told) {
            (Some(status), Some((_, told))) if status.success() => Ok(told.to_owned()),
            (Some(status), _) => Err(format!("{heard}\nthe process ended with {status}")),
            (None, _) => Err(format!("{heard}\nan input was not answered in {GRACE:?}")),
        }
    }

    /// Words for a failure. Its input is put into a file of its own.
    fn failure(&self, plan: &Plan, told: &str) -> String {
        let culprit = self.culprit(plan).unwrap_or_else(|| plan.kept());
        let mut words = format!("fuzz {}: seed {}\n{told}\n", self.name(), plan.seed);
        if let Ok(input) = fs::read(culprit) {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/fuzz");
            let file = folder.join(format!("{}-{}", self.name(), &hex(&Sha256::digest(&input))[..16]));
            fs::create_dir_all(&folder)
                .and_then(|()| fs::write(&file, input))
                .unwrap();
            let (file, name) = (file.display(), self.name());
            let _ = write!(
                words,
                "The input is in {file}. In tests/corpus/{name}/ it is tried first ever after."
            );
        }
        words
    }

    /// Of the inputs of which one took too much memory, the one that does so by itself.
    fn culprit(&self, plan: &Plan) -> Option<PathBuf> {
        let suspects = fs::read_dir(plan.suspects()).ok()?;
        let mut suspects = suspects.map(|suspect| suspect.unwrap().path());
        suspects.find(|suspect| {
            let folder = tempfile::tempdir().unwrap();
            let alone = Plan {
                input: Some(suspect.clone()),
                folder: folder.path().to_owned(),
                ..*plan
            };
            self.try_in_process(&alone).is_err()
        })
    }
}

/// Waits for a process to end; ends it when its time is over.
fn wait(process: &mut Child, time: Duration) -> Option<ExitStatus> {
    const TURN: Duration = Duration::from_millis(20);
    for _ in 0..=time.as_millis() / TURN.as_millis() {
        if let Some(status) = process.try_wait().unwrap() {
            return Some(status);
        }
        std::thread::sleep(TURN);
    }
    process.kill().unwrap();
    process.wait().unwrap();
    None
}
