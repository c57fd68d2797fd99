//! What a setting's value says, whether it was written in the file or as text in the environment.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::secret::ServerUrl;

/// A value as it was given.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// Text; from the environment and from flags everything is text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// `true` or `false`.
    Bool(bool),
    /// Several texts.
    List(Vec<String>),
    /// What no setting takes: a fraction, a date, a mixed list.
    Other,
}

type Read<T> = Result<T, String>;

/// Any text but an empty one.
pub fn text(value: &Value) -> Read<String> {
    match value {
        Value::Text(text) if text.is_empty() => Err("is empty".to_owned()),
        Value::Text(text) => Ok(text.clone()),
        _ => Err("must be text, in quotes".to_owned()),
    }
}

/// The path of a file or folder.
pub fn path(value: &Value) -> Read<PathBuf> {
    text(value).map(PathBuf::from)
}

/// A program by its whole path, and its arguments; in the environment separated by spaces.
pub fn command(value: &Value) -> Read<Vec<String>> {
    let words = match value {
        Value::List(words) => words.clone(),
        Value::Text(text) => text.split_whitespace().map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    match words.first() {
        Some(program) if program.starts_with('/') => Ok(words),
        _ => Err("must be a list, [\"/PATH/OF/PROGRAM\", \"ARGUMENT\"]: it is run without a shell".to_owned()),
    }
}

/// `true` or `false`.
pub fn boolean(value: &Value) -> Read<bool> {
    match value {
        Value::Bool(value) => Ok(*value),
        Value::Text(text) if text == "true" => Ok(true),
        Value::Text(text) if text == "false" => Ok(false),
        _ => Err("must be true or false".to_owned()),
    }
}

/// A whole number within bounds.
pub fn number(least: u64, most: u64) -> impl Fn(&Value) -> Read<u64> {
    move |value| {
        let number = match value {
            Value::Number(number) => u64::try_from(*number).ok(),
            Value::Text(text) => text.parse().ok(),
            _ => None,
        };
        number
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| format!("must be a whole number from {least} to {most}"))
    }
}

/// An address and a port.
pub fn address(value: &Value) -> Read<SocketAddr> {
    let told = || "must be an address and a port, such as \"127.0.0.1:7400\" or \"[::1]:7400\"".to_owned();
    text(value)?.parse().map_err(|_| told())
}

/// A time with its unit, within bounds.
pub fn duration(least: Duration, most: Duration) -> impl Fn(&Value) -> Read<Duration> {
    move |value| {
        let Value::Text(text) = value else {
            return Err("must be a time with its unit, such as \"250ms\", \"5s\" or \"2m\"".to_owned());
        };
        let duration =
            parse_duration(text).ok_or("must be a time with its unit, such as \"250ms\", \"5s\" or \"2m\"")?;
        if (least..=most).contains(&duration) {
            return Ok(duration);
        }
        Err(format!("must be from {} to {}", shown(least), shown(most)))
    }
}

fn parse_duration(text: &str) -> Option<Duration> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
    let (digits, unit) = text.split_at(unit_at);
    let count: u64 = digits.parse().ok()?;
    let milliseconds = match unit.trim_start() {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    count.checked_mul(milliseconds).map(Duration::from_millis)
}

/// A time as it is written in the file.
pub fn shown(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    match milliseconds {
        0 => "0s".to_owned(),
        whole if whole % 3_600_000 == 0 => format!("{}h", whole / 3_600_000),
        whole if whole % 60_000 == 0 => format!("{}m", whole / 60_000),
        whole if whole % 1_000 == 0 => format!("{}s", whole / 1_000),
        _ => format!("{milliseconds}ms"),
    }
}

/// One of a few words.
pub fn one_of<T: Copy>(words: &'static [(&'static str, T)]) -> impl Fn(&Value) -> Read<T> {
    move |value| {
        let found = match value {
            Value::Text(text) => words.iter().find(|(word, _)| word == text),
            _ => None,
        };
        found.map(|(_, meaning)| *meaning).ok_or_else(|| {
            let words: Vec<_> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
            format!("must be {}", words.join(" or "))
        })
    }
}

/// The URL of a server.
pub fn url(schemes: &'static [&'static str]) -> impl Fn(&Value) -> Read<ServerUrl> {
    move |value| ServerUrl::parse(&text(value)?, schemes)
}

/// The URLs of several servers; in the environment separated by commas.
pub fn urls(schemes: &'static [&'static str]) -> impl Fn(&Value) -> Read<Vec<ServerUrl>> {
    move |value| {
        let texts = match value {
            Value::List(texts) => texts.clone(),
            Value::Text(text) => text.split(',').map(|text| text.trim().to_owned()).collect(),
            _ => Vec::new(),
        };
        if texts.is_empty() {
            return Err("must be a list of URLs, [\"...\", \"...\"]".to_owned());
        }
        texts.iter().map(|text| ServerUrl::parse(text, schemes)).collect()
    }
}
