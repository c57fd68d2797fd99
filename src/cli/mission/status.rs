//! `dinhdanh mission status`.

use clap::Args;
use jiff::Timestamp;

use super::super::CliError;
use super::super::output::print;
use super::open::JournalArgs;
use super::summary;

/// Show the blocks of the mission, and how many numbers stand where.
///
/// Example: dinhdanh mission status
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Status {
    #[command(flatten)]
    journal: JournalArgs,
}

impl Status {
    /// Shows it.
    ///
    /// # Errors
    /// [`CliError`] if the journal cannot be read.
    pub async fn run(self) -> Result<(), CliError> {
        let about = |error| self.journal.about(&error);
        let mut journal = self.journal.open().await?;
        let mut text = format!("office  {}\n\n", journal.setup().office);
        text += &format!(
            "{:<36}  {:<7} {:<8} {:>8} {:>6}  hand out before\n",
            "block", "prefix", "state", "numbers", "left"
        );
        for block in journal.blocks().await.map_err(about)? {
            let state = match block.closing {
                Some(_) if block.left() > 0 && block.state.name() != "closed" => "closing",
                _ => block.state.name(),
            };
            let expires = Timestamp::from_microsecond(block.expires_at).map_err(CliError::of)?;
            text += &format!(
                "{:<36}  {:<7} {state:<8} {:>8} {:>6}  {expires}\n",
                block.id,
                block.prefix.to_string(),
                block.numbers,
                block.left(),
            );
        }
        let items = journal.items().await.map_err(about)?;
        let purged = journal.purged().await.map_err(about)?;
        text += &format!("\n{}", summary::counts(&items));
        text += &format!("{:<14}{purged:>8}\n", "purged");
        print(&text)
    }
}
