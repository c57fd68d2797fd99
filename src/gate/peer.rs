//! What is known of one connection.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::task::Waker;

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

/// The other end of a connection: how noisy it is, whether it is being read, and how to ask it to leave.
#[derive(Debug)]
pub(super) struct Peer {
    /// Cancelled to end the connection when the calls under way are answered (GOAWAY).
    pub leave: CancellationToken,
    /// Calls under way.
    pub calls: AtomicU32,
    /// Bytes it has sent.
    pub heard: AtomicUsize,
    /// Calls ever begun.
    pub begun: AtomicU64,
    /// Refusals in the valve's present window and the one before, with the window's number.
    noise: Mutex<Noise>,
    /// Whether it waits to be read.
    pub parked: AtomicBool,
    /// Whether it may be read once, though the valve is closed.
    pub pass: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Noise {
    window: u64,
    now: u32,
    before: u32,
}

impl Peer {
    pub fn new(leave: CancellationToken) -> Self {
        Self {
            leave,
            calls: AtomicU32::new(0),
            heard: AtomicUsize::new(0),
            begun: AtomicU64::new(0),
            noise: Mutex::default(),
            parked: AtomicBool::new(false),
            pass: AtomicBool::new(false),
            waker: Mutex::default(),
        }
    }

    /// Counts a refusal in this window.
    pub fn refused(&self, window: u64) {
        let mut noise = self.noise.lock();
        noise.turn_to(window);
        noise.now += 1;
    }

    /// Refusals in this window and the one before.
    pub fn noise(&self, window: u64) -> u32 {
        let mut noise = self.noise.lock();
        noise.turn_to(window);
        noise.now + noise.before
    }

    /// Remembers whom to wake when it may be read again.
    pub fn wait(&self, waker: &Waker) {
        *self.waker.lock() = Some(waker.clone());
    }

    /// Lets it be read once.
    pub fn let_pass(&self) {
        self.pass.store(true, Ordering::Release);
        self.parked.store(false, Ordering::Release);
        if let Some(waker) = self.waker.lock().take() {
            waker.wake();
        }
    }
}

impl Noise {
    fn turn_to(&mut self, window: u64) {
        match window.saturating_sub(self.window) {
            0 => return,
            1 => self.before = self.now,
            _ => self.before = 0,
        }
        self.now = 0;
        self.window = window;
    }
}
