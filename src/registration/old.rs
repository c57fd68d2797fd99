//! Old books: how far what they say is what is kept here, and what about it is to be looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::paths::{self, PersonPaths};
use super::{Brought, Content, PartialDate, Registration};
use crate::places::Gazetteer;
use crate::proto::v1 as pb;

/// Something about an item that does not keep it from being taken in. `Debug` shows nothing of what the item says.
#[derive(Clone, PartialEq, Eq)]
pub struct Warning {
    /// The dotted path of the field, within the item.
    pub field: &'static str,
    /// What about it.
    pub kind: WarningKind,
    /// Of a place that is not known, those most like it.
    pub suggestions: Vec<String>,
}

impl fmt::Debug for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.kind, self.field)
    }
}

impl Warning {
    fn new(field: &'static str, kind: WarningKind) -> Self {
        Self {
            field,
            kind,
            suggestions: Vec::new(),
        }
    }
}

/// What about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WarningKind {
    /// Month or day are not known.
    DateInPart,
    /// No place is known by this name as of the day of registration.
    UnknownPlace,
    /// An order number other than digits with at most one letter.
    OddEntryNumber,
    /// The number is of another place than the registration.
    OtherPlace,
    /// The item says something of which nothing is known here.
    NotTakenOver,
    /// The name of the place is written otherwise than here.
    PlaceWrittenOtherwise,
    /// The entry has no number, and its child may be one that is known by another registration.
    MayBeKnown,
}

/// What is to be looked at in an item by itself.
pub fn warnings(content: &Content, facts: &Registration, brought: &Brought, known: &Gazetteer<'_>) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut warn_if = |is: bool, field, kind| {
        if is {
            warnings.push(Warning::new(field, kind));
        }
    };
    let message = content.message();
    let registered = message.registered_on.and_then(PartialDate::read);
    for (field, date) in [
        (paths::CHILD_BORN, Some(facts.child.born)),
        (paths::REGISTERED_ON, registered),
    ] {
        let in_part = date.is_some_and(|date| date.full().is_none());
        warn_if(in_part, field, WarningKind::DateInPart);
    }
    let odd = is_odd(&facts.reference.entry_number);
    warn_if(odd, paths::REF.entry_number, WarningKind::OddEntryNumber);
    warnings.extend(unknown_places(content, facts, known));
    let number = brought.number;
    if number.is_some_and(|number| number.prefix().place() != facts.place) {
        warnings.push(Warning::new("number", WarningKind::OtherPlace));
    }
    warnings
}

/// The places of an item of which no table knows anything as of the day of registration.
fn unknown_places(content: &Content, facts: &Registration, known: &Gazetteer<'_>) -> Vec<Warning> {
    let (child, day) = (content.message().child.as_ref(), facts.registered_on);
    let home = child.and_then(|child| child.home_town.as_ref());
    let born = child.and_then(|child| child.place_of_birth.as_ref());
    let mut warnings = Vec::new();
    for (paths, place) in [(paths::HOME_TOWN, home), (paths::PLACE_OF_BIRTH, born)] {
        let Some(place) = place else { continue };
        // Many are born at a hospital, of which nothing but its name is written down.
        let told = paths.text == paths::HOME_TOWN.text || place.text.contains(',');
        if told
            && !place.text.is_empty()
            && let Some(suggestions) = known.unknown(&place.text, day)
        {
            warnings.push(Warning {
                suggestions,
                ..Warning::new(paths.text, WarningKind::UnknownPlace)
            });
        }
        // Without a table nobody knows any code.
        let asked = !known.units.is_empty() && !place.unit_code.is_empty() && ["", "VN"].contains(&&*place.country);
        if asked && known.units.by_code(&place.unit_code, day).is_none() {
            warnings.push(Warning::new(paths.unit_code, WarningKind::UnknownPlace));
        }
    }
    warnings
}

fn is_odd(entry: &str) -> bool {
    let digits = entry.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let numbered = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    !numbered || entry.len() > digits.len() + 1 || digits.bytes().all(|digit| digit == b'0')
}

/// How far what an item says of a registration is what is held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Against {
    /// The paths of fields of which both say something, and not the same.
    pub differing: Vec<&'static str>,
    /// What the item says beyond that.
    pub warnings: Vec<Warning>,
}

enum Stated {
    Same,
    Further,
    Otherwise,
    Differs,
}

/// Compares what an item says with what is held. What it does not say it does not contradict: old books say less.
pub fn against(item: &Content, held: &Content) -> Against {
    let (item, held) = (item.of_registration(), held.of_registration());
    let mut against = Against::default();
    for (field, values) in &item {
        let kind = match stated(field, values, &item, &held) {
            Stated::Same => continue,
            Stated::Differs => {
                against.differing.push(field);
                continue;
            }
            Stated::Further => WarningKind::NotTakenOver,
            Stated::Otherwise => WarningKind::PlaceWrittenOtherwise,
        };
        against.warnings.push(Warning::new(field, kind));
    }
    against
}

