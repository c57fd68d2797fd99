//! How much more comes than can be done, and how long those refused should therefore stay away.

use std::time::Duration;

/// The time over which is counted.
const WINDOW: Duration = Duration::from_millis(500);
/// The most by which the usual pause is drawn out.
const MOST: f64 = 40.0;

/// Counts of what was taken in and refused, in this window and the one before.
#[derive(Debug, Default)]
pub(super) struct Pressure {
    began: Duration,
    now: Counts,
    before: Counts,
}

#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    admitted: u32,
    refused: u32,
}

impl Pressure {
    /// Counts work that was taken in.
    pub fn admitted(&mut self, now: Duration) {
        self.turn_to(now);
        self.now.admitted = self.now.admitted.saturating_add(1);
    }

    /// Counts work that was refused, and tells by how much the usual pause is to be drawn out: if all who are refused
    /// came back after the usual pause, as many would be refused again. So they are told to stay away in proportion.
    pub fn refused(&mut self, now: Duration) -> f64 {
        self.turn_to(now);
        self.now.refused = self.now.refused.saturating_add(1);
        let refused = f64::from(self.now.refused) + f64::from(self.before.refused);
        let admitted = f64::from(self.now.admitted) + f64::from(self.before.admitted);
        (refused / admitted.max(1.0)).clamp(1.0, MOST)
    }

    fn turn_to(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.began);
        if passed < WINDOW {
            return;
        }
        self.before = if passed < 2 * WINDOW {
            self.now
        } else {
            Counts::default()
        };
        self.now = Counts::default();
        self.began = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn the_pause_grows_with_what_is_refused_for_each_that_is_taken_in() {
        let mut pressure = Pressure::default();
        (0..100).for_each(|_| pressure.admitted(at(1_000)));
        let factors: Vec<_> = (0..900).map(|_| pressure.refused(at(1_000))).collect();
        assert!(factors.is_sorted());
        assert_eq!((factors[0], factors[899]), (1.0, 9.0));
    }

    #[test]
    fn it_is_bounded_and_forgotten_after_a_second() {
        let mut pressure = Pressure::default();
        let most = (0..10_000).map(|_| pressure.refused(at(1_000))).fold(0.0, f64::max);
        assert_eq!(most, MOST);
        // In the window after it still counts.
        pressure.admitted(at(1_600));
        assert_eq!(pressure.refused(at(1_600)), MOST);
        pressure.admitted(at(2_700));
        assert_eq!(pressure.refused(at(2_700)), 1.0);
    }
}
