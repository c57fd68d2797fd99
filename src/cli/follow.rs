//! `dinhdanh follow`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::follow_line::line;
use super::follow_outlet::{Outlet, Taken};
use super::interrupts::Interrupts;
use super::trust::TrustArgs;
use super::{CliError, choice};
use crate::client::follow::{CursorFile, Follower, Heard, Options};
use crate::client::{Address, Caller, Patience};
use crate::policy::Role;
use crate::proto::v1::EventKind;
use crate::shell::Clock;

/// How long a line that is being written is waited for when the command is asked to end: whoever should read it may have
/// stopped.
const LAST_LINE: Duration = Duration::from_secs(2);

/// Print what happens, one event a line, and go on where it was.
///
/// Every event that the caller may see becomes one line of JSON on standard output, in the order of the ledger, from the
/// position in the cursor file on; a cursor file that is not there is made, and begins at 0. Having come to the end, it
/// waits for what comes. When a connection is lost or a server has no time, it goes on by itself from the last position,
/// with the next of the servers named.
///
/// The cursor moves only after lines have been written, a tenth of a second later at most: no event is ever lost. If the
/// command is killed or the machine fails in between, the lines of that moment are printed once more when it goes on (and
/// the line before them may be torn): each line holds its "position", by which they are told. Ended by Ctrl-C, SIGTERM or
/// the closing of standard output, it repeats nothing.
///
/// The cursor counts for all kinds: events of kinds that are asked for later are not told for positions already passed.
/// The lines hold personal data.
///
/// Examples:
///   dinhdanh follow --cursor feed.cursor --office c06 --role POPULATION_AUTHORITY
///   dinhdanh follow --cursor feed.cursor --office bhxh --role SUBSCRIBER --kinds ISSUED,CIVIL_STATUS --until-end
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Follow {
    /// The file that holds the last position printed. One reading at a time can use it.
    #[arg(long, value_name = "FILE")]
    cursor: PathBuf,
    /// Where the service answers; several servers of one service are given one by one, and tried in turn.
    #[arg(
        long,
        default_value = "http://127.0.0.1:7400",
        env = "DINHDANH_SERVER",
        value_name = "URL"
    )]
    server: Vec<Address>,
    #[command(flatten)]
    trust: TrustArgs,
    /// The office that reads.
    #[arg(long, value_name = "CODE")]
    office: String,
    /// The role it reads in.
    #[arg(long, default_value = "REGISTRAR", value_parser = choice::role)]
    role: Role,
    /// The kinds of events, such as ISSUED,REVOKED; one that does not exist is answered by those that do. [default: all that
    /// the role may see]
    #[arg(long, value_name = "KIND,…", value_delimiter = ',', value_parser = choice::event_kind)]
    kinds: Vec<EventKind>,
    /// End where the ledger ends, instead of waiting for what comes.
    #[arg(long)]
    until_end: bool,
    /// End with an error when no server has said anything for so long. [default: try for ever]
    #[arg(long, value_name = "SECONDS")]
    give_up_after: Option<u32>,
}

impl Follow {
    /// Prints events until the end, or until it is asked to end.
    ///
    /// # Errors
    /// [`CliError`] if the cursor cannot be used or written, or the service refuses.
    pub async fn run(self, clock: Arc<dyn Clock>) -> Result<(), CliError> {
        let caller = Caller::new(&self.office, self.role.name()).map_err(CliError::of)?;
        let options = Options {
            trust: self.trust.read(self.server.iter())?,
            servers: self.server,
            patience: Patience::default(),
            kinds: self.kinds,
            until_end: self.until_end,
            give_up_after: self.give_up_after.map(|seconds| Duration::from_secs(seconds.into())),
        };
        let mut interrupts = Interrupts::listen()?;
        let cursor = CursorFile::open(&self.cursor).map_err(CliError::of)?;
        let follower = Follower::new(options, caller, cursor.position(), clock).map_err(CliError::of)?;
        print(follower, Outlet::new(cursor)?, &mut interrupts).await
    }
}

/// Prints all that is heard. Also after an error the cursor stands where what was printed ends.
async fn print(mut follower: Follower, mut outlet: Outlet, interrupts: &mut Interrupts) -> Result<(), CliError> {
    let ended = print_lines(&mut follower, &mut outlet, interrupts).await;
    outlet.settle()?;
    ended
}

async fn print_lines(
    follower: &mut Follower,
    outlet: &mut Outlet,
    interrupts: &mut Interrupts,
) -> Result<(), CliError> {
    let mut away = false;
    loop {
        let heard = tokio::select! {
            biased;
            () = interrupts.next() => return Ok(()),
            settled = outlet.settled_when_due() => {
                settled?;
                continue;
            }
            heard = follower.next() => heard.map_err(CliError::of)?,
        };
        if let Heard::Lost { server, cause } = heard {
            if !away {
                eprintln!("dinhdanh: {server}: {cause}. Going on as soon as a server answers.");
            }
            away = true;
            continue;
        }
        if away {
            eprintln!("dinhdanh: going on.");
        }
        away = false;
        match heard {
            Heard::Event(event) => {
                let position = event.position;
                let line = line(*event).map_err(CliError::of)?;
                if !write(outlet, line, position, interrupts).await? {
                    return Ok(());
                }
            }
            Heard::Progress(position) => outlet.pass(position),
            Heard::Lost { .. } | Heard::End => return Ok(()),
        }
    }
}

/// Writes a line. `false` if nobody reads any more, or it is asked to end: a pipe that nobody reads must not keep this
/// from ending.
async fn write(
    outlet: &mut Outlet,
    line: String,
    position: i64,
    interrupts: &mut Interrupts,
) -> Result<bool, CliError> {
    let mut writing = std::pin::pin!(outlet.write(line, position));
    tokio::select! {
        taken = &mut writing => Ok(taken? == Taken::Whole),
        () = interrupts.next() => {
            let last = tokio::time::timeout(LAST_LINE, writing).await;
            last.unwrap_or(Ok(Taken::Closed)).map(|_| false)
        }
    }
}
