//! Handing out a number, without a line.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::journal::{Birth, Known};
use super::{HeldBlock, Item, ItemState, Journal, MissionError};
use crate::number::{Codes, Prefix};
use crate::proto::v1;
use crate::registration::{Content, HandedText, Registration, Violation, check, timestamp};

/// What came of a registration. `Debug` does not show the number.
#[derive(Clone, PartialEq, Eq)]
pub struct Handed {
    /// The number.
    pub number: String,
    /// Whether it had been handed out for this registration before.
    pub known: bool,
}

impl fmt::Debug for Handed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handed {{ known: {} .. }}", self.known)
    }
}

/// Why no number is handed out. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Fields break rules: the same that the service checks.
    #[error("{}", in_words(.0))]
    Fields(Vec<Violation>),
    /// A child of foreign nationality gets no number.
    #[error("a child without Vietnamese nationality gets no number")]
    NotEligible,
    /// It is of another office's book.
    #[error("it is of another office's book")]
    OtherOffice,
    /// There is none to hand out.
    #[error(
        "there is no number for {whom} ({why}): reserve a block when there is a line, and until then register without a number"
    )]
    NoNumber {
        /// For which children.
        whom: String,
        /// What is the matter with each block of them.
        why: String,
    },
    /// A number was handed out for this entry of the book, with other facts.
    #[error(
        "a number was handed out for this entry of the book, and the registration was another ({}). If it was mistyped, \
         and is of the same child, say --correct; if it is another child, its entry number is wrong",
        .0.join(", ")
    )]
    Differs(Vec<String>),
    /// The same, and the service may know of it: there it must be corrected.
    #[error("the service may know this entry already: what is wrong in it is corrected there ({})", .0.join(", "))]
    Sent(Vec<String>),
    /// It was decided that this child gets no number by this registration.
    #[error("it was decided that this registration gives no number; if another is to take its place, give it up first")]
    Rejected,
    /// The number that was handed out is another child's, or its block is closed.
    #[error(
        "the number that was handed out for this entry can never be this child's: the service gave it to another, or its block \
         is closed. Give the entry up, register it anew, and print the paper again"
    )]
    Lost,
    /// A correction that would give the number to a child of another sex, year or place.
    #[error("the number that was handed out says another sex, year of birth or country: give it up, and register anew")]
    OtherPrefix,
    /// It was settled so long ago that nothing of it is kept here.
    #[error("a number was handed out and settled for this entry of the book long ago: look it up with the service")]
    Purged,
}

impl Unfit {
    /// The paths of the fields at fault, each once.
    pub fn fields(&self) -> Vec<String> {
        match self {
            Self::Fields(violations) => {
                let mut fields: Vec<_> = violations.iter().map(|violation| violation.field.clone()).collect();
                fields.dedup();
                fields
            }
            Self::Differs(fields) | Self::Sent(fields) => fields.clone(),
            _ => Vec::new(),
        }
    }
}

/// How a registration is taken.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// The paper with the number is not printed yet.
    pub not_printed: bool,
    /// It stands in the place of a mistyped registration of the same child.
    pub correct: bool,
}

impl Journal {
    /// Hands out a number for a birth: the one that was handed out for it before, or the next of the right block. The number is
    /// on the disk when it is answered. `clock` is the time by the machine, `request_id` that under which a new item is settled.
    ///
    /// # Errors
    /// [`MissionError`] if the journal fails; and in the inner result why this birth is given no number.
    pub async fn register(
        &mut self,
        registration: &v1::BirthRegistration,
        manner: Manner,
        clock: Timestamp,
        request_id: Uuid,
    ) -> Result<Result<Handed, Unfit>, MissionError> {
        let now = self.time(clock.as_microsecond()).await?;
        let content = Content::of(registration);
        let (facts, prefix) = match fit(&content, &self.setup().office, now) {
            Ok(fit) => fit,
            Err(unfit) => return Ok(Err(unfit)),
        };
        let printed_at = (!manner.not_printed).then(|| timestamp(now));
        match self.known(&facts.reference).await? {
            Some(Known::Purged) => Ok(Err(Unfit::Purged)),
            Some(Known::Item(item)) if item.content.registers_the_same_as(&content) => {
                if let Some(printed) = printing(&item, printed_at) {
                    self.correct(&item, &printed, now).await?;
                }
                Ok(again(&item))
            }
            Some(Known::Item(item)) => self.replace(&item, (&content, prefix), manner, now).await,
            None => {
                let birth = Birth {
                    entry: &facts.reference,
                    prefix,
                    registration,
                    printed_at,
                    request_id,
                };
                match self.hand_out(&birth, now).await? {
                    Some(content) => Ok(Ok(Handed::of(&content))),
                    None => Ok(Err(none_left(prefix, &self.blocks().await?, now))),
                }
            }
        }
    }

