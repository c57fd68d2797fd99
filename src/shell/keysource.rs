//! Where the secret keys come from: a file, the environment, or a command that prints them.

use std::fmt;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStdout, Command};
use zeroize::Zeroizing;

use super::keyfile::{self, KeyStoreError};
use crate::ledger::{KeyFileError, KeyRing, Secrets};

/// The variable of the environment that may hold the text of a key file.
pub const TEXT_VARIABLE: &str = "DINHDANH_KEYS_TEXT";
/// The longest text of a key file, in bytes.
const LONGEST: usize = 16 * 1024;
/// How long a command may take to print it, unless a setting says otherwise.
pub const COMMAND_WITHIN: Duration = Duration::from_secs(30);

/// The text of a key file. It is wiped from memory when the last hold on it is dropped, and never shown.
#[derive(Clone)]
pub struct KeyText(Arc<Zeroizing<String>>);

impl KeyText {
    /// Takes a text over, without a copy.
    pub fn new(text: String) -> Self {
        Self(Arc::new(Zeroizing::new(text)))
    }
}

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyText(..)")
    }
}

/// Where the keys come from.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// A file.
    File(PathBuf),
    /// The environment of this process.
    Environment(KeyText),
    /// A program that prints the text of a key file. It is run without a shell.
    Command {
        /// The program and its arguments.
        words: Vec<String>,
        /// How long it may take.
        within: Duration,
    },
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the key file {}", path.display()),
            Self::Environment(_) => write!(f, "the key text in {TEXT_VARIABLE}"),
            Self::Command { words, .. } => write!(f, "the key text that {} prints", program(words).display()),
        }
    }
}

impl KeySource {
    /// The file, if it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Environment(_) | Self::Command { .. } => None,
        }
    }

    /// Reads the keys.
    ///
    /// # Errors
    /// [`KeyStoreError`]; no variant holds a secret.
    pub async fn load(&self) -> Result<KeyRing, KeyStoreError> {
        Ok(self.secrets().await?.ring().map_err(KeyFileError::from)?)
    }

    /// Reads what they are made of.
    ///
    /// # Errors
    /// [`KeyStoreError`]; no variant holds a secret.
    pub async fn secrets(&self) -> Result<Secrets, KeyStoreError> {
        match self {
            Self::File(path) => keyfile::secrets(path),
            Self::Environment(KeyText(text)) => Ok(Secrets::read(text)?),
            Self::Command { words, within } => printed_by(words, *within).await,
        }
    }
}

/// A buffer of the longest text there may be and one byte more: it never grows, which would leave a copy behind.
fn buffer() -> Zeroizing<Vec<u8>> {
    Zeroizing::new(vec![0; LONGEST + 1])
}

/// What a text says, of which so much of the buffer was filled.
fn read(buffer: &[u8], length: usize) -> Result<Secrets, KeyStoreError> {
    if length > LONGEST {
        return Err(KeyStoreError::TooLong);
    }
    let text = std::str::from_utf8(&buffer[..length]).map_err(|_| KeyFileError::Malformed)?;
    Ok(Secrets::read(text)?)
}

/// The keys of an open file of this name.
pub(super) fn read_from(mut file: impl Read, path: &Path) -> Result<Secrets, KeyStoreError> {
    let (mut buffer, mut length) = (buffer(), 0);
    while length < buffer.len() {
        match file.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(keyfile::failed(path, error)),
        }
    }
    read(&buffer, length)
}

fn program(words: &[String]) -> PathBuf {
    words.first().map(PathBuf::from).unwrap_or_default()
}

/// A program with whatever it has started. All of it ends when this is dropped, also where nobody waits for it any more
/// because the server stops; that it has ended by itself is no matter.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

async fn printed_by(words: &[String], within: Duration) -> Result<Secrets, KeyStoreError> {
    let program = program(words);
    let failed = |why: String| KeyStoreError::Command {
        program: program.clone(),
        why,
    };
    // Whoever could change the program would be handed the keys, or could hand over others.
    let mode = std::fs::metadata(&program)
        .map_err(|error| failed(format!("cannot be run: {error}")))?
        .mode()
        & 0o777;
    if mode & 0o022 != 0 {
        return Err(failed(format!("can be changed by others (mode {mode:o}): chmod go-w")));
    }
    let mut command = Command::new(&program);
    command
        .args(words.get(1..).unwrap_or_default())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        // What it has to say to people it says there, as we do.
        .stderr(Stdio::inherit())
        .process_group(0)
        .kill_on_drop(true);
    let mut child = command
        .spawn()
        .map_err(|error| failed(format!("cannot be run: {error}")))?;
    let mut group = Group(child.id().and_then(|id| Pid::from_raw(id.cast_signed())));
    let mut buffer = buffer();
    let answered = tokio::time::timeout(within, answer(&mut child, &mut buffer)).await;
    if let Ok(Ok(_)) = answered {
        group.0 = None;
    }
    match answered {
        Err(_) => Err(failed(format!("did not end within {within:?} (keys_command_timeout)"))),
        Ok(Err(why)) => Err(failed(why)),
        Ok(Ok(0)) => Err(failed("printed nothing".to_owned())),
        Ok(Ok(length)) => read(&buffer, length),
    }
}

/// Reads all that it prints into the buffer, and waits for its end.
async fn answer(child: &mut Child, buffer: &mut [u8]) -> Result<usize, String> {
    let told = |error: std::io::Error| format!("cannot be read from: {error}");
    let mut length = 0;
    if let Some(stdout) = child.stdout.as_mut() {
        length = fill(stdout, buffer).await.map_err(told)?;
    }
    if length == buffer.len() {
        return Err(format!("printed more than {LONGEST} bytes"));
    }
    let ended = child.wait().await.map_err(told)?;
    match ended.success() {
        true => Ok(length),
        false => Err(format!("failed ({ended}); what it printed is not used")),
    }
}

async fn fill(stdout: &mut ChildStdout, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match stdout.read(&mut buffer[length..]).await? {
            0 => break,
            count => length += count,
        }
    }
    Ok(length)
}
