//! Opening a journal: the only writer, over a file whose every line is understood.

use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::line::{Header, Line, VERSION};
use super::lines::Lines;
use super::{Index, Journal, JournalError};

/// Only the owner may read or write it: it holds personal numbers.
const MODE: u32 = 0o600;

/// Where the journal of a CSV file lies: beside it, `.journal` added to its name.
pub fn path_beside(csv: &Path) -> PathBuf {
    let mut name = csv.as_os_str().to_owned();
    name.push(".journal");
    PathBuf::from(name)
}

pub(super) fn open(path: &Path, server: &str, same_service: bool) -> Result<Journal, JournalError> {
    let file = take(path)?;
    let (mut lines, header) = Lines::begin(BufReader::new(&file))?;
    if let Some(Header { server: begun, .. }) = &header
        && begun != server
        && !same_service
    {
        return Err(JournalError::OtherServer {
            begun: begun.clone(),
            asked: server.to_owned(),
        });
    }
    let index = read_rows(&mut lines)?;
    let whole = lines.end();
    drop(lines);
    file.set_permissions(Permissions::from_mode(MODE))
        .map_err(JournalError::Open)?;
    let mut journal = Journal {
        file,
        path: path.to_owned(),
        index,
        buffer: Vec::new(),
        written: whole,
    };
    cut_off_torn_line(&mut journal)?;
    if header.is_none() {
        journal.append(&Line::Journal(Header {
            version: VERSION,
            server: server.to_owned(),
        }))?;
    }
    // Also what an earlier run wrote but could not bring to the disk any more: its rows may be sent next.
    journal.sync()?;
    sync_folder(path)?;
    Ok(journal)
}

/// Opens or makes the file, and locks it.
fn take(path: &Path) -> Result<File, JournalError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(MODE);
    let file = match options.clone().create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => options.open(path),
        made => made,
    };
    let file = file.map_err(JournalError::Open)?;
    if !file.metadata().map_err(JournalError::Open)?.is_file() {
        return Err(JournalError::NotAJournal);
    }
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => JournalError::InUse,
        TryLockError::Error(error) => JournalError::Open(error),
    })?;
    Ok(file)
}

/// Takes in all lines after the first.
pub(super) fn read_rows(lines: &mut Lines<impl BufRead>) -> Result<Index, JournalError> {
    let mut index = Index::default();
    while let Some((at, line)) = lines.next_line()? {
        let taken = match line {
            Line::Intent(intent) => intent
                .read()
                .and_then(|(row, request_id)| index.intend(intent.line, row, request_id).ok())
                .ok_or("it gives a row a second request id, or an unreadable one"),
            Line::Answer(answer) => {
                let line = answer.line;
                answer
                    .read()
                    .and_then(|(request_id, answer): (Uuid, _)| {
                        index.answered(line, request_id, answer.outcome(), at).ok()
                    })
                    .ok_or("it answers a row that waits for no such answer, or unreadably")
            }
            Line::Journal(_) => Err("it is a second first line"),
        };
        taken.map_err(|problem| lines.broken(problem))?;
    }
    Ok(index)
}

/// Cuts off what follows the last whole line: a run was killed while it wrote.
fn cut_off_torn_line(journal: &mut Journal) -> Result<(), JournalError> {
    journal.file.set_len(journal.written).map_err(JournalError::Write)?;
    journal
        .file
        .seek(SeekFrom::Start(journal.written))
        .map(drop)
        .map_err(JournalError::Write)
}

/// Brings the name of a new file to the disk.
fn sync_folder(path: &Path) -> Result<(), JournalError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(JournalError::Write)
}
