//! `dinhdanh places resolve`.

use std::fmt::Write as _;

use clap::Args;
use jiff::civil::Date;

use crate::cli::CliError;
use crate::cli::configured::Configured;
use crate::cli::output::print;
use crate::ledger::Moment;
use crate::number::Codes;
use crate::places::{Gazetteer, Unit, Units};
use crate::shell::Clock;

/// Tell what an address means as of a day, or what is like it.
///
/// Example: dinhdanh places resolve "Xã Tân Lập, huyện Đan Phượng, Hà Tây" --on 2001-05-01 --data ./dinhdanh-data
#[derive(Debug, Args)]
pub struct Resolve {
    #[command(flatten)]
    pub configured: Configured,
    /// The address: its parts between commas, the smallest first; or the code of a unit.
    text: String,
    /// The day. [default: today in Viet Nam]
    #[arg(long, value_name = "YYYY-MM-DD")]
    on: Option<Date>,
}

impl Resolve {
    /// Tells it.
    ///
    /// # Errors
    /// [`CliError`] with exit code 1 where nothing of that name is known.
    pub fn run(self, units: &Units, clock: &dyn Clock) -> Result<(), CliError> {
        let day = self.on.unwrap_or_else(|| Moment::new(clock.now()).day);
        let known = Gazetteer {
            codes: Codes::embedded(),
            units,
        };
        let text = self.text.trim();
        if let Some(unit) = units.by_code(text, day) {
            return print(&told(&known, unit, day));
        }
        let meaning = known.meant(text, day);
        let mut said = String::new();
        for unit in &meaning.units {
            said += &told(&known, unit, day);
        }
        if let (true, Some(place)) = (meaning.units.is_empty(), meaning.place) {
            let name = place.name_on(day).unwrap_or(place.last_name());
            // Writing to a string cannot fail.
            let _ = writeln!(said, "{}  {name}", place.code);
        }
        print(&said)?;
        match known.unknown(text, day) {
            None => Ok(()),
            Some(like) if like.is_empty() => Err(CliError::new("no place of this name is known on that day")),
            Some(like) => Err(CliError::new(format!(
                "no place of this name is known on that day; like it are:\n  {}",
                like.join("\n  ")
            ))),
        }
    }
}

/// A unit, and what stands for it where it is gone.
fn told(known: &Gazetteer<'_>, unit: &Unit, day: Date) -> String {
    let mut said = format!("{}  {}", unit.code, known.address(unit, day));
    if let Some(until) = unit.until.filter(|until| *until <= day) {
        let _ = write!(said, " (until {until})");
        for next in known.units.successors_on(unit, day) {
            let _ = write!(said, "\n    now {}  {}", next.code, known.address(next, day));
        }
    }
    said + "\n"
}
