//! `dinhdanh mission reserve` and `dinhdanh mission close`.

use std::sync::Arc;

use clap::Args;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::super::{CliError, choice};
use super::line::LineArgs;
use super::open::JournalArgs;
use crate::mission::Wanted;
use crate::number::{PlaceCode, Prefix, Sex};
use crate::proto::v1;
use crate::registration::timestamp;
use crate::shell::{Clock, random};

/// Reserve blocks of numbers, while there is a line.
///
/// A block is of one country, sex and year of birth. What is to be reserved is noted in the journal first: if the line breaks,
/// the next sync asks again, for the same block. The service's signature is checked before any number of it is handed out.
///
/// Example: dinhdanh mission reserve --country 232 --year 2026 --count 50 --until 2027-06-30
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Reserve {
    #[command(flatten)]
    journal: JournalArgs,
    #[command(flatten)]
    line: LineArgs,
    /// The country in which the births are registered: the first three digits of the numbers.
    #[arg(long, value_parser = country, value_name = "CODE")]
    country: PlaceCode,
    /// Of which sex the children will be; a block of each, if it is left out.
    #[arg(long, value_parser = choice::sex, value_name = "SEX")]
    sex: Option<v1::Sex>,
    /// In which year they will be born.
    #[arg(long, value_name = "YEAR")]
    year: i16,
    /// How many numbers in each block.
    #[arg(long, value_parser = clap::value_parser!(i32).range(1..=1000), value_name = "N")]
    count: i32,
    /// The last day on which they may be handed out (UTC).
    #[arg(long, value_name = "DAY")]
    until: Date,
}

/// Close a block: what is left of it is never given.
///
/// What was handed out of it must be settled first; until it is, the block stays open, and the next sync closes it.
///
/// Example: dinhdanh mission close 019ab0c4-5b00-7000-8000-000000000001
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Close {
    #[command(flatten)]
    journal: JournalArgs,
    #[command(flatten)]
    line: LineArgs,
    /// The block, as `dinhdanh mission status` names it.
    #[arg(value_name = "BLOCK")]
    block: Uuid,
}

impl Reserve {
    /// Reserves the blocks.
    ///
    /// # Errors
    /// [`CliError`] if there can be no such block, or as for a sync.
    pub async fn run(self, clock: Arc<dyn Clock>) -> Result<(), CliError> {
        let wanted = self.wanted(clock.as_ref())?;
        let mut journal = self.journal.open().await?;
        let noted = journal.want_blocks(&wanted).await;
        noted.map_err(|error| self.journal.about(&error))?;
        self.line.settle(&self.journal, &mut journal, clock).await
    }

    fn wanted(&self, clock: &dyn Clock) -> Result<Vec<Wanted>, CliError> {
        let day_after = self.until.tomorrow().map_err(CliError::of)?;
        let ends = TimeZone::UTC
            .to_timestamp(day_after.at(0, 0, 0, 0))
            .map_err(CliError::of)?;
        let expires_at = ends.as_microsecond();
        let sexes = match self.sex {
            Some(sex) => vec![sex],
            None => vec![v1::Sex::Male, v1::Sex::Female],
        };
        let one = |sex: v1::Sex| {
            let id = random::uuid_v7(clock.now());
            let request = v1::ReserveBlockRequest {
                request_id: id.to_string(),
                country_code: self.country.to_string(),
                sex: sex.into(),
                birth_year: self.year.into(),
                count: self.count,
                expires_at: Some(timestamp(expires_at)),
            };
            let digits = if sex == v1::Sex::Male { Sex::Male } else { Sex::Female };
            let prefix = Prefix::new(self.country, digits, self.year).map_err(CliError::of)?;
            Ok(Wanted {
                request,
                id,
                prefix,
                expires_at,
            })
        };
        sexes.into_iter().map(one).collect()
    }
}

impl Close {
    /// Closes the block.
    ///
    /// # Errors
    /// [`CliError`] if the journal has no such block, or as for a sync.
    pub async fn run(self, clock: Arc<dyn Clock>) -> Result<(), CliError> {
        let mut journal = self.journal.open().await?;
        let noted = journal.want_closed(self.block, random::uuid_v7(clock.now())).await;
        noted.map_err(|error| self.journal.about(&error))?;
        self.line.settle(&self.journal, &mut journal, clock).await
    }
}

fn country(text: &str) -> Result<PlaceCode, String> {
    PlaceCode::parse(text).map_err(|_| "must be three digits, such as 232".to_owned())
}
