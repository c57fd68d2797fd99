//! The kinds of faults, and how they are drawn.

use std::fmt;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    ServerKilled,
    ServerStopped,
    ServerEnded,
    AllServersKilled,
    PowerCut,
    ClockJumped,
    DiskFull,
    LineCut,
    LineSlow,
    LineHeld,
    OfficeKilled,
    OfficeStopped,
    FollowerKilled,
    RedisKilled,
    RedisFromSnapshot,
    RedisStopped,
    RedisEmptied,
    RedisScriptsLost,
    RedisLineCut,
    RedisLineSlow,
    DatabaseKilled,
    DatabaseRestarted,
    DatabaseStopped,
    DatabaseSessionsEnded,
    DatabaseLineCut,
    DatabaseLineSlow,
    DatabaseLineHeld,
    StandbyStopped,
    StandbyPromoted,
    EverythingKilled,
}

use Kind::{
    AllServersKilled, ClockJumped, DatabaseKilled, DatabaseLineCut, DatabaseLineHeld, DatabaseLineSlow,
    DatabaseRestarted, DatabaseSessionsEnded, DatabaseStopped, DiskFull, EverythingKilled, FollowerKilled, LineCut,
    LineHeld, LineSlow, OfficeKilled, OfficeStopped, PowerCut, RedisEmptied, RedisFromSnapshot, RedisKilled,
    RedisLineCut, RedisLineSlow, RedisScriptsLost, RedisStopped, ServerEnded, ServerKilled, ServerStopped,
    StandbyPromoted, StandbyStopped,
};

/// What can happen to one server on its own data folder, the power cut twice. The last needs a disk of its own.
pub const OF_ONE: &[Kind] = &[
    ServerKilled,
    ServerStopped,
    ServerEnded,
    PowerCut,
    PowerCut,
    ClockJumped,
    LineCut,
    LineSlow,
    LineHeld,
    OfficeKilled,
    OfficeStopped,
    FollowerKilled,
    DiskFull,
];

/// What can happen to servers over one database and one Redis.
pub const OF_SEVERAL: &[Kind] = &[
    ServerKilled,
    ServerStopped,
    ServerEnded,
    AllServersKilled,
    PowerCut,
    ClockJumped,
    LineCut,
    LineSlow,
    LineHeld,
    OfficeKilled,
    OfficeStopped,
    FollowerKilled,
    RedisKilled,
    RedisFromSnapshot,
    RedisStopped,
    RedisEmptied,
    RedisScriptsLost,
    RedisLineCut,
    RedisLineSlow,
    DatabaseKilled,
    DatabaseRestarted,
    DatabaseStopped,
    DatabaseSessionsEnded,
    DatabaseLineCut,
    DatabaseLineSlow,
    DatabaseLineHeld,
    StandbyStopped,
    StandbyPromoted,
    EverythingKilled,
];

/// A fault, with all about it that was drawn.
#[derive(Debug, Clone)]
pub struct Fault {
    pub kind: Kind,
    /// Which of several it strikes.
    pub which: usize,
    /// How long it lasts, if it does.
    pub lasts: Duration,
    /// Whatever else is drawn, is drawn from this.
    pub seed: u64,
}

impl fmt::Display for Fault {
    fn fmt(&self, to: &mut fmt::Formatter) -> fmt::Result {
        let Self { kind, which, lasts, .. } = self;
        write!(to, "{kind:?} {which} {} ms", lasts.as_millis())
    }
}

impl Fault {
    /// One of so many.
    pub fn one_of(&self, many: usize) -> usize {
        self.which % many
    }

    pub fn random(&self) -> StdRng {
        StdRng::seed_from_u64(self.seed)
    }
}

/// Kinds of faults as cards: each is drawn once before any is drawn again.
pub struct Deck {
    cards: Vec<Kind>,
    left: Vec<Kind>,
    random: StdRng,
}

impl Deck {
    pub fn of(cards: Vec<Kind>, seed: u64) -> Self {
        Self {
            cards,
            left: Vec::new(),
            random: StdRng::seed_from_u64(seed),
        }
    }

    /// How many there are.
    pub fn size(&self) -> usize {
        self.cards.len()
    }

    pub fn draw(&mut self) -> Fault {
        if self.left.is_empty() {
            self.left.clone_from(&self.cards);
            self.left.shuffle(&mut self.random);
        }
        let random = &mut self.random;
        Fault {
            kind: self.left.pop().expect("a card"),
            which: random.random_range(0..60),
            lasts: Duration::from_millis(random.random_range(20..1_200)),
            seed: random.random(),
        }
    }
}
