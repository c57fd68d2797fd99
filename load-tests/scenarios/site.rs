//! A target under load, and what its clients were told.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::found::{Check, Load};
use crate::Outcome;
use crate::args::Ground;
use crate::servers::{Running, Setting};
use crate::target::Target;

/// A target, with the journals of all loads so far.
pub struct Site {
    /// Which.
    pub target: Target,
    running: Running,
    folder: PathBuf,
    journals: Vec<PathBuf>,
    /// Children that were sent, and those that have an answer.
    sent: u64,
    told: u64,
    /// Whether every load ended well.
    settled: bool,
}

impl Site {
    /// Starts a target with these settings; what it keeps lies in `folder`, by itself.
    pub async fn start(target: Target, ground: &Ground, folder: &Path, settings: &[Setting]) -> Outcome<Self> {
        let folder = tempfile::Builder::new().prefix("site-").tempdir_in(folder)?.keep();
        Ok(Self {
            target,
            running: Running::start(target, ground, &folder, settings).await?,
            folder,
            journals: Vec::new(),
            sent: 0,
            told: 0,
            settled: true,
        })
    }

    /// Whether what it writes can be checked.
    fn keeps_a_ledger(&self) -> bool {
        !matches!(self.target, Target::Echo | Target::Baseline)
    }

    /// Puts it under a load, by these words for `dinhdanh load`, and answers the figures.
    pub fn load(&mut self, label: &str, round: u32, seed: u64, arguments: &str) -> Outcome<Load> {
        self.load_and(label, round, seed, arguments, |_, _| Ok(()))
    }

    /// The same; what the client says meanwhile is told line by line.
    pub fn load_and(
        &mut self,
        label: &str,
        round: u32,
        seed: u64,
        arguments: &str,
        mut told: impl FnMut(&Running, &str) -> Outcome<()>,
    ) -> Outcome<Load> {
        let json = self.folder.join(format!("load-{seed}.json"));
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("load").args(arguments.split_whitespace());
        command.args(["--seed", &seed.to_string()]).arg("--json").arg(&json);
        for address in self.running.addresses() {
            command.args(["--server", address]);
        }
        if self.keeps_a_ledger() {
            let journal = self.folder.join(format!("load-{seed}.journal"));
            command.arg("--journal").arg(&journal).arg("--settle");
            self.journals.push(journal);
        }
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let mut said = String::new();
        if let Some(errors) = child.stderr.take() {
            for line in BufReader::new(errors).lines() {
                let line = line?;
                told(&self.running, &line)?;
                said.push_str(&line);
                said.push('\n');
            }
        }
        let ended = child.wait()?;
        if !ended.success() {
            eprintln!("{}, {label}: {said}", self.target);
            self.settled = false;
        }
        let mut text = String::new();
        std::fs::File::open(&json)
            .map_err(|_| format!("{}, {label}: the load left no figures: {said}", self.target))?
            .read_to_string(&mut text)?;
        let figures: Value = serde_json::from_str(&text)?;
        let count = |path: &str| figures.pointer(path).and_then(Value::as_u64).unwrap_or_default();
        self.sent += count("/children/sent");
        self.told += ["issued", "under_review", "rejected"]
            .map(|kind| count(&format!("/children/{kind}")))
            .iter()
            .sum::<u64>();
        Ok(Load {
            target: self.target.name().to_owned(),
            label: label.to_owned(),
            round,
            figures,
        })
    }

    /// Transactions of the store until now, where they are counted.
    pub async fn transactions(&self) -> Outcome<f64> {
        Ok(self
            .running
            .store_work()
            .await?
            .map_or(0.0, |(transactions, _)| transactions))
    }

    /// Stops it and has all that was told held against its ledger.
    pub async fn finish(self) -> Outcome<Check> {
        let peak_mib = self.running.peak_mib()?;
        let entries = self.running.entries().await?;
        let keeps = self.keeps_a_ledger();
        let verified = self.running.finish(&self.journals).await?;
        std::fs::remove_dir_all(&self.folder)?;
        Ok(Check {
            target: self.target.name().to_owned(),
            verified: verified && (self.settled || !keeps),
            sent: self.sent,
            // An echo or a baseline may leave a call unanswered without breaking a promise.
            told: if keeps { self.told } else { self.sent },
            ledger: entries.map(|it| it.issued + it.under_review + it.rejected),
            peak_mib,
        })
    }
}

/// Stops all servers of a target where they stand, for so long.
pub fn outage(running: &Running, lasts: Duration) -> Outcome<()> {
    running.signal("STOP")?;
    std::thread::sleep(lasts);
    running.signal("CONT")
}
