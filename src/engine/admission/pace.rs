//! How long turns take: learned from the turns themselves, so that a wait can be told before it is waited.

use std::time::Duration;

/// How much each turn outweighs the one before it: the last ten or so count.
const KEPT: f64 = 0.9;
/// What a command is taken to add to a turn until turns of different sizes have shown it, in seconds.
const PRIOR_SLOPE: f64 = 100e-6;
/// How many commands of spread between turns outweigh that (squared).
const PRIOR_WEIGHT: f64 = 64.0;
/// A turn of one command before the first was taken, in seconds.
const FIRST_TURN: f64 = 3e-3;

/// The time of a turn as a line: so much for any turn, and so much more for each command. Fitted by least squares to the
/// turns taken, older ones counting less and less.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    weight: f64,
    commands: f64,
    seconds: f64,
    commands_squared: f64,
    commands_seconds: f64,
}

impl Default for Pace {
    fn default() -> Self {
        let mut pace = Self {
            weight: 0.0,
            commands: 0.0,
            seconds: 0.0,
            commands_squared: 0.0,
            commands_seconds: 0.0,
        };
        pace.add(1.0, FIRST_TURN);
        pace
    }
}

impl Pace {
    /// Learns from a turn.
    pub fn observe(&mut self, commands: usize, took: Duration) {
        for sum in [
            &mut self.weight,
            &mut self.commands,
            &mut self.seconds,
            &mut self.commands_squared,
            &mut self.commands_seconds,
        ] {
            *sum *= KEPT;
        }
        self.add(commands as f64, took.as_secs_f64());
    }

    fn add(&mut self, commands: f64, seconds: f64) {
        self.weight += 1.0;
        self.commands += commands;
        self.seconds += seconds;
        self.commands_squared += commands * commands;
        self.commands_seconds += commands * seconds;
    }

    /// What one more command adds to a turn, in seconds.
    pub fn per_command(&self) -> f64 {
        let (mean_commands, mean_seconds) = (self.commands / self.weight, self.seconds / self.weight);
        let variance = (self.commands_squared / self.weight - mean_commands * mean_commands).max(0.0);
        let covariance = self.commands_seconds / self.weight - mean_commands * mean_seconds;
        let slope = (covariance + PRIOR_WEIGHT * PRIOR_SLOPE) / (variance + PRIOR_WEIGHT);
        // No turn is shorter than nothing, nor does any command make it shorter.
        slope.clamp(0.0, mean_seconds / mean_commands.max(1.0))
    }

    /// How long a turn of so many commands takes.
    pub fn turn(&self, commands: usize) -> Duration {
        let (mean_commands, mean_seconds) = (self.commands / self.weight, self.seconds / self.weight);
        let seconds = mean_seconds + (commands as f64 - mean_commands) * self.per_command();
        Duration::from_secs_f64(seconds.max(0.0))
    }

    /// How long it takes until the command at this place (from 1) is done, by turns of at most `batch` commands.
    pub fn wait(&self, place: usize, batch: usize) -> Duration {
        let full = u32::try_from(place / batch).unwrap_or(u32::MAX);
        let rest = match place % batch {
            0 => Duration::ZERO,
            rest => self.turn(rest),
        };
        self.turn(batch).saturating_mul(full) + rest
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_line_is_found_again(fixed_us in 100_u64..100_000, each_us in 1_u64..1_000, sizes in prop::collection::vec(1_usize..512, 40..80)) {
            let took = |commands: usize| Duration::from_micros(fixed_us + each_us * commands as u64);
            let mut pace = Pace::default();
            sizes.iter().for_each(|size| pace.observe(*size, took(*size)));
            // The slope assumed at first still pulls a little, and more the farther a turn is from those seen.
            let pull = 0.01 * took(512).as_secs_f64();
            for size in [1, 100, 512] {
                let (told, true_time) = (pace.turn(size).as_secs_f64(), took(size).as_secs_f64());
                prop_assert!((told - true_time).abs() < 0.1 * true_time + 0.001 + pull, "{size}: {told} for {true_time}");
            }
        }

        #[test]
        fn waiting_is_never_negative_and_grows_with_the_place(turns in prop::collection::vec((1_usize..512, 0_u64..5_000_000), 0..30), batch in 1_usize..512) {
            let mut pace = Pace::default();
            turns.iter().for_each(|(size, micros)| pace.observe(*size, Duration::from_micros(*micros)));
            let waits: Vec<_> = (1..2_000).map(|place| pace.wait(place, batch)).collect();
            prop_assert!(waits.is_sorted());
        }
    }

    #[test]
    fn turns_of_one_size_tell_their_own_time_whatever_they_tell_of_others() {
        let mut pace = Pace::default();
        (0..100).for_each(|_| pace.observe(1, Duration::from_millis(50)));
        assert!(pace.turn(1).abs_diff(Duration::from_millis(50)) < Duration::from_millis(1));
        // A burst is not taken for a hundred single turns.
        assert!(pace.wait(100, 512) < Duration::from_millis(100));
    }

    #[test]
    fn a_store_that_slows_down_is_noticed_within_some_ten_turns() {
        let mut pace = Pace::default();
        (0..100).for_each(|_| pace.observe(50, Duration::from_millis(5)));
        (0..20).for_each(|_| pace.observe(50, Duration::from_millis(100)));
        assert!(pace.wait(500, 50) > Duration::from_millis(850));
    }
}
