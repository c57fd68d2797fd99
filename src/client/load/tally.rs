//! Counting: by outcome, by second, and how long it took.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::{CreationError, Histogram};

use super::End;
use crate::client::{Answer, Outcome, code_name};

/// The longest latency that is told apart from longer ones.
const LONGEST_US: u64 = 600_000_000;

/// What became of the calls of one kind, as one worker saw it.
#[derive(Clone, Debug)]
pub struct Tally {
    /// From the intended start to the answer, in microseconds; of answered calls.
    pub latency: Histogram<u64>,
    /// From the intended start to the first sending, in microseconds: how late this client itself was.
    pub late_start: Histogram<u64>,
    /// All else.
    pub counts: Counts,
    /// By second of the run.
    pub seconds: Vec<Second>,
    deadline: Duration,
    /// What every second begins with.
    quiet: Second,
}

/// Counts of calls and of their sendings.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Calls that were due.
    pub offered: u64,
    /// Calls that this client came to only after their deadline, and did not send.
    pub not_sent: u64,
    /// Sendings: the first of each call and all after it.
    pub sendings: u64,
    /// Calls answered with a number.
    pub issued: u64,
    /// Calls answered with a case.
    pub under_review: u64,
    /// Calls answered with a rejection.
    pub rejected: u64,
    /// Of these three, answers that had been decided before.
    pub replayed: u64,
    /// Of these three, answers within the deadline from the intended start.
    pub in_time: u64,
    /// Refused sendings by the reason the service gave.
    pub refused: BTreeMap<String, u64>,
    /// Sendings without an answer by their deadline.
    pub deadline_missed: u64,
    /// Sendings that came to nothing otherwise, by status code.
    pub lost: BTreeMap<&'static str, u64>,
    /// Answers that cannot be understood.
    pub not_understood: u64,
    /// Answers that contradict an earlier answer to the same request: each a broken promise.
    pub contradictions: u64,
}

/// What happened in one second of the run.
#[derive(Clone, Debug)]
pub struct Second {
    /// Calls meant to start in it.
    pub offered: u64,
    /// Of these, those that were answered in time, whenever that was.
    pub in_time: u64,
    /// Answers that came in it, to whichever call.
    pub answered: u64,
    /// Refusals that came in it.
    pub refused: u64,
    /// Latencies of the calls meant to start in it.
    pub latency: Histogram<u32>,
}

impl Tally {
    /// Nothing yet. An answer counts as in time until `deadline` after its intended start.
    pub fn new(deadline: Duration) -> Result<Self, CreationError> {
        Ok(Self {
            latency: Histogram::new_with_max(LONGEST_US, 3)?,
            late_start: Histogram::new_with_max(LONGEST_US, 3)?,
            counts: Counts::default(),
            seconds: Vec::new(),
            deadline,
            quiet: Second {
                offered: 0,
                in_time: 0,
                answered: 0,
                refused: 0,
                latency: Histogram::new_with_max(LONGEST_US, 2)?,
            },
        })
    }

    /// A call was due at `intended`, and this client came to it at `now`.
    pub fn due(&mut self, intended: Duration, now: Duration) {
        self.counts.offered += 1;
        self.late_start.saturating_record(micros(now.saturating_sub(intended)));
        self.second(intended).offered += 1;
    }

    /// A sending of the call meant to start at `intended` ended at `now`.
    pub fn ended(&mut self, end: &End, intended: Duration, now: Duration) {
        match end {
            End::Answered(answer) => self.answered(answer, intended, now),
            End::Refused(trouble) => {
                match self.counts.refused.get_mut(&trouble.reason) {
                    Some(count) => *count += 1,
                    None => drop(self.counts.refused.insert(trouble.reason.clone(), 1)),
                }
                self.second(now).refused += 1;
            }
            End::Missed => self.counts.deadline_missed += 1,
            End::Lost(code) => *self.counts.lost.entry(code_name(*code)).or_default() += 1,
            End::NotUnderstood => self.counts.not_understood += 1,
        }
    }

    fn answered(&mut self, answer: &Answer, intended: Duration, now: Duration) {
        let took = now.saturating_sub(intended);
        let counts = &mut self.counts;
        match answer.outcome() {
            Outcome::Issued => counts.issued += 1,
            Outcome::UnderReview => counts.under_review += 1,
            Outcome::Rejected => counts.rejected += 1,
            Outcome::Refused | Outcome::Open => return,
        }
        if let Answer::Issued { replayed, .. } | Answer::UnderReview { replayed, .. } = answer {
            counts.replayed += u64::from(*replayed);
        }
        let in_time = u64::from(took <= self.deadline);
        counts.in_time += in_time;
        self.latency.saturating_record(micros(took));
        self.second(now).answered += 1;
        let began = self.second(intended);
        began.in_time += in_time;
        began.latency.saturating_record(micros(took));
    }

