//! When each call is meant to start.

use std::str::FromStr;
use std::time::Duration;

/// Calls at a constant rate, or at one rate after another.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    steps: Vec<Step>,
}

/// A time of one rate.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Step {
    rate: f64,
    begins: Duration,
    /// The calls of all steps before this one.
    before: usize,
}

/// Why there is no such schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// A part is not RATE:SECONDS.
    #[error("write RATE:SECONDS,RATE:SECONDS,… with plain numbers, for example 0:5,20000:10,0:5")]
    Form,
    /// A rate or a time is negative, not a number, or far too large.
    #[error("a rate is from 0 to 10,000,000 a second, and a time from above 0 to 86,400 seconds")]
    Range,
    /// There is nothing to do.
    #[error("it asks for no call at all")]
    Empty,
    /// There is too much to do.
    #[error("it asks for more than 50,000,000 calls, which must be made ready before the time starts")]
    TooMany,
}

/// The most calls that one run may have: each is held in memory.
const MOST_CALLS: f64 = 50_000_000.0;

impl Schedule {
    /// One rate after another: calls a second, and for how many seconds.
    ///
    /// # Errors
    /// [`ScheduleError`].
    pub fn of(steps: &[(f64, f64)]) -> Result<Self, ScheduleError> {
        let (mut made, mut begins, mut before) = (Vec::new(), Duration::ZERO, 0);
        for &(rate, seconds) in steps {
            let right = (0.0..=1e7).contains(&rate) && seconds > 0.0 && seconds <= 86_400.0;
            if !right {
                return Err(ScheduleError::Range);
            }
            let calls = (rate * seconds).floor();
            if before as f64 + calls > MOST_CALLS {
                return Err(ScheduleError::TooMany);
            }
            made.push(Step { rate, begins, before });
            before += calls as usize;
            begins += Duration::from_secs_f64(seconds);
        }
        if before == 0 {
            return Err(ScheduleError::Empty);
        }
        // The end, as a step without calls.
        made.push(Step {
            rate: 0.0,
            begins,
            before,
        });
        Ok(Self { steps: made })
    }

    /// How many calls there are.
    pub fn calls(&self) -> usize {
        self.steps.last().map_or(0, |end| end.before)
    }

    /// From the start of the first step to the end of the last.
    pub fn lasts(&self) -> Duration {
        self.steps.last().map_or(Duration::ZERO, |end| end.begins)
    }

    /// When a call is meant to start, from the start of the first step. None if there is no such call.
    pub fn start(&self, call: usize) -> Option<Duration> {
        if call >= self.calls() {
            return None;
        }
        let step = self.steps[self.steps.partition_point(|step| step.before <= call) - 1];
        Some(step.begins + Duration::from_secs_f64((call - step.before) as f64 / step.rate))
    }
}

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let step = |part: &str| {
            let (rate, seconds) = part.split_once(':').ok_or(ScheduleError::Form)?;
            let number = |text: &str| text.trim().parse::<f64>().map_err(|_| ScheduleError::Form);
            Ok((number(rate)?, number(seconds)?))
        };
        Self::of(&text.split(',').map(step).collect::<Result<Vec<_>, _>>()?)
    }
}

/// Spreads repeated calls evenly among all.
#[derive(Clone, Copy, Debug)]
pub struct Repeats(pub f64);

impl Repeats {
    /// How many of the first `calls` repeat one.
    pub fn among(self, calls: usize) -> usize {
        (calls as f64 * self.0).floor() as usize
    }

    /// Whether that call repeats one.
    pub fn is_one(self, call: usize) -> bool {
        self.among(call + 1) > self.among(call)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_constant_rate_is_constant() {
        let schedule: Schedule = "4:2".parse().unwrap();
        let starts: Vec<_> = (0..).map_while(|call| schedule.start(call)).collect();
        assert_eq!(
            starts,
            (0..8).map(|n| Duration::from_millis(250 * n)).collect::<Vec<_>>()
        );
        assert_eq!(schedule.lasts(), Duration::from_secs(2));
    }

    #[test]
    fn steps_follow_each_other_and_may_be_idle() {
        let schedule: Schedule = "0:5, 2:1, 0:3, 1:2".parse().unwrap();
        let starts: Vec<_> = (0..)
            .map_while(|call| schedule.start(call))
            .map(|at| at.as_millis())
            .collect();
        assert_eq!(starts, [5_000, 5_500, 9_000, 10_000]);
        assert_eq!(schedule.lasts(), Duration::from_secs(11));
    }

    #[test]
    fn what_is_no_schedule_is_told_apart() {
        for (text, error) in [
            ("", ScheduleError::Form),
            ("10", ScheduleError::Form),
            ("10:x", ScheduleError::Form),
            ("-1:5", ScheduleError::Range),
            ("NaN:5", ScheduleError::Range),
            ("5:0", ScheduleError::Range),
            ("5:inf", ScheduleError::Range),
            ("0:5", ScheduleError::Empty),
            ("0.1:5", ScheduleError::Empty),
            ("10000000:6", ScheduleError::TooMany),
        ] {
            assert_eq!(text.parse::<Schedule>(), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn starts_never_run_backwards_and_lie_within_their_time(
            steps in prop::collection::vec((0.0_f64..500.0, 0.01_f64..3.0), 1..6),
        ) {
            let Ok(schedule) = Schedule::of(&steps) else { return Ok(()) };
            let starts: Vec<_> = (0..).map_while(|call| schedule.start(call)).collect();
            prop_assert_eq!(starts.len(), schedule.calls());
            prop_assert!(starts.is_sorted());
            prop_assert!(starts.iter().all(|start| *start < schedule.lasts()));
        }

        #[test]
        fn repeats_are_spread_evenly(part in 0.0_f64..=1.0, calls in 1_usize..2_000) {
            let repeats = Repeats(part);
            let counted = (0..calls).filter(|call| repeats.is_one(*call)).count();
            prop_assert_eq!(counted, repeats.among(calls));
        }
    }
}
