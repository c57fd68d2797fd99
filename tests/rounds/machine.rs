//! The machine under a server: its disk can forget what was not flushed, and its clock can be set. Both are done by a library
//! that the server is started with (machine.c), and by what is written here.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use rand::RngExt;
use rand::rngs::StdRng;
use tempfile::TempDir;

/// What a disk writes at once, or not at all, in bytes.
const SECTOR: usize = 512;
/// The length of a record before its bytes.
const RECORD: usize = 40;

/// The machine.
pub struct Machine {
    folder: TempDir,
    /// The folders on its disk, as the server sees them.
    disk: Vec<PathBuf>,
    /// Where their paths begin for everybody else.
    root: PathBuf,
    flushes: bool,
}

/// What a disk still has, after the power was cut, of all that was not flushed.
#[derive(Debug, Clone, Copy)]
enum Keeps {
    Nothing,
    /// What was written first.
    First,
    /// Any writes.
    Some,
    /// Any sectors of any writes.
    Sectors,
}

/// Something that was done to a file and not flushed.
struct Change {
    kind: u8,
    at: u64,
    before: Vec<u8>,
    after: Vec<u8>,
    length: u64,
}

impl Machine {
    /// A machine with these folders on its disk.
    pub fn new(disk: Vec<PathBuf>) -> Self {
        let machine = Self {
            folder: crate::support::redis::folder(),
            disk,
            root: PathBuf::from("/"),
            flushes: true,
        };
        std::fs::create_dir(machine.log()).unwrap();
        machine.set_clock(0);
        machine
    }

    /// The same, where the disk is seen by others beneath another path.
    pub fn seen_beneath(self, root: PathBuf) -> Self {
        Self { root, ..self }
    }

    /// The same with a disk that says that it has flushed, and has not.
    pub fn that_lies(self) -> Self {
        Self { flushes: false, ..self }
    }

