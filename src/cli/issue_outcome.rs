//! How `dinhdanh issue` tells what became of a file.

use std::path::PathBuf;

use serde_json::json;

use super::CliError;
use crate::client::Outcome;
use crate::client::run::{End, Report};

/// A run that has ended, well or not.
pub struct Ended {
    /// The CSV file.
    pub file: PathBuf,
    /// Where the result is.
    pub out: PathBuf,
    /// Where the journal is.
    pub journal: PathBuf,
    /// How sending ended.
    pub end: End,
    /// What became of the rows.
    pub report: Report,
    /// How long sending took, in seconds.
    pub seconds: f64,
    /// The time after which a row is left open, in seconds.
    pub give_up_after: u32,
}

impl Ended {
    /// The summary: one JSON object, or a table.
    pub fn summary(&self, as_json: bool) -> String {
        if as_json {
            format!("{}\n", self.json())
        } else {
            self.table()
        }
    }

    fn table(&self) -> String {
        let counted = Outcome::ALL.map(|outcome| (outcome.name(), self.report.count(outcome)));
        let mut lines: Vec<String> = [("outcome", "rows".to_owned())]
            .into_iter()
            .chain(counted.map(|(name, count)| (name, count.to_string())))
            .chain([("all", self.report.rows().to_string())])
            .map(|(name, count)| format!("{name:<14}{count:>12}"))
            .collect();
        lines.push(String::new());
        lines.push(format!("what became of each row:  {}", self.out.display()));
        lines.push(format!("record of what was sent:  {}", self.journal.display()));
        lines.extend(self.report.refused.iter().map(|problem| format!("refused, {problem}")));
        lines.join("\n") + "\n"
    }

    /// What is left to do, as an error; nothing if every row has its final outcome.
    pub fn verdict(&self) -> Result<(), CliError> {
        let mut told = Vec::new();
        match &self.end {
            End::Finished => {}
            End::Stopped => told.push("The run was stopped.".to_owned()),
            End::Silent(trouble) => told.push(format!(
                "The service has not answered anything for {} s ({trouble}).",
                self.give_up_after
            )),
            End::NotAccepted(trouble) => told.push(format!(
                "The service does not take these calls ({trouble}). {}",
                trouble.advice
            )),
        }
        let (open, refused) = (self.report.count(Outcome::Open), self.report.count(Outcome::Refused));
        if open > 0 {
            told.push(format!(
                "{open} rows have no answer yet: run the same command again, and it goes on where it was."
            ));
        }
        if refused > 0 {
            told.push(format!(
                "{refused} rows were refused, and nothing was written for them: {} says why. Correct them in {} and run \
                 the same command again; only they will be sent.",
                self.out.display(),
                self.file.display(),
            ));
        }
        if told.is_empty() {
            Ok(())
        } else {
            Err(CliError::new(told.join(" ")))
        }
    }

    fn json(&self) -> serde_json::Value {
        let outcomes: serde_json::Map<_, _> = Outcome::ALL
            .into_iter()
            .map(|outcome| (outcome.name().to_owned(), self.report.count(outcome).into()))
            .collect();
        let (end, trouble) = match &self.end {
            End::Finished => ("finished", None),
            End::Stopped => ("stopped", None),
            End::Silent(trouble) => ("silent", Some(trouble.to_string())),
            End::NotAccepted(trouble) => ("not_accepted", Some(trouble.to_string())),
        };
        json!({
            "file": self.file,
            "rows": self.report.rows(),
            "outcomes": outcomes,
            "replayed": self.report.replayed,
            "end": end,
            "trouble": trouble,
            "seconds": self.seconds,
            "result": self.out,
            "journal": self.journal,
        })
    }
}
