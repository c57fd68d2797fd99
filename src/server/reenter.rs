//! Entering answers again that a store lost, from the files and journals of those who were told them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::ServeError;
use crate::client::run::{RunError, ToldRow, ToldRows};
use crate::engine::{Engine, Guard, Limits, Sender};
use crate::lease::Lease;
use crate::ledger::{Context, KeyRing, Recovered, RequestKey};
use crate::number::Picker;
use crate::protocol::{Rules, Standing};
use crate::refusal::Refusal;
use crate::shell::Clock;
use crate::store::{Reader, Store};

/// How many are under way at a time: a turn takes them together.
const UNDER_WAY: usize = 256;

/// A file of births, and how far it was read.
pub(super) struct Births {
    file: PathBuf,
    rows: ToldRows,
}

/// What became of the rows of a file that had been answered with a number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reentered {
    /// The file.
    pub file: PathBuf,
    /// How many have the number again that they were answered with.
    pub entered: u64,
    /// How many had it already.
    pub stood: u64,
    /// How many rows were not answered with a number.
    pub others: u64,
    /// Those that do not have it, with their lines in the file.
    pub left: Vec<(u64, NotReentered)>,
}

/// Why an answer was not entered again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotReentered {
    /// The file no longer says what was sent.
    #[error("the row is not as it was when it was sent, or no longer in this line")]
    Changed,
    /// It was told as one that does not stand.
    #[error("the number did not stand any more when it was told")]
    DidNotStand,
    /// The registration has another number.
    #[error("the registration has been entered anew since, and has another number or a case")]
    RegisteredSince,
    /// The request was answered otherwise since.
    #[error("the request has been sent again since, and was answered otherwise")]
    AnsweredSince,
    /// Somebody has the number, or no recovery passed it over.
    #[error("the number is another's, or was never passed over by a recovery")]
    NumberTaken,
    /// The child may have another number.
    #[error("the child may be known by another registration")]
    ChildKnown,
    /// What the service says of it.
    #[error("{0}")]
    Refused(Refusal),
}

impl Births {
    /// Opens a file of births, and reads the journal beside it.
    pub(super) fn open(file: &Path) -> Result<Self, ServeError> {
        match ToldRows::open(file) {
            Ok(rows) => Ok(Self {
                file: file.to_owned(),
                rows,
            }),
            Err(error) => Err(unusable(file, error)),
        }
    }
}

/// Makes sure that none of the numbers that these files were told is still to be given: of those that nobody has, none may
/// lie past what a recovery that reckons with `loss` would pass over.
pub(super) async fn reckoned_with(
    births: &[Births],
    reader: &impl Reader,
    (loss, recovered): (u32, &Recovered),
    picker: &Picker,
) -> Result<(), ServeError> {
    let prefixes: BTreeMap<_, _> = reader.prefixes().await?.into_iter().collect();
    let mut farthest: Option<(u32, &Path)> = None;
    let mut numbers = 0;
    for Births { file, rows } in births {
        for slot in rows.numbers().map(|number| picker.slot(number)) {
            let next = match prefixes.get(&slot.prefix()) {
                Some(row) => row.next,
                None => recovered.first_counter(slot.prefix().birth_year()),
            };
            let needed = (slot.counter() + 1).saturating_sub(next);
            if needed > loss && reader.by_slot(slot).await?.is_none() {
                numbers += 1;
                farthest = farthest.max(Some((needed, file)));
            }
        }
    }
    match farthest {
        None => Ok(()),
        Some((counters, file)) => Err(ServeError::TooLittleReckoned {
            file: file.to_owned(),
            numbers,
            counters,
        }),
    }
}

fn unusable(file: &Path, error: RunError) -> ServeError {
    ServeError::Births {
        file: file.to_owned(),
        error: Box::new(error),
    }
}

/// Enters again what these files were told and a store does not know, by the way that every command takes.
pub(super) async fn reenter<S: Store>(
    store: S,
    guard: Guard,
    lease: Arc<dyn Lease>,
    keys: KeyRing,
    births: Vec<Births>,
    clock: Arc<dyn Clock>,
) -> Result<Vec<Reentered>, ServeError> {
    let (rules, limits) = (Rules::default(), Limits::default());
    let engine = Engine::start(store, guard, lease, keys, rules, limits, clock).await?;
    let mut reentered = Vec::new();
    for Births { file, mut rows } in births {
        let entering = stream::iter(rows.by_ref()).map(async |row| match row {
            Ok(row) => Ok((row.line, enter(&engine, row).await?)),
            Err(error) => Err(unusable(&file, error)),
        });
        let mut entering = entering.buffered(UNDER_WAY);
        let mut of_file = Reentered::default();
        while let Some((line, outcome)) = entering.try_next().await? {
            match outcome {
                Ok(true) => of_file.entered += 1,
                Ok(false) => of_file.stood += 1,
                Err(why) => of_file.left.push((line, why)),
            }
        }
        drop(entering);
        of_file.others = rows.others();
        reentered.push(Reentered { file, ..of_file });
    }
    engine.drain().await;
    Ok(reentered)
}

/// Whether a row was entered, or stood, or why neither.
async fn enter<S: Store>(engine: &Engine<S>, row: ToldRow) -> Result<Result<bool, NotReentered>, ServeError> {
    let Some((office, registration)) = row.sent else {
        return Ok(Err(NotReentered::Changed));
    };
    if !matches!(row.state.as_str(), "ISSUED" | "CONFIRMED") {
        return Ok(Err(NotReentered::DidNotStand));
    }
    let request = RequestKey {
        id: row.request_id,
        office: office.clone(),
    };
    let sender = Sender {
        office,
        context: Context::default(),
    };
    Ok(
        match engine.reenter(&sender, request, &registration, row.number).await {
            Ok(reply) => match reply.standing {
                Standing::Issued(has) if has.number == row.number => Ok(!reply.replayed),
                _ => Err(NotReentered::AnsweredSince),
            },
            Err(Refusal::WrongState("number")) => Err(NotReentered::NumberTaken),
            Err(Refusal::WrongState(_)) => Err(NotReentered::ChildKnown),
            Err(Refusal::RegistrationExists(_)) => Err(NotReentered::RegisteredSince),
            Err(refusal @ (Refusal::StoreUnavailable { .. } | Refusal::StoreRolledBack { .. } | Refusal::Bug)) => {
                return Err(ServeError::Reentering(refusal));
            }
            Err(refusal) => Err(NotReentered::Refused(refusal)),
        },
    )
}