    /// The words that start a server on it.
    pub fn words(&self) -> Vec<String> {
        let disk: Vec<_> = self.disk.iter().map(|folder| folder.to_str().unwrap()).collect();
        let path = |path: PathBuf| path.to_str().unwrap().to_owned();
        let mut words = vec![
            "env".to_owned(),
            format!("LD_PRELOAD={}", path(library())),
            format!("MACHINE_DISK={}", disk.join(":")),
            format!("MACHINE_LOG={}", path(self.log())),
            format!("MACHINE_CLOCK={}", path(self.clock())),
        ];
        if !self.flushes {
            words.push("MACHINE_LIES=1".to_owned());
        }
        words
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn clock(&self) -> PathBuf {
        self.folder.path().join("clock")
    }

    /// Sets its clock ahead of all others, by so many seconds. The time since its start goes on as it did.
    pub fn set_clock(&self, seconds: i64) {
        let mut options = OpenOptions::new();
        let file = options.create(true).truncate(false).write(true).open(self.clock());
        file.unwrap()
            .write_all(&(seconds * 1_000_000_000).to_ne_bytes())
            .unwrap();
    }

    /// What the disk holds after the power was cut, by lot. Nothing may run on the machine any more. Tells how much of how
    /// many writes is gone.
    pub fn loses_power(&self, random: &mut StdRng) -> String {
        let keeps = [Keeps::Nothing, Keeps::First, Keeps::Some, Keeps::Sectors][random.random_range(0..4)];
        self.forgets(keeps, random)
    }

    /// The disk forgets everything that was not flushed.
    pub fn forgets_all(&self, random: &mut StdRng) -> String {
        self.forgets(Keeps::Nothing, random)
    }

    fn forgets(&self, keeps: Keeps, random: &mut StdRng) -> String {
        let mut logs: Vec<PathBuf> = std::fs::read_dir(self.log())
            .unwrap()
            .map(|log| log.unwrap().path())
            .collect();
        logs.sort();
        let paths: Vec<PathBuf> = logs.iter().map(|log| self.of_log(log)).collect();
        // What folders were told comes last: a file that was never made has no content either.
        let (folders, files): (Vec<_>, Vec<_>) = logs.iter().zip(&paths).partition(|(_, path)| path.is_dir());
        let (mut open, mut gone) = (0, 0);
        for (log, path) in files.into_iter().chain(folders) {
            let changes = changes(&std::fs::read(log).unwrap());
            open += changes.len();
            gone += match path.is_dir() {
                true => self.folder_forgets(keeps, &changes, random),
                false => file_forgets(path, keeps, &changes, random),
            };
            std::fs::remove_file(log).unwrap();
        }
        format!("{gone} of {open} writes that were not flushed are gone, {keeps:?} kept")
    }

    /// The file, or folder, that a log is of.
    fn of_log(&self, log: &Path) -> PathBuf {
        let name = log.file_name().unwrap().to_str().unwrap().replace('%', "/");
        self.outside(Path::new(&name))
    }

    fn outside(&self, path: &Path) -> PathBuf {
        self.root.join(path.strip_prefix("/").unwrap())
    }

    /// A folder loses the last of what it was told. Names are kept in order by every file system in use.
    fn folder_forgets(&self, keeps: Keeps, changes: &[Change], random: &mut StdRng) -> usize {
        let kept = match keeps {
            Keeps::Nothing => 0,
            _ => random.random_range(0..=changes.len()),
        };
        for change in changes[kept..].iter().rev() {
            let path = self.outside(Path::new(std::str::from_utf8(&change.after).unwrap()));
            match change.kind {
                b'C' => std::fs::remove_file(path).unwrap(),
                _ => std::fs::write(path, &change.before).unwrap(),
            }
        }
        changes.len() - kept
    }
}

/// A file goes back to what was flushed last, and gets some of what was done since.
fn file_forgets(path: &Path, keeps: Keeps, changes: &[Change], random: &mut StdRng) -> usize {
    if changes.is_empty() {
        return 0;
    }
    let file = File::options().write(true).open(path).unwrap();
    for change in changes.iter().rev() {
        file.write_all_at(&change.before, change.at).unwrap();
        file.set_len(change.length).unwrap();
    }
    let first = random.random_range(0..=changes.len());
    let mut gone = 0;
    for (nth, change) in changes.iter().enumerate() {
        let whole = match keeps {
            Keeps::Nothing => false,
            Keeps::First => nth < first,
            Keeps::Some | Keeps::Sectors => random.random_bool(0.5),
        };
        gone += usize::from(!whole);
        match (whole, change.kind) {
            (true, b'T') => file.set_len(change.at).unwrap(),
            (true, _) => file.write_all_at(&change.after, change.at).unwrap(),
            (false, b'W') if matches!(keeps, Keeps::Sectors) => torn(&file, change, random),
            (false, _) => {}
        }
    }
    gone
}

/// Any of the sectors of a write are written.
fn torn(file: &File, change: &Change, random: &mut StdRng) {
    let mut at = change.at;
    let mut rest = change.after.as_slice();
    while !rest.is_empty() {
        let in_sector = SECTOR - usize::try_from(at).unwrap() % SECTOR;
        let (sector, after) = rest.split_at(in_sector.min(rest.len()));
        if random.random_bool(0.5) {
            file.write_all_at(sector, at).unwrap();
        }
        at += sector.len() as u64;
        rest = after;
    }
}

/// The records of a log after the place up to which they were flushed. The last may have been cut off, and then never became
/// a write.
fn changes(log: &[u8]) -> Vec<Change> {
    let word = |at: usize| u64::from_ne_bytes(log[at..at + 8].try_into().unwrap());
    let mut changes = Vec::new();
    let mut at = match log.len() {
        0..8 => return changes,
        _ => usize::try_from(word(0)).unwrap(),
    };
    while at + RECORD <= log.len() {
        let [before, after] = [at + 16, at + 24].map(|at| usize::try_from(word(at)).unwrap());
        let bytes = at + RECORD;
        if bytes + before + after > log.len() {
            break;
        }
        changes.push(Change {
            kind: log[at],
            at: word(at + 8),
            before: log[bytes..bytes + before].to_vec(),
            after: log[bytes + before..bytes + before + after].to_vec(),
            length: word(at + 32),
        });
        at = bytes + before + after;
    }
    changes
}

/// The library, made once by this process.
fn library() -> PathBuf {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rounds/machine.c");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let (made, library) = (
            folder.join(format!("machine-{}.so", std::process::id())),
            folder.join("machine.so"),
        );
        let mut compiler = Command::new("gcc");
        compiler
            .args([
                "-std=c11", "-Wall", "-Wextra", "-Werror", "-O2", "-fPIC", "-shared", "-o",
            ])
            .arg(&made)
            .arg(source)
            .args(["-ldl", "-lpthread"]);
        assert!(compiler.status().expect("gcc is installed").success());
        // Another process may be using the one before.
        std::fs::rename(made, &library).unwrap();
        library
    })
    .clone()
}
