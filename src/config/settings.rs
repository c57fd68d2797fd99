//! Settings from the file, the environment and the command line, before anybody has asked what they mean.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::names::{self, SETTINGS};
use super::values::Value;

/// Where a value came from, for whoever has to correct it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A line of the file.
    File {
        /// The file as it was named.
        file: String,
        /// The line, from 1.
        line: usize,
    },
    /// A variable of the environment.
    Environment(String),
    /// A flag of the command.
    Flag(&'static str),
    /// Nobody gave it.
    Nowhere,
}

impl Origin {
    /// What wins over what: the higher.
    pub fn rank(&self) -> u8 {
        match self {
            Self::Nowhere => 0,
            Self::File { .. } => 1,
            Self::Environment(_) => 2,
            Self::Flag(_) => 3,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, line } => write!(f, "{file}, line {line}: "),
            Self::Environment(name) => write!(f, "{name}: "),
            Self::Flag(name) => write!(f, "{name}: "),
            Self::Nowhere => Ok(()),
        }
    }
}

/// One thing that is wrong with a configuration: where, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands.
    pub origin: Origin,
    /// What is wrong and what to do, in plain words, naming the setting and holding no secret.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.what)
    }
}

/// What was given, by the name of the setting, and what is wrong so far.
#[derive(Default)]
pub struct Settings {
    given: BTreeMap<&'static str, (Value, Origin)>,
    problems: Vec<Problem>,
    unreadable: bool,
}

impl Settings {
    /// Takes in the text of a file.
    pub fn file(&mut self, path: &Path, text: &str) {
        let lines = Lines {
            file: path.display().to_string(),
            text,
        };
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            // The error's own display would show the line, with whatever secret is in it.
            let at = error.span().map_or(0, |span| span.start);
            self.problem(lines.at(at), format!("is not TOML: {}", error.message()));
        }
        self.unreadable = !errors.is_empty();
        // What can be saved from a file that is no TOML would only add noise.
        if !self.unreadable {
            self.table("", table.get_ref(), &lines);
        }
    }

    fn table(&mut self, section: &str, table: &DeTable<'_>, lines: &Lines<'_>) {
        for (key, value) in table {
            let name = match section {
                "" => key.get_ref().to_string(),
                section => format!("{section}.{}", key.get_ref()),
            };
            let origin = lines.at(key.span().start);
            match (value.get_ref(), names::find(&name)) {
                (DeValue::Table(inner), _) if names::is_section(&name) => self.table(&name, inner, lines),
                (_, Some(setting)) => {
                    self.given.insert(setting.name, (read(value), origin));
                }
                (_, None) if names::is_section(&name) => {
                    self.problem(origin, format!("{name} is a section: write [{name}]"));
                }
                (_, None) => self.problem(origin, names::unknown(section, &name)),
            }
        }
    }

    /// Whether the file could not be read at all, so that nothing can be said of the rest.
    pub fn is_unreadable(&self) -> bool {
        self.unreadable
    }

    /// Takes in the variables of the environment; they win over the file.
    pub fn environment(&mut self, variables: impl Iterator<Item = (String, String)>) {
        for (variable, text) in variables {
            let origin = Origin::Environment(variable.clone());
            if let Some(setting) = SETTINGS.iter().find(|setting| setting.variable() == variable) {
                self.given.insert(setting.name, (Value::Text(text), origin));
            } else if names::reserved(&variable) {
                self.problem(origin, "there is no such setting".to_owned());
            }
        }
    }

    /// Takes in a flag; flags win over everything.
    pub fn flag(&mut self, name: &'static str, flag: &'static str, text: String) {
        self.given.insert(name, (Value::Text(text), Origin::Flag(flag)));
    }

    /// Reads a setting, if it was given.
    pub fn read<T>(&mut self, name: &'static str, parse: impl Fn(&Value) -> Result<T, String>) -> Option<T> {
        debug_assert!(names::find(name).is_some(), "{name} is not in the list of settings");
        let (value, origin) = self.given.get(name)?;
        match parse(value) {
            Ok(parsed) => Some(parsed),
            Err(what) => {
                let origin = origin.clone();
                self.problem(origin, format!("{name} {what}"));
                None
            }
        }
    }

    /// Whether a setting was given, well or badly.
    pub fn is_given(&self, name: &str) -> bool {
        self.given.contains_key(name)
    }

    /// Every setting given that begins so.
    pub fn given_under(&self, prefix: &str) -> Vec<&'static str> {
        self.given
            .keys()
            .copied()
            .filter(|name| name.starts_with(prefix))
            .collect()
    }

    /// Where a setting was given.
    pub fn origin(&self, name: &str) -> Origin {
        self.given
            .get(name)
            .map_or(Origin::Nowhere, |(_, origin)| origin.clone())
    }

    /// Notes what is wrong with a setting.
    pub fn wrong(&mut self, name: &str, what: impl fmt::Display) {
        let origin = self.origin(name);
        self.problem(origin, format!("{name} {what}"));
    }

    /// Notes a problem that belongs to no setting.
    pub fn problem(&mut self, origin: Origin, what: String) {
        self.problems.push(Problem { origin, what });
    }

    /// Everything that is wrong.
    pub fn into_problems(self) -> Vec<Problem> {
        self.problems
    }
}

/// Tells the line of a place in a file.
struct Lines<'a> {
    file: String,
    text: &'a str,
}

impl Lines<'_> {
    fn at(&self, offset: usize) -> Origin {
        let before = self.text.as_bytes().iter().take(offset);
        Origin::File {
            file: self.file.clone(),
            line: 1 + before.filter(|&&byte| byte == b'\n').count(),
        }
    }
}

fn read(value: &Spanned<DeValue<'_>>) -> Value {
    match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).map_or(Value::Other, Value::Number)
        }
        DeValue::Array(items) => {
            let texts = items.iter().map(|item| item.get_ref().as_str().map(str::to_owned));
            texts.collect::<Option<_>>().map_or(Value::Other, Value::List)
        }
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Table(_) => Value::Other,
    }
}