type Values = BTreeMap<&'static str, Vec<String>>;

fn stated(field: &'static str, values: &[String], item: &Values, held: &Values) -> Stated {
    let known = held.get(field);
    if known.is_some_and(|known| known == values) {
        return Stated::Same;
    }
    // One of one is what cleaning makes of nothing said.
    let order = [paths::BIRTH_ORDER, paths::BIRTHS].contains(&field);
    if order && item.get(paths::BIRTHS).is_some_and(|births| births == &["1"]) {
        return Stated::Same;
    }
    for person in [&paths::MOTHER, &paths::FATHER, &paths::REPRESENTATIVE] {
        if let Some(stated) = year_against_date(field, values, person, held) {
            return stated;
        }
    }
    let Some(known) = known else { return Stated::Further };
    match field {
        _ if is_list_of_papers(field) => match values.iter().all(|paper| known.contains(paper)) {
            true => Stated::Same,
            false => Stated::Further,
        },
        _ if is_written_place(field) => Stated::Otherwise,
        paths::CHILD_BORN | paths::REGISTERED_ON => date_in_part(&parts(values), &parts(known)),
        _ => Stated::Differs,
    }
}

fn is_list_of_papers(field: &str) -> bool {
    let lists = [
        &paths::CHILD_IDENTIFIERS,
        &paths::MOTHER.identifiers,
        &paths::FATHER.identifiers,
        &paths::REPRESENTATIVE.identifiers,
    ];
    lists.iter().any(|list| list.whole == field)
}

fn is_written_place(field: &str) -> bool {
    let places = [&paths::HOME_TOWN, &paths::PLACE_OF_BIRTH];
    // The code of the place of registration changes hands when provinces merge.
    let written = |place: &&paths::PlacePaths| [place.text, place.unit_code].contains(&field);
    field == paths::PLACE_CODE || places.iter().any(written)
}

/// Where one says the year of a person's birth and the other the day.
fn year_against_date(field: &str, values: &[String], person: &PersonPaths, held: &Values) -> Option<Stated> {
    let other = match field {
        _ if field == person.birth_year => held.get(person.date_of_birth)?,
        _ if field == person.date_of_birth => held.get(person.birth_year)?,
        _ => return None,
    };
    let same_year = parts(values).first() == parts(other).first();
    Some(match (same_year, field == person.birth_year) {
        (false, _) => Stated::Differs,
        (true, true) => Stated::Same,
        (true, false) => Stated::Further,
    })
}

/// Year, month and day in the form in which they are compared.
fn parts(values: &[String]) -> Vec<i32> {
    let first = values.first().map_or("", String::as_str);
    first.split('-').filter_map(|part| part.parse().ok()).collect()
}

fn date_in_part(said: &[i32], known: &[i32]) -> Stated {
    let pairs = || said.iter().zip(known);
    if pairs().all(|(said, known)| said == known || *said == 0) {
        Stated::Same
    } else if pairs().all(|(said, known)| said == known || *said == 0 || *known == 0) {
        Stated::Further
    } else {
        Stated::Differs
    }
}

/// Whether all these fields are of facts that are not the same in two versions of a registration.
pub fn differing_since(fields: &[&'static str], earlier: &Content, now: &Content) -> bool {
    let changed = earlier.differing(now);
    let changed: BTreeSet<&str> = changed.iter().map(|path| fact(path)).collect();
    fields.iter().all(|field| changed.contains(fact(field)))
}

/// The fact that a field is part of: all of a parent is one.
fn fact(path: &str) -> &str {
    let depth = if path.starts_with(paths::CHILD) { 3 } else { 2 };
    let end = path.match_indices('.').nth(depth - 1).map(|(at, _)| at);
    end.map_or(path, |end| &path[..end])
}

impl Warning {
    /// The warning that an entry without a number may be of a child who is known.
    pub const MAY_BE_KNOWN: Self = Self {
        field: "registration.child",
        kind: WarningKind::MayBeKnown,
        suggestions: Vec::new(),
    };
}

/// The contract's value of a warning.
impl From<WarningKind> for pb::ImportWarningKind {
    fn from(kind: WarningKind) -> Self {
        match kind {
            WarningKind::DateInPart => Self::DateInPart,
            WarningKind::UnknownPlace => Self::UnknownPlace,
            WarningKind::OddEntryNumber => Self::OddEntryNumber,
            WarningKind::OtherPlace => Self::OtherPlace,
            WarningKind::NotTakenOver => Self::NotTakenOver,
            WarningKind::PlaceWrittenOtherwise => Self::PlaceWrittenOtherwise,
            WarningKind::MayBeKnown => Self::MayBeKnown,
        }
    }
}
