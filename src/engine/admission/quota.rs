//! How fast one office may ask: the generic cell rate algorithm (ITU-T I.371), of which only one time an office is kept.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;

/// Offices remembered before those that have been quiet long enough are forgotten.
const SWEEP_AT: usize = 65_536;

/// A rate and how much may come at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    /// The time between two calls at the steady rate.
    pub interval: Duration,
    /// How far a caller may run ahead of the steady rate.
    pub ahead: Duration,
}

impl Rate {
    /// So many calls a second, and so many at once.
    pub fn new(per_second: u32, burst: u32) -> Self {
        let interval = Duration::from_secs(1) / per_second.max(1);
        Self {
            interval,
            ahead: interval.saturating_mul(burst.saturating_sub(1)),
        }
    }

    /// Takes one call at `now` on the theoretical arrival time of an office: the time to keep if it conforms, else how
    /// long to wait until one would.
    pub fn take(&self, arrival: Option<Duration>, now: Duration) -> Result<Duration, Duration> {
        let arrival = arrival.unwrap_or(now).max(now);
        let early = arrival - now;
        match early.checked_sub(self.ahead) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => Ok(arrival + self.interval),
        }
    }
}

/// The quotas of all offices.
#[derive(Debug)]
pub(crate) struct Quotas {
    rate: Rate,
    arrivals: Mutex<HashMap<String, Duration>>,
}

impl Quotas {
    /// The same quota for each office.
    pub fn new(per_second: u32, burst: u32) -> Self {
        Self {
            rate: Rate::new(per_second, burst),
            arrivals: Mutex::default(),
        }
    }

    /// Takes one call of an office, or says how long it should wait.
    pub fn take(&self, office: &str, now: Duration) -> Result<(), Duration> {
        let mut arrivals = self.arrivals.lock();
        if let Some(arrival) = arrivals.get_mut(office) {
            *arrival = self.rate.take(Some(*arrival), now)?;
            return Ok(());
        }
        if arrivals.len() >= SWEEP_AT {
            // Who has caught up with the steady rate is as one never seen.
            arrivals.retain(|_, arrival| *arrival > now);
        }
        let arrival = self.rate.take(None, now)?;
        arrivals.insert(office.to_owned(), arrival);
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn over_any_time_no_more_passes_than_the_burst_and_the_rate(rate in 1_u32..1_000, burst in 1_u32..100, gaps in prop::collection::vec(0_u64..20_000, 1..300)) {
            let quota = Rate::new(rate, burst);
            let (mut now, mut arrival) = (Duration::from_secs(5), None);
            let mut passed = Vec::new();
            for gap in gaps {
                now += Duration::from_micros(gap);
                match quota.take(arrival, now) {
                    Ok(next) => {
                        arrival = Some(next);
                        passed.push(now);
                    }
                    Err(wait) => {
                        // Whoever waits as long as told passes, and not a moment sooner.
                        prop_assert!(quota.take(arrival, now + wait).is_ok());
                        prop_assert!(quota.take(arrival, now + wait - Duration::from_nanos(1)).is_err());
                    }
                }
            }
            for (first, from) in passed.iter().enumerate() {
                for (last, to) in passed.iter().enumerate().skip(first) {
                    let allowed = f64::from(burst) + (*to - *from).as_secs_f64() * f64::from(rate);
                    prop_assert!((last - first + 1) as f64 <= allowed + 1e-3);
                }
            }
        }
    }

    #[test]
    fn offices_do_not_share_a_quota_and_are_forgotten_when_quiet() {
        let quotas = Quotas::new(1, 1);
        let now = Duration::from_secs(1);
        for office in 0..SWEEP_AT {
            quotas.take(&office.to_string(), now).unwrap();
        }
        assert_eq!(quotas.take("0", now), Err(Duration::from_secs(1)));
        quotas.take("another", now + Duration::from_secs(2)).unwrap();
        assert_eq!(quotas.arrivals.lock().len(), 1);
    }
}
