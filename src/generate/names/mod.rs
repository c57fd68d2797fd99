//! Names by frequency.

#[rustfmt::skip] // Tables are kept dense.
mod children;
#[rustfmt::skip]
mod elders;
mod foreign;
#[rustfmt::skip]
mod kinh;
mod peoples;
#[rustfmt::skip]
mod peoples_words;
mod spelling;

use super::dice::Dice;
use super::weighted::Weighted;
use crate::proto::v1::Sex;

pub(super) use foreign::Stranger;
pub(super) use peoples::People;
pub(super) use spelling::{slip, tone_moved};

/// How many of 10,000 minority families choose a child's name as Kinh families do.
const KINH_NAMES_OF_CHILDREN: u32 = 4_000;

type Words = &'static [(&'static str, u16)];

/// The words a name is made of: a middle name, which may be empty, and a given name.
struct Style {
    middle: Weighted<&'static str>,
    given: Weighted<&'static str>,
}

/// The names of one people.
struct Table {
    surnames: Weighted<&'static str>,
    /// Ê Đê names put the clan last.
    surname_last: bool,
    women: Vec<Style>,
    men: Vec<Style>,
    girls: Vec<Style>,
    boys: Vec<Style>,
}

/// All names. Each table is expanded once.
pub(super) struct Names {
    kinh: Table,
    others: Vec<Table>,
}

/// Whose names to choose from: today's children are named otherwise than their parents.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Generation {
    Parent,
    Child,
}

impl Names {
    pub(super) fn new() -> Names {
        Names {
            kinh: kinh_table(),
            others: peoples::ALL.iter().map(|people| people.table()).collect(),
        }
    }

    pub(super) fn surname(&self, people: People, dice: &mut Dice) -> &'static str {
        self.table(people).surnames.word(dice)
    }

    /// A full name.
    pub(super) fn full(
        &self,
        people: People,
        generation: Generation,
        sex: Sex,
        surname: &str,
        dice: &mut Dice,
    ) -> String {
        let own = self.table(people);
        let assimilated = generation == Generation::Child && dice.chance(KINH_NAMES_OF_CHILDREN);
        let table = if assimilated { &self.kinh } else { own };
        let styles = match (generation, sex) {
            (Generation::Parent, Sex::Female) => &table.women,
            (Generation::Parent, _) => &table.men,
            (Generation::Child, Sex::Female) => &table.girls,
            (Generation::Child, _) => &table.boys,
        };
        let Some(style) = styles.get(dice.index(styles.len())) else {
            return surname.to_owned();
        };
        let (middle, given) = (style.middle.word(dice), style.given.word(dice));
        let middle = if repeats(middle, given) { "" } else { middle };
        if table.surname_last {
            joined(&[middle, given, surname])
        } else {
            joined(&[surname, middle, given])
        }
    }

    fn table(&self, people: People) -> &Table {
        self.others.get(people as usize).unwrap_or(&self.kinh)
    }
}

impl Style {
    fn new(middle: Words, given: Words) -> Style {
        Style {
            middle: Weighted::words(middle),
            given: Weighted::words(given),
        }
    }
}

fn kinh_table() -> Table {
    Table {
        surnames: Weighted::words(kinh::SURNAMES),
        surname_last: false,
        women: vec![Style::new(elders::WOMEN_MIDDLE, elders::WOMEN_GIVEN)],
        men: vec![Style::new(elders::MEN_MIDDLE, elders::MEN_GIVEN)],
        girls: vec![
            Style::new(children::BEFORE_GIRL_PAIR, children::GIRL_PAIRS),
            Style::new(children::GIRLS_MIDDLE, children::GIRLS_GIVEN),
        ],
        boys: vec![
            Style::new(children::BEFORE_BOY_PAIR, children::BOY_PAIRS),
            Style::new(children::BOYS_MIDDLE, children::BOYS_GIVEN),
        ],
    }
}

/// Whether one word would stand twice in a row.
fn repeats(middle: &str, given: &str) -> bool {
    middle.rsplit(' ').next() == given.split(' ').next()
}

/// The words with single spaces between them, empty ones left out.
fn joined(words: &[&str]) -> String {
    let mut name = String::with_capacity(48);
    for word in words.iter().filter(|word| !word.is_empty()) {
        if !name.is_empty() {
            name.push(' ');
        }
        name.push_str(word);
    }
    name
}
