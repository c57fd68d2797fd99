//! How long to wait before sending again.

use std::time::Duration;

/// How long a client waits, and for how long it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// The longest time one sending may take.
    pub attempt: Duration,
    /// The time after which an item is given up, from its first sending in this run.
    pub total: Duration,
    /// The wait after the first failure, where the service names none. It doubles with each failure.
    pub first_wait: Duration,
    /// The longest wait, where the service names none.
    pub longest_wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            attempt: Duration::from_secs(30),
            total: Duration::from_secs(300),
            first_wait: Duration::from_millis(100),
            longest_wait: Duration::from_secs(10),
        }
    }
}

impl Patience {
    /// How long to wait after the failure number `failures` (from 1). `chance` is uniform in 0..1 and spreads clients
    /// out: up to half as long again as the service asked for, never less; or between a half and the whole of the
    /// exponential backoff.
    pub fn wait(&self, failures: u32, told: Option<Duration>, chance: f64) -> Duration {
        match told {
            Some(told) => told.saturating_add(told.mul_f64(chance / 2.0)),
            None => {
                let doubled = 2_u32.saturating_pow(failures.saturating_sub(1).min(31));
                let backoff = self.first_wait.saturating_mul(doubled).min(self.longest_wait);
                backoff.mul_f64(0.5 + chance / 2.0)
            }
        }
    }
}

/// Eight random bytes as a chance in 0..1.
pub fn chance(bytes: [u8; 8]) -> f64 {
    // 53 bits are what a double holds exactly.
    let bits = u64::from_le_bytes(bytes) >> 11;
    bits as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_the_service_asks_for_is_kept_and_never_undercut(
            failures in 1_u32..100, told_ms in 0_u64..3_600_000, bytes: [u8; 8],
        ) {
            let told = Duration::from_millis(told_ms);
            let wait = Patience::default().wait(failures, Some(told), chance(bytes));
            prop_assert!(wait >= told && wait <= told * 3 / 2);
        }

        #[test]
        fn otherwise_the_wait_doubles_up_to_its_bound(failures in 1_u32..100, bytes: [u8; 8]) {
            let patience = Patience::default();
            let whole = Duration::from_millis(100 << (failures - 1).min(20)).min(patience.longest_wait);
            let wait = patience.wait(failures, None, chance(bytes));
            prop_assert!(wait >= whole / 2 && wait <= whole);
        }

        #[test]
        fn a_chance_lies_between_nought_and_one(bytes: [u8; 8]) {
            prop_assert!((0.0..1.0).contains(&chance(bytes)));
        }
    }
}
