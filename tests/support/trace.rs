//! Reads what `strace` wrote of a server: flushes of the write-ahead log, and what left through sockets.
//!
//! The order of the lines can be relied on: the tracer holds a thread at the entry and at the exit of each call, writes
//! its line, and only then lets it go on. What a thread does because another one's call has returned is therefore
//! written after that return.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// The calls that must be traced.
pub const CALLS: &str = "trace=pwrite64,write,writev,sendto,sendmsg,fdatasync,fsync";

/// How the name of a call begins, which nothing but the record of an access holds.
const CALL: &[u8] = b"dinhdanh.v1.";

/// A place in the trace.
pub type Line = usize;

/// One flush of the log, after something was written to it.
#[derive(Debug, Clone, Copy)]
pub struct Flush {
    pub written: Line,
    pub begun: Line,
    pub ended: Line,
    /// Whether accesses were written, which is never done in the turn of anything else.
    pub of_accesses: bool,
}

/// All that a trace tells.
#[derive(Debug, Default)]
pub struct Trace {
    /// In order.
    pub flushes: Vec<Flush>,
    /// For each connection the bytes sent, each piece with the line on which its call began.
    pub sent: BTreeMap<String, Vec<(Line, Vec<u8>)>>,
}

/// The command under which a server is traced into a file.
pub fn command(file: &str) -> Vec<&str> {
    vec![
        "strace",
        "-f",
        "-qq",
        "-yy",
        "-xx",
        "-s",
        "65536",
        "-e",
        "signal=none",
        "-e",
        CALLS,
        "-o",
        file,
    ]
}

/// Whether processes can be traced here at all. Where they cannot, the tests that need it say so and do nothing.
pub fn possible() -> bool {
    let possible = Command::new("strace")
        .args(["-qq", "-o", "/dev/null", "true"])
        .status()
        .is_ok_and(|s| s.success());
    if !possible {
        eprintln!("NOT TESTED: strace cannot run here (not installed, or tracing is forbidden)");
    }
    possible
}

/// What one thread is doing.
#[derive(Default)]
struct Thread {
    /// Where it last wrote to the log, if it has not flushed since.
    written: Option<Line>,
    /// Where the flush it is in began.
    begun: Option<Line>,
    /// The connection whose last piece it is sending.
    sending: Option<String>,
    /// Whether the call it is in is a write to the log.
    writing: bool,
    /// Whether it has written an access to the log since its last flush.
    accesses: bool,
}

impl Trace {
    /// Reads a finished trace.
    pub fn read(file: &Path) -> Self {
        let text = std::fs::read_to_string(file).unwrap();
        let mut trace = Self::default();
        let mut threads: BTreeMap<&str, Thread> = BTreeMap::new();
        for (line, text) in text.lines().enumerate() {
            let (thread, call) = text.split_once(' ').expect("a thread and a call");
            let (thread, call) = (threads.entry(thread).or_default(), call.trim_start());
            if call.starts_with("+++") || call.starts_with("---") {
                continue;
            }
            if !call.starts_with("<...") {
                trace.begins(thread, line, call);
            }
            if !call.ends_with("<unfinished ...>") {
                let result = call.rsplit(" = ").next().unwrap();
                // A call has no result if the process ended in it.
                trace.ends(thread, line, result.split(' ').next().unwrap().parse().ok());
            }
        }
        trace
    }

    fn begins(&mut self, thread: &mut Thread, line: Line, call: &str) {
        let (name, arguments) = call.split_once('(').expect("a call");
        let Some((_, rest)) = arguments.split_once('<') else {
            return;
        };
        // A connection's name holds an arrow of its own.
        let end = [">,", ">)", "> "].iter().filter_map(|end| rest.find(end)).min();
        let Some(end) = end else { return };
        let (target, rest) = rest.split_at(end);
        // Paths are written as strings are; connections are not.
        let target = if target.starts_with("\\x") {
            String::from_utf8(unhex(target)).unwrap()
        } else {
            target.to_owned()
        };
        let log = target.ends_with("-wal");
        match name {
            // The log's own header is no commit: it is written when the log starts again from its beginning.
            "pwrite64" if log => {
                thread.writing = !call.contains(", 32, 0");
                thread.accesses |= bytes(rest).windows(CALL.len()).any(|part| part == CALL);
            }
            "fdatasync" | "fsync" if log => thread.begun = Some(line),
            "write" | "writev" | "sendto" | "sendmsg" if target.starts_with("TCP") => {
                self.sent.entry(target.clone()).or_default().push((line, bytes(rest)));
                thread.sending = Some(target);
            }
            _ => {}
        }
    }

    fn ends(&mut self, thread: &mut Thread, line: Line, result: Option<i64>) {
        if std::mem::take(&mut thread.writing) {
            thread.written = Some(line);
        }
        if let Some(begun) = thread.begun.take()
            && let Some(result) = result
        {
            assert_eq!(result, 0, "a flush failed");
            if let Some(written) = thread.written.take() {
                self.flushes.push(Flush {
                    written,
                    begun,
                    ended: line,
                    of_accesses: std::mem::take(&mut thread.accesses),
                });
            }
        }
        if let Some(connection) = thread.sending.take() {
            let (_, bytes) = self.sent.get_mut(&connection).unwrap().last_mut().unwrap();
            bytes.truncate(result.and_then(|sent| usize::try_from(sent).ok()).unwrap_or(0));
        }
    }

    /// Every gRPC message that left, with the line on which its first byte did.
    pub fn messages(&self) -> Vec<(Line, Vec<u8>)> {
        self.sent.values().flat_map(|pieces| messages(pieces)).collect()
    }
}

/// The bytes of all quoted strings of a call, which `-xx` writes as `\x41\x42`.
fn bytes(arguments: &str) -> Vec<u8> {
    arguments.split('"').skip(1).step_by(2).flat_map(unhex).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    text.split("\\x")
        .skip(1)
        .map(|digits| u8::from_str_radix(digits, 16).expect("two digits"))
        .collect()
}

/// Takes the HTTP/2 frames of a connection apart (RFC 9113, section 4.1) and puts the messages together again.
fn messages(pieces: &[(Line, Vec<u8>)]) -> Vec<(Line, Vec<u8>)> {
    const DATA: u8 = 0;
    let all: Vec<(Line, u8)> = pieces
        .iter()
        .flat_map(|(line, bytes)| bytes.iter().map(|byte| (*line, *byte)))
        .collect();
    let mut streams: BTreeMap<Vec<u8>, Vec<(Line, u8)>> = BTreeMap::new();
    let mut rest = all.as_slice();
    while rest.len() >= 9 {
        let head: Vec<u8> = rest[..9].iter().map(|(_, byte)| *byte).collect();
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        let Some(payload) = rest.get(9..9 + length) else { break };
        if head[3] == DATA {
            streams
                .entry(head[5..].to_vec())
                .or_default()
                .extend_from_slice(payload);
        }
        rest = &rest[9 + length..];
    }
    let mut messages = Vec::new();
    for stream in streams.values() {
        let mut rest = stream.as_slice();
        while rest.len() >= 5 {
            let length = rest[1..5]
                .iter()
                .fold(0_usize, |length, (_, byte)| length << 8 | usize::from(*byte));
            let Some(message) = rest.get(5..5 + length) else { break };
            messages.push((rest[0].0, message.iter().map(|(_, byte)| *byte).collect()));
            rest = &rest[5 + length..];
        }
    }
    messages
}
