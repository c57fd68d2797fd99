//! Anchors: what a server remembers, apart from the store, of how far the ledger had come when it last answered.
//!
//! A store that does not go on from its anchor was put back to an earlier state, by a backup or by a failover that lost
//! commits: it would give out numbers again that somebody has.

use std::cmp::Ordering;

use sha2::{Digest, Sha256};

use super::{Hash, Head, hex, unhex};

/// What a written anchor begins with: what it is, and the version of its form.
const FORM: &str = "dinhdanh-anchor-1";
/// The largest number in one: those up to it are told apart by scripts of Redis, too, which compare them as floating-point
/// numbers.
const LARGEST: i64 = 1 << 53;

/// How far the ledger had come. Anchors of one ledger are in order: by epoch, then by size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// The epoch.
    pub epoch: i64,
    /// The number of entries.
    pub size: i64,
    /// The root of the tree over them.
    pub root: Hash,
    /// How many counters of the picker had been drawn, or are skipped at the beginning of every prefix.
    pub drawn: i64,
}

/// What an anchor says of a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    /// The head is that of the anchor.
    Same,
    /// It is of a larger ledger of the same epoch, or of a later epoch that was begun in knowledge of the anchor: whether it
    /// goes on from the anchor is to be looked up.
    Beyond,
    /// It begins a later epoch, whose recovery reckoned with all that the anchor vouches for.
    Recovered,
    /// Something that was answered is not in it.
    Behind,
}

impl Anchor {
    /// That of a head.
    pub fn of(head: &Head) -> Self {
        Self {
            epoch: head.epoch,
            size: head.size(),
            root: head.frontier.root(),
            drawn: head.drawn + i64::from(head.recovered.skipped),
        }
    }

    /// Whether this one vouches for more than another.
    pub fn is_beyond(&self, other: &Self) -> bool {
        (self.epoch, self.size) > (other.epoch, other.size)
    }

    /// Whether both cannot be of one ledger.
    pub fn contradicts(&self, other: &Self) -> bool {
        (self.epoch, self.size) == (other.epoch, other.size) && self.root != other.root
    }

    /// How a head stands to it.
    pub fn stand(&self, head: &Head) -> Stand {
        let known = &head.recovered;
        match (head.epoch.cmp(&self.epoch), head.size().cmp(&self.size)) {
            (Ordering::Greater, _) => match self.size <= known.size && self.drawn <= known.drawn {
                true => Stand::Recovered,
                false => Stand::Behind,
            },
            (Ordering::Equal, Ordering::Greater) => Stand::Beyond,
            (Ordering::Equal, Ordering::Equal) if head.frontier.root() == self.root => Stand::Same,
            _ => Stand::Behind,
        }
    }

    /// Its written form: one line without its end, of printable characters, with a check value at its end.
    pub fn line(&self) -> String {
        let text = format!("{FORM} {} {} {} {}", self.epoch, self.size, hex(&self.root), self.drawn);
        let check = check_of(&text);
        format!("{text} {check}")
    }

    /// Reads the written form; none where it is another, or was not written to its end.
    pub fn parse(line: &str) -> Option<Self> {
        let (text, check) = line.trim().rsplit_once(' ')?;
        let mut words = text.split(' ');
        if check != check_of(text) || words.next() != Some(FORM) {
            return None;
        }
        let number = |word: &str| word.parse().ok().filter(|number| (0..=LARGEST).contains(number));
        let (epoch, size) = (number(words.next()?)?, number(words.next()?)?);
        let root = unhex(words.next()?)?;
        let drawn = number(words.next()?)?;
        let anchor = Self {
            epoch,
            size,
            root,
            drawn,
        };
        words.next().is_none().then_some(anchor)
    }
}

/// Tells a line that was half written from a whole one.
fn check_of(text: &str) -> String {
    hex(&Sha256::digest(text)[..8])
}