    /// Adds what another worker saw.
    pub fn add(&mut self, other: &Tally) {
        // Both have the same bounds, so nothing falls outside.
        let _ = self.latency.add(&other.latency);
        let _ = self.late_start.add(&other.late_start);
        self.counts.add(&other.counts);
        for (index, theirs) in other.seconds.iter().enumerate() {
            let ours = self.at(index);
            ours.offered += theirs.offered;
            ours.in_time += theirs.in_time;
            ours.answered += theirs.answered;
            ours.refused += theirs.refused;
            let _ = ours.latency.add(&theirs.latency);
        }
    }

    fn second(&mut self, at: Duration) -> &mut Second {
        self.at(usize::try_from(at.as_secs()).unwrap_or(usize::MAX))
    }

    fn at(&mut self, index: usize) -> &mut Second {
        if self.seconds.len() <= index {
            self.seconds.resize(index + 1, self.quiet.clone());
        }
        &mut self.seconds[index]
    }
}

impl Counts {
    /// All final answers.
    pub fn answered(&self) -> u64 {
        self.issued + self.under_review + self.rejected
    }

    fn add(&mut self, other: &Counts) {
        self.offered += other.offered;
        self.not_sent += other.not_sent;
        self.sendings += other.sendings;
        self.issued += other.issued;
        self.under_review += other.under_review;
        self.rejected += other.rejected;
        self.replayed += other.replayed;
        self.in_time += other.in_time;
        self.deadline_missed += other.deadline_missed;
        self.not_understood += other.not_understood;
        self.contradictions += other.contradictions;
        for (reason, count) in &other.refused {
            *self.refused.entry(reason.clone()).or_default() += count;
        }
        for (code, count) in &other.lost {
            *self.lost.entry(code).or_default() += count;
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::client::Trouble;
    use tonic::Code;

    fn number(replayed: bool) -> End {
        End::Answered(Answer::Issued {
            number: crate::number::Number::parse("001326123456").unwrap(),
            state: "ISSUED".to_owned(),
            position: 7,
            replayed,
        })
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn goodput_counts_from_the_intended_start_and_not_from_the_sending() {
        let mut tally = Tally::new(ms(2_000)).unwrap();
        // Both were sent at 1,900 and answered 200 ms later; the second was meant to go out then, the first long before.
        for intended in [0, 1_900] {
            tally.due(ms(intended), ms(1_900));
            tally.ended(&number(false), ms(intended), ms(2_100));
        }
        assert_eq!((tally.counts.answered(), tally.counts.in_time), (2, 1));
        assert!(tally.latency.equivalent(tally.latency.max(), 2_100_000));
        let told: Vec<_> = tally
            .seconds
            .iter()
            .map(|it| (it.offered, it.in_time, it.answered))
            .collect();
        assert_eq!(told, [(1, 0, 0), (1, 1, 0), (0, 0, 2)]);
    }

    #[test]
    fn every_sort_of_end_is_counted_by_itself() {
        let mut tally = Tally::new(ms(2_000)).unwrap();
        let refusal = Trouble {
            reason: "OVERLOADED".to_owned(),
            ..Trouble::bare(Code::Unavailable)
        };
        for end in [
            number(true),
            End::Answered(Answer::Rejected {
                reason: "NOT_ELIGIBLE".to_owned(),
            }),
            End::Refused(refusal),
            End::Missed,
            End::Lost(Code::Unavailable),
            End::NotUnderstood,
        ] {
            tally.ended(&end, ms(0), ms(1));
        }
        let counts = &tally.counts;
        assert_eq!(
            (counts.issued, counts.rejected, counts.replayed, counts.in_time),
            (1, 1, 1, 2)
        );
        assert_eq!((counts.refused["OVERLOADED"], counts.lost["UNAVAILABLE"]), (1, 1));
        assert_eq!((counts.deadline_missed, counts.not_understood), (1, 1));
    }

    #[test]
    fn workers_add_up() {
        let mut all = Tally::new(ms(2_000)).unwrap();
        let mut one = all.clone();
        one.due(ms(1_000), ms(1_000));
        one.ended(&number(false), ms(1_000), ms(1_005));
        all.add(&one);
        all.add(&one);
        assert_eq!((all.counts.offered, all.counts.issued, all.latency.len()), (2, 2, 2));
        assert_eq!((all.seconds.len(), all.seconds[1].answered), (2, 2));
    }
}
