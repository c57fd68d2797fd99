//! What `dinhdanh lookup` shows: names and values, for people and for scripts.

use std::fmt::Write;

use serde_json::{Map, Value};

use super::lookup_key::written;
use crate::client::{Trouble, state_name};
use crate::proto::google::r#type::Date;
use crate::proto::v1;
use crate::proto::v1::get_issuance_response::Outcome;

/// Names and values in the order in which they are shown. What is empty is left out.
#[derive(Default)]
pub struct Card(Vec<(&'static str, Value)>);

impl Card {
    /// What became of a request.
    pub fn of_issuance(response: v1::GetIssuanceResponse) -> Self {
        let mut card = Self::default();
        match response.outcome {
            Some(Outcome::Issued(number)) => {
                card.text_line("outcome", "issued");
                card.number(&number);
            }
            Some(Outcome::UnderReview(review)) => {
                card.text_line("outcome", "under_review");
                card.text_line("case_id", &review.case_id);
                card.text_line("advice", &review.advice.unwrap_or_default().message);
            }
            Some(Outcome::Rejected(status)) => {
                let trouble = Trouble::of_message(&status);
                card.text_line("outcome", "rejected");
                card.text_line("reason", &trouble.reason);
                card.text_line("advice", &trouble.advice);
            }
            None => card.text_line("outcome", "unknown"),
        }
        card.text_line("request_id", &response.request_id);
        card
    }

    /// A number, and what is shown of its holder.
    pub fn of_number(response: v1::GetNumberResponse) -> Self {
        let mut card = Self::default();
        card.number(&response.number.unwrap_or_default());
        card.holder(&response.facts.unwrap_or_default());
        card
    }

    /// One line a value, for people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.0 {
            let shown = match value {
                Value::String(words) => words.clone(),
                Value::Array(all) => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
                other => other.to_string(),
            };
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{:<16}{shown}", name.replace('_', " "));
        }
        text
    }

    /// One JSON object, for scripts.
    pub fn json(&self) -> String {
        let object: Map<_, _> = self
            .0
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        Value::Object(object).to_string() + "\n"
    }

    fn number(&mut self, number: &v1::Number) {
        self.text_line("number", &number.number);
        self.text_line("state", &state_name(number.state()));
        let life = number.life_status();
        if life != v1::LifeStatus::Unspecified {
            self.text_line("life_status", life.as_str_name().trim_start_matches("LIFE_STATUS_"));
        }
        self.text_line("replaced_by", &number.replaced_by);
        self.text_line("replaces", &number.replaces);
        self.list("registrations", number.registrations.iter().map(written));
        self.text_line("open_case_id", &number.open_case_id);
        let issued = number.issued_at.as_ref();
        let issued = issued.and_then(|at| jiff::Timestamp::new(at.seconds, at.nanos).ok());
        self.text_line("issued_at", &issued.map(|at| at.to_string()).unwrap_or_default());
        self.whole("position", number.position);
    }

    fn holder(&mut self, facts: &v1::Facts) {
        self.text_line("full_name", facts.full_name());
        self.text_line("date_of_birth", &facts.date_of_birth.map(partial).unwrap_or_default());
        if facts.sex() != v1::Sex::Unspecified {
            self.text_line("sex", facts.sex().as_str_name().trim_start_matches("SEX_"));
        }
        self.text_line("ethnicity", facts.ethnicity());
        self.list("nationalities", facts.nationalities.iter().cloned());
        let place = |place: &Option<v1::Place>| place.as_ref().map(|place| place.text.clone()).unwrap_or_default();
        self.text_line("home_town", &place(&facts.home_town));
        self.text_line("place_of_birth", &place(&facts.place_of_birth));
        if facts.births() > 1 {
            self.whole("birth_order", facts.birth_order().into());
            self.whole("births", facts.births().into());
        }
    }

    fn text_line(&mut self, name: &'static str, text: &str) {
        if !text.is_empty() {
            self.0.push((name, text.into()));
        }
    }

    fn list(&mut self, name: &'static str, items: impl Iterator<Item = String>) {
        let items: Vec<Value> = items.map(Value::String).collect();
        if !items.is_empty() {
            self.0.push((name, items.into()));
        }
    }

    fn whole(&mut self, name: &'static str, value: i64) {
        if value != 0 {
            self.0.push((name, value.into()));
        }
    }
}

/// A date as far as it is known: YYYY-MM-DD, YYYY-MM or YYYY.
pub fn partial(date: Date) -> String {
    match date {
        Date { year, month: 0, .. } => format!("{year:04}"),
        Date { year, month, day: 0 } => format!("{year:04}-{month:02}"),
        Date { year, month, day } => format!("{year:04}-{month:02}-{day:02}"),
    }
}
