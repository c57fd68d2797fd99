//! Choosing by frequency.

use super::dice::Dice;

/// Values, each present as often as its weight says, so that a draw is one look-up.
pub(super) struct Weighted<T> {
    slots: Vec<T>,
}

impl<T: Copy> Weighted<T> {
    /// Values with weight 0 are left out.
    pub(super) fn new(values: impl IntoIterator<Item = (T, u16)>) -> Weighted<T> {
        let slots = values
            .into_iter()
            .flat_map(|(value, weight)| std::iter::repeat_n(value, usize::from(weight)))
            .collect();
        Weighted { slots }
    }

    /// One value; none only if there is none with a weight.
    pub(super) fn draw(&self, dice: &mut Dice) -> Option<T> {
        self.slots.get(dice.index(self.slots.len())).copied()
    }
}

impl Weighted<&'static str> {
    /// The words of a table.
    pub(super) fn words(table: &[(&'static str, u16)]) -> Weighted<&'static str> {
        Weighted::new(table.iter().copied())
    }

    /// One word; the empty one if the table is empty.
    pub(super) fn word(&self, dice: &mut Dice) -> &'static str {
        self.draw(dice).unwrap_or_default()
    }
}
