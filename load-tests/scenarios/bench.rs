//! What all scenarios share: the servers they start, the births they send, and what they find.

use std::path::Path;

use super::args::{Name, ScenarioArgs};
use super::found::Found;
use super::site::Site;
use crate::Outcome;
use crate::servers::Setting;
use crate::target::Target;

/// The settings of a store that is slowed: a capacity that this client can offer ten times of, beside the server.
pub const SLOW: &[Setting] = &[("DINHDANH_STORE_TURN_DELAY", "40ms"), ("DINHDANH_LIMITS_BATCH", "20")];
/// The same in words.
pub const SLOWED: &str = "40 ms are added to each turn, and a turn takes at most 20 births: about 480 births a second";

/// The services.
pub const SERVICES: &[Target] = &[Target::Embedded, Target::Postgres, Target::PostgresTwo];

/// A scenario under way.
pub struct Bench<'a> {
    /// What was asked for.
    pub args: &'a ScenarioArgs,
    /// What was found so far.
    pub found: Found,
    folder: &'a Path,
    sites: Vec<Site>,
    seed: u64,
}

impl<'a> Bench<'a> {
    /// A scenario whose servers keep what they write in `folder`.
    pub fn new(args: &'a ScenarioArgs, name: Name, folder: &'a Path, disk_sync_us: u32) -> Self {
        println!("\n== {}{}", name.text(), if args.short { ", short" } else { "" });
        Self {
            args,
            found: Found {
                scenario: name.text().to_owned(),
                size: args.size("short", "full").to_owned(),
                rounds: args.rounds(),
                cores: std::thread::available_parallelism().map_or(0, usize::from),
                disk_sync_us,
                ..Found::default()
            },
            folder,
            sites: Vec::new(),
            // Each scenario has births of its own.
            seed: args.ground.seed * 1_000_000 + name as u64 * 10_000,
        }
    }

    /// Starts those of these targets that can be started.
    pub async fn start(&mut self, targets: &[Target], settings: &[Setting]) -> Outcome<()> {
        for target in self.args.targets(targets) {
            let site = Site::start(target, &self.args.ground, self.folder, settings).await?;
            self.sites.push(site);
        }
        Ok(())
    }

    /// The names of the targets that were started.
    pub fn names(&self) -> Vec<&'static str> {
        self.sites.iter().map(|site| site.target.name()).collect()
    }

    /// The targets that were started, with what was found.
    pub fn parts(&mut self) -> (&mut Vec<Site>, &mut Found) {
        (&mut self.sites, &mut self.found)
    }

    /// Puts every target under a load in turn; the words for it may depend on the target, and it
    /// is left out where there are none. All get the same births.
    pub fn load_each(
        &mut self,
        label: &str,
        round: u32,
        arguments: impl Fn(&Found, &Site) -> Outcome<Option<String>>,
    ) -> Outcome<()> {
        let seed = self.next_seed();
        for site in &mut self.sites {
            if let Some(arguments) = arguments(&self.found, site)? {
                let load = site.load(label, round, seed, &arguments)?;
                println!("{}", line(&load));
                self.found.loads.push(load);
            }
        }
        Ok(())
    }

    /// Births that nobody has sent before.
    pub fn next_seed(&mut self) -> u64 {
        self.seed += 1;
        self.seed
    }

    /// Stops all targets and has what they wrote checked.
    pub async fn finish(mut self) -> Outcome<Found> {
        for site in std::mem::take(&mut self.sites) {
            let check = site.finish().await?;
            println!(
                "{}: {} sent, {} told, {} in the ledger, {:.0} MiB at most: {}",
                check.target,
                check.sent,
                check.told,
                check.ledger.map_or("-".to_owned(), |ledger| ledger.to_string()),
                check.peak_mib,
                if check.holds() { "holds" } else { "BROKEN" }
            );
            self.found.checks.push(check);
        }
        Ok(self.found)
    }
}

/// One load in a line.
pub fn line(load: &super::found::Load) -> String {
    let figure = |path: &str| load.figures.pointer(path).and_then(serde_json::Value::as_f64);
    let of = |name: &str| {
        Some(format!(
            "  {name}: offered {:.0}/s, in time {:.0}/s, p50 {:.1} p99 {:.1} ms",
            figure(&format!("/{name}/offered_per_second"))?,
            figure(&format!("/{name}/goodput_per_second"))?,
            figure(&format!("/{name}/latency_us/p50"))? / 1000.0,
            figure(&format!("/{name}/latency_us/p99"))? / 1000.0,
        ))
    };
    let parts: String = ["births", "repeats", "bulk"].into_iter().filter_map(of).collect();
    format!("{:>2} {:<13} {:<16}{parts}", load.round, load.target, load.label)
}
