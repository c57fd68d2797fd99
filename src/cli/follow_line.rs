//! An event as a line of JSON: the fields of the contract by their names, those that are empty left out.

use serde::Serialize;

use super::lookup_card::partial;
use super::lookup_key::written;
use crate::proto::v1;

/// An event, as it is printed.
#[derive(Serialize)]
struct Line {
    position: i64,
    kind: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    number: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    replaced_by: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    case_id: String,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    facts: Option<Facts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
}

#[derive(Serialize)]
struct Facts {
    #[serde(skip_serializing_if = "Option::is_none")]
    full_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_of_birth: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sex: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ethnicity: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    nationalities: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    home_town: Option<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    place_of_birth: Option<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    birth_order: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    births: Option<i32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    existing_identifiers: Vec<Identifier>,
}

#[derive(Serialize)]
struct Place {
    #[serde(skip_serializing_if = "String::is_empty")]
    text: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    unit_code: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    country: String,
}

#[derive(Serialize)]
struct Identifier {
    #[serde(rename = "type")]
    kind: &'static str,
    value: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    country: String,
}

/// One line for an event, with its end.
///
/// # Errors
/// [`serde_json::Error`]: none that is known.
pub fn line(event: v1::Event) -> Result<String, serde_json::Error> {
    let kind = event.kind().as_str_name().trim_start_matches("EVENT_KIND_");
    let at = event.at.and_then(|at| jiff::Timestamp::new(at.seconds, at.nanos).ok());
    let line = Line {
        position: event.position,
        kind,
        number: event.number,
        replaced_by: event.replaced_by,
        case_id: event.case_id,
        reference: event.r#ref.as_ref().map(written),
        facts: event.facts.filter(|facts| *facts != v1::Facts::default()).map(facts),
        at: at.map(|at| at.to_string()),
    };
    Ok(serde_json::to_string(&line)? + "\n")
}

fn facts(facts: v1::Facts) -> Facts {
    let sex = facts
        .sex
        .is_some()
        .then(|| facts.sex().as_str_name().trim_start_matches("SEX_"));
    Facts {
        sex,
        full_name: facts.full_name,
        date_of_birth: facts.date_of_birth.map(partial),
        ethnicity: facts.ethnicity,
        nationalities: facts.nationalities,
        home_town: facts.home_town.map(place),
        place_of_birth: facts.place_of_birth.map(place),
        birth_order: facts.birth_order,
        births: facts.births,
        existing_identifiers: facts.existing_identifiers.into_iter().map(identifier).collect(),
    }
}

fn place(place: v1::Place) -> Place {
    let v1::Place {
        text,
        unit_code,
        country,
    } = place;
    Place {
        text,
        unit_code,
        country,
    }
}

fn identifier(identifier: v1::Identifier) -> Identifier {
    Identifier {
        kind: identifier.r#type().as_str_name().trim_start_matches("IDENTIFIER_TYPE_"),
        value: identifier.value,
        country: identifier.country,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::proto::google::r#type::Date;

    #[test]
    fn an_event_is_one_line_with_the_names_of_the_contract() {
        let event = v1::Event {
            position: 7,
            kind: v1::EventKind::CivilStatus.into(),
            number: "001326000000".into(),
            r#ref: Some(v1::RegistrationRef {
                office_code: "26734".into(),
                register: v1::Register::Birth.into(),
                book_year: 2026,
                book_number: String::new(),
                entry_number: "45".into(),
            }),
            facts: Some(v1::Facts {
                full_name: Some("Nguyễn\nThị \"Hòa\"".into()),
                date_of_birth: Some(Date {
                    year: 2026,
                    month: 11,
                    day: 0,
                }),
                sex: Some(v1::Sex::Female.into()),
                nationalities: vec!["VN".into()],
                births: Some(1),
                ..v1::Facts::default()
            }),
            at: Some(prost_types::Timestamp {
                seconds: 1_773_712_800,
                nanos: 0,
            }),
            ..v1::Event::default()
        };
        assert_eq!(
            line(event).unwrap(),
            concat!(
                r#"{"position":7,"kind":"CIVIL_STATUS","number":"001326000000","ref":"26734/BIRTH/2026/45","#,
                r#""facts":{"full_name":"Nguyễn\nThị \"Hòa\"","date_of_birth":"2026-11","sex":"FEMALE","#,
                r#""nationalities":["VN"],"births":1},"at":"2026-03-17T02:00:00Z"}"#,
                "\n"
            )
        );
        assert_eq!(
            line(v1::Event::default()).unwrap(),
            "{\"position\":0,\"kind\":\"UNSPECIFIED\"}\n"
        );
    }
}
