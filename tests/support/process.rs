//! Other processes: signals to them, and what they are doing.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::PATIENCE;

/// Sends a signal, by name, to a process; one that is gone needs none. A process that is stopped has stopped when this
/// returns: until one of its threads is given a turn to notice, on a busy machine, all of them go on.
pub fn send(signal: &str, process: u32) {
    let _ = Command::new("kill")
        .args(["-s", signal, &process.to_string()])
        .stderr(Stdio::null())
        .status();
    let deadline = Instant::now() + PATIENCE;
    while signal == "STOP" && !stands(process) {
        assert!(Instant::now() < deadline, "the process does not stop");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Whether none of its threads does anything more, until it is told to go on.
fn stands(process: u32) -> bool {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{process}/task")) else {
        return true;
    };
    let mut states = threads.filter_map(|thread| status(thread.ok()?.path().to_str()?));
    states.all(|(state, _)| matches!(state, 'T' | 'Z' | 'X'))
}

/// Whether a process is there and not just waiting to be waited for.
pub fn runs(process: u32) -> bool {
    of(process).is_some_and(|(state, _)| state != 'Z')
}

/// Whether it is stopped.
pub fn is_stopped(process: u32) -> bool {
    of(process).is_some_and(|(state, _)| state == 'T')
}

/// The processes that it has started and that are still there.
pub fn children(parent: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").unwrap();
    processes
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|process| of(*process).is_some_and(|(_, above)| above == parent))
        .collect()
}

fn of(process: u32) -> Option<(char, u32)> {
    status(&format!("/proc/{process}"))
}

/// State and parent of a process or a thread, from its folder.
fn status(folder: &str) -> Option<(char, u32)> {
    let text = std::fs::read_to_string(format!("{folder}/stat")).ok()?;
    // The name, in brackets, may hold anything.
    let mut words = text.rsplit_once(')')?.1.split_whitespace();
    Some((words.next()?.chars().next()?, words.next()?.parse().ok()?))
}
