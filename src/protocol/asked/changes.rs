//! Changes of civil status.

use super::numbers::unspecified;
use super::{Asked, EVIDENCE, Misread, Reader, Reading};
use crate::proto::v1 as pb;
use crate::protocol::{Change, Deed, LifeStatus};
use crate::registration::{FACTS_PATHS, Problem, facts_fields};

/// Reads a change.
///
/// # Errors
/// Everything that is wrong with it.
pub fn change(by: Reading<'_>, message: &pb::RecordChangeRequest) -> Result<Asked, Misread> {
    let mut reader = Reader::new(by);
    let number = reader.number("number", &message.number);
    let matching = message.r#match.clone().unwrap_or_default();
    facts(&mut reader, "match", &matching);
    if matching.full_name.as_deref().unwrap_or_default().trim().is_empty() {
        reader.wrong("match.full_name", Problem::Required);
    }
    if matching.date_of_birth.is_none() {
        reader.wrong("match.date_of_birth", Problem::Required);
    }
    let touches = touched_by(message.kind());
    if touches.is_none() {
        reader.wrong("kind", unspecified(message.kind));
    }
    reader.fields.add("kind", message.kind);
    let effective_on = reader.date("effective_on", message.effective_on);
    if effective_on.is_none() && message.effective_on.is_none() {
        reader.wrong("effective_on", Problem::Required);
    }
    reader.code("decision_ref", &message.decision_ref, EVIDENCE);
    let new = message.facts.clone().unwrap_or_default();
    facts(&mut reader, "facts", &new);
    let mask = mask(&mut reader, message, touches.unwrap_or(FACTS_PATHS));
    if !mask.is_empty() {
        nothing_else(&mut reader, &new, &mask);
    }
    let change = number.zip(effective_on).map(|(number, effective_on)| Change {
        number,
        matching,
        effective_on,
        life: life(message.kind()),
        facts: new,
        mask,
        today: by.today,
    });
    reader.done(change.map(|change| Deed::Change(Box::new(change))))
}

fn facts(reader: &mut Reader<'_>, path: &str, facts: &pb::Facts) {
    for (field, values) in facts_fields(facts) {
        for value in values {
            reader.fields.add(format!("{path}.{field}"), value);
        }
    }
}

fn mask(reader: &mut Reader<'_>, message: &pb::RecordChangeRequest, touches: &[&str]) -> Vec<String> {
    let mut mask = message.update_mask.clone().unwrap_or_default().paths;
    mask.sort_unstable();
    mask.dedup();
    let stated = message
        .facts
        .as_ref()
        .is_some_and(|facts| *facts != pb::Facts::default());
    let needed = !touches.is_empty() && reader.violations.iter().all(|violation| violation.field != "kind");
    if mask.is_empty() && (stated || needed) {
        reader.wrong("update_mask", Problem::Required);
    }
    if mask.iter().any(|path| !touches.contains(&path.as_str())) {
        reader.wrong("update_mask", Problem::FactsPath);
    }
    for path in &mask {
        reader.fields.add("update_mask", path);
    }
    mask
}

/// What is stated and not named would be lost without a word.
fn nothing_else(reader: &mut Reader<'_>, facts: &pb::Facts, mask: &[String]) {
    let mut stated: Vec<&str> = facts_fields(facts)
        .into_iter()
        .filter_map(|(field, _)| field.split('.').next())
        // Cleaning fills these in where they are not stated.
        .filter(|field| *field != "birth_order" || facts.birth_order.is_some())
        .filter(|field| *field != "births" || facts.births.is_some())
        .collect();
    stated.dedup();
    for field in stated {
        if !mask.iter().any(|named| named == field) {
            reader.wrong(&format!("facts.{field}"), Problem::NotHere);
        }
    }
}

/// The facts that a kind of change may touch; `None` of no kind.
fn touched_by(kind: pb::ChangeKind) -> Option<&'static [&'static str]> {
    use pb::ChangeKind::{
        Adoption, Correction, Death, Ethnicity, FoundAlive, Marriage, MarriageEnded, Missing, Nationality, Parentage,
        Supplement, Unspecified,
    };
    Some(match kind {
        Unspecified => return None,
        Correction | Supplement => FACTS_PATHS,
        Ethnicity => &["ethnicity"],
        Nationality => &["nationalities"],
        Parentage => &[
            "full_name",
            "ethnicity",
            "nationalities",
            "home_town",
            "mother",
            "father",
        ],
        Adoption => &["full_name", "ethnicity", "home_town", "mother", "father"],
        Marriage | MarriageEnded | Death | Missing | FoundAlive => &[],
    })
}

/// What a kind of change makes of the life status.
fn life(kind: pb::ChangeKind) -> Option<LifeStatus> {
    match kind {
        pb::ChangeKind::Death => Some(LifeStatus::Deceased),
        pb::ChangeKind::Missing => Some(LifeStatus::Missing),
        pb::ChangeKind::FoundAlive => Some(LifeStatus::Alive),
        _ => None,
    }
}