    /// A registration in the place of another one of the same entry, under the same number.
    async fn replace(
        &mut self,
        item: &Item,
        (content, prefix): (&Content, Prefix),
        manner: Manner,
        now: i64,
    ) -> Result<Result<Handed, Unfit>, MissionError> {
        let mut fields = item.content.differing(content);
        fields.retain(|field| field.starts_with("registration"));
        if !matches!(item.state, ItemState::Kept | ItemState::Refused) {
            return Ok(Err(Unfit::Sent(fields)));
        }
        if item.is_lost() {
            return Ok(Err(Unfit::Lost));
        }
        if !manner.correct {
            return Ok(Err(Unfit::Differs(fields)));
        }
        let handed = item.content.handed().cloned().ok_or(MissionError::Tampered)?;
        if !handed.number.starts_with(&prefix.to_string()) {
            return Ok(Err(Unfit::OtherPrefix));
        }
        let corrected = Content::handed_out(content.message(), handed);
        self.correct(item, &corrected, now).await?;
        Ok(Ok(Handed {
            known: true,
            ..Handed::of(&corrected)
        }))
    }
}

impl Handed {
    fn of(content: &Content) -> Self {
        let number = content.handed().map(|handed| handed.number.clone());
        Self {
            number: number.unwrap_or_default(),
            known: false,
        }
    }
}

/// The facts of a birth that a number may be handed out for, and its first six digits.
fn fit(content: &Content, office: &str, now: i64) -> Result<(Registration, Prefix), Unfit> {
    let today = Timestamp::from_microsecond(now).unwrap_or(Timestamp::MAX);
    let today = today.to_zoned_datetime(TimeZone::UTC).date();
    let facts = check(content, Codes::embedded(), today).map_err(Unfit::Fields)?;
    if facts.reference.office != office {
        return Err(Unfit::OtherOffice);
    }
    if !facts.eligible() {
        return Err(Unfit::NotEligible);
    }
    let prefix = facts.prefix().map_err(|_| Unfit::NotEligible)?;
    Ok((facts, prefix))
}

/// The number of a birth that was registered before: the one that the child has, as far as is known here.
fn again(item: &Item) -> Result<Handed, Unfit> {
    if item.state == ItemState::Rejected {
        return Err(Unfit::Rejected);
    }
    if item.is_lost() {
        return Err(Unfit::Lost);
    }
    let instead = item.told.as_ref().map(|told| told.replaced_by.as_str());
    let number = instead.filter(|number| !number.is_empty()).unwrap_or(item.number());
    Ok(Handed {
        number: number.to_owned(),
        known: true,
    })
}

/// The same item, printed by now, where it was not before and the service does not know of it.
fn printing(item: &Item, printed_at: Option<prost_types::Timestamp>) -> Option<Content> {
    let handed = item.content.handed()?;
    let news = item.state == ItemState::Kept && handed.handed_out_at.is_none() && printed_at.is_some();
    let printed = HandedText::of(&handed.block_id, &handed.number, printed_at);
    news.then(|| Content::handed_out(item.content.message(), printed))
}

fn none_left(prefix: Prefix, blocks: &[HeldBlock], now: i64) -> Unfit {
    let sex = match prefix.sex() {
        crate::number::Sex::Male => "boys",
        crate::number::Sex::Female => "girls",
    };
    let (year, country) = (prefix.birth_year(), prefix.place());
    let theirs = blocks.iter().filter(|block| block.prefix == prefix);
    let why: Vec<_> = theirs
        .map(|block| format!("block {} {}", block.id, block.wants(now)))
        .collect();
    Unfit::NoNumber {
        whom: format!("{sex} born in {year} in country {country}"),
        why: match why.is_empty() {
            true => "no block of them was reserved".to_owned(),
            false => why.join("; "),
        },
    }
}

fn in_words(violations: &[Violation]) -> String {
    let words = violations.iter().map(|it| format!("{}: {}", it.field, it.problem));
    words.collect::<Vec<_>>().join("; ")
}
