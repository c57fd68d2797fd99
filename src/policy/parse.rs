//! From the text of a policy file to a policy: every name known, nothing said twice, nothing pointing nowhere.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use jiff::civil::Date;
use toml::Spanned;
use toml::value::Datetime;

use super::file::{File, GatewayEntry, GroundEntry, OfficeEntry, SubscriberEntry, Text};
use super::names::{MAX_CODE_CHARS, is_code, is_office};
use super::succession::{self, Offices, Orders};
use super::{
    BLOCK_NUMBERS, EventKind, FactField, Fingerprint, Office, Policy, PolicyError, Role, Subscription, grounds,
};
use crate::number::{Codes, PlaceCode};
use crate::protocol::{CaseKind, Ground, ReissuePlace};

/// The kinds of case that somebody proposes, and so gives a ground for.
const PROPOSED: [(CaseKind, &str); 4] = [
    (CaseKind::Revoke, "REVOKE"),
    (CaseKind::Reissue, "REISSUE"),
    (CaseKind::TwoNumbers, "TWO_NUMBERS"),
    (CaseKind::SharedNumber, "SHARED_NUMBER"),
];
/// The most unused numbers of blocks that an office may be allowed.
const MOST_BLOCK_NUMBERS: usize = 100_000;
/// The longest grace of a mission's expired certificate, in days.
const MOST_GRACE_DAYS: i64 = 366;
const REISSUE_PLACES: [(ReissuePlace, &str); 2] = [
    (ReissuePlace::Successor, "successor"),
    (ReissuePlace::Registered, "registered"),
];

/// Reads a whole policy file.
pub(super) fn policy(text: &str) -> Result<Policy, PolicyError> {
    let file = read(text)?;
    let reader = Reader { text };
    let offices = reader.offices(&file.office)?;
    let gateways = reader.gateways(&file.gateway, &offices)?;
    let subscriptions = reader.subscriptions(&file.subscriber, &offices)?;
    let denied = file.denied.iter().map(|hex| reader.fingerprint(hex));
    let place = file.reissue_place.as_ref();
    Ok(Policy {
        orders: Orders::of(&offices),
        offices,
        gateways,
        subscriptions,
        denied: denied.collect::<Result<_, _>>()?,
        grounds: match file.ground.as_slice() {
            [] => grounds::embedded().to_vec(),
            entries => reader.grounds(entries)?,
        },
        reissue_place: place
            .map(|name| reader.one_of("reissue_place", &REISSUE_PLACES, name))
            .transpose()?
            .unwrap_or_default(),
        block_numbers: reader
            .block_numbers(file.block_numbers.as_ref())?
            .unwrap_or(BLOCK_NUMBERS),
        settling_grace: reader.settling_grace(file.settling_grace_days.as_ref())?,
    })
}

/// Reads the grounds of a policy file that holds nothing else.
pub(super) fn grounds(text: &str) -> Result<Vec<Ground>, PolicyError> {
    Reader { text }.grounds(&read(text)?.ground)
}

fn read(text: &str) -> Result<File, PolicyError> {
    toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        PolicyError::at(text, at, error.message())
    })
}

/// Makes sense of entries, and says on which line there is none.
struct Reader<'a> {
    text: &'a str,
}

impl Reader<'_> {
    fn wrong<T, R>(&self, at: &Spanned<T>, what: impl Into<String>) -> Result<R, PolicyError> {
        Err(PolicyError::at(self.text, at.span().start, what))
    }

    fn offices(&self, entries: &[OfficeEntry]) -> Result<Offices, PolicyError> {
        let mut offices = HashMap::with_capacity(entries.len());
        for entry in entries {
            let code = self.office_code("code", &entry.code)?;
            let role = self.one_of("role", &Role::ALL, &entry.role)?;
            let office = Office {
                role,
                department: entry.department.as_ref().map(|code| code.get_ref().clone()),
                province: entry
                    .province
                    .as_ref()
                    .map(|code| self.place("province", code))
                    .transpose()?,
                countries: self.countries(entry, role)?,
                block_numbers: self.block_numbers(entry.block_numbers.as_ref())?,
                from: entry.from.as_ref().map(|day| self.date("from", day)).transpose()?,
                until: entry.until.as_ref().map(|day| self.date("until", day)).transpose()?,
                successor: entry.successor.as_ref().map(|code| code.get_ref().clone()),
            };
            if offices.insert(code.clone(), office).is_some() {
                return self.wrong(
                    &entry.code,
                    format!("office {code} is listed twice: an office is registered once, with one role"),
                );
            }
        }
        for department in entries.iter().filter_map(|entry| entry.department.as_ref()) {
            let known = offices.get(department.get_ref());
            if known.is_none_or(|office| office.role != Role::JusticeDepartment) {
                return self.wrong(
                    department,
                    "department is not an office listed with the role JUSTICE_DEPARTMENT",
                );
            }
        }
        for entry in entries {
            self.check_succession(entry, &offices)?;
        }
        if let Some(code) = succession::circle(&offices) {
            let within = entries.iter().find(|entry| entry.code.get_ref() == code);
            let at = within.and_then(|entry| entry.successor.as_ref());
            return match at {
                Some(at) => self.wrong(at, "successor leads back to the office itself"),
                None => Ok(offices),
            };
        }
        Ok(offices)
    }

    /// An office acts for some time, and who takes it over is one of its kind.
    fn check_succession(&self, entry: &OfficeEntry, offices: &Offices) -> Result<(), PolicyError> {
        let office = offices.get(entry.code.get_ref());
        let dates = office.map(|office| (office.from, office.until));
        if let (Some((Some(from), Some(until))), Some(at)) = (dates, &entry.until)
            && until <= from
        {
            return self.wrong(at, "until is not later than from");
        }
        let Some(successor) = &entry.successor else {
            return Ok(());
        };
        if entry.until.is_none() {
            return self.wrong(successor, "successor needs until: the day on which it takes over");
        }
        let known = offices.get(successor.get_ref());
        match known.zip(office).is_some_and(|(heir, office)| heir.role == office.role) {
            true => Ok(()),
            false => self.wrong(successor, "successor is not an office listed with the same role"),
        }
    }

    /// Only missions reserve numbers, and only for countries.
    fn countries(&self, entry: &OfficeEntry, role: Role) -> Result<Vec<PlaceCode>, PolicyError> {
        let Some(listed) = &entry.countries else {
            return Ok(Vec::new());
        };
        if role != Role::Mission {
            return self.wrong(listed, "countries are for the role MISSION");
        }
        if listed.get_ref().is_empty() {
            return self.wrong(
                listed,
                "countries names none: leave it out for all, or say block_numbers = 0 for none",
            );
        }
        let countries = listed.get_ref().iter().map(|code| {
            let place = self.place("countries", code)?;
            match Codes::embedded().is_country(place) {
                true => Ok(place),
                false => self.wrong(code, "countries must be codes of countries: three digits, from 101"),
            }
        });
        countries.collect()
    }

    fn block_numbers(&self, count: Option<&Spanned<i64>>) -> Result<Option<usize>, PolicyError> {
        let Some(count) = count else { return Ok(None) };
        match usize::try_from(*count.get_ref()) {
            Ok(count) if count <= MOST_BLOCK_NUMBERS => Ok(Some(count)),
            _ => self.wrong(count, format!("block_numbers must be from 0 to {MOST_BLOCK_NUMBERS}")),
        }
    }

    /// In seconds.
    fn settling_grace(&self, days: Option<&Spanned<i64>>) -> Result<i64, PolicyError> {
        match days {
            None => Ok(0),
            Some(days) if (0..=MOST_GRACE_DAYS).contains(days.get_ref()) => Ok(days.get_ref() * 24 * 3600),
            Some(days) => self.wrong(days, format!("settling_grace_days must be from 0 to {MOST_GRACE_DAYS}")),
        }
    }

    fn gateways(
        &self,
        entries: &[GatewayEntry],
        offices: &Offices,
    ) -> Result<HashMap<String, HashSet<String>>, PolicyError> {
        let mut gateways = HashMap::with_capacity(entries.len());
        for entry in entries {
            let system = entry.system.get_ref();
            if !is_code(system) {
                return self.wrong(&entry.system, not_a_code("system"));
            }
            for code in &entry.offices {
                if !offices
                    .get(code.get_ref())
                    .is_some_and(|office| office.role.registers())
                {
                    return self.wrong(
                        code,
                        "offices names one that is not listed with the role REGISTRAR or MISSION",
                    );
                }
            }
            let codes = entry.offices.iter().map(|code| code.get_ref().clone()).collect();
            if gateways.insert(system.clone(), codes).is_some() {
                return self.wrong(&entry.system, format!("system {system} is listed twice"));
            }
        }
        Ok(gateways)
    }

    fn subscriptions(
        &self,
        entries: &[SubscriberEntry],
        offices: &Offices,
    ) -> Result<HashMap<String, Subscription>, PolicyError> {
        let mut subscriptions = HashMap::with_capacity(entries.len());
        for entry in entries {
            let code = self.office_code("office", &entry.office)?;
            let known = offices.get(&code);
            if !offices.is_empty() && known.is_none_or(|office| office.role != Role::Subscriber) {
                return self.wrong(&entry.office, "office is not one listed with the role SUBSCRIBER");
            }
            let subscription = Subscription {
                kinds: self.set(&entry.kinds, |kind| self.one_of("kinds", &EventKind::ALL, kind))?,
                fields: self.set(&entry.fields, |field| self.one_of("fields", &FactField::ALL, field))?,
                provinces: self.set(&entry.provinces, |code| self.place("provinces", code))?,
            };
            if subscriptions.insert(code.clone(), subscription).is_some() {
                return self.wrong(&entry.office, format!("subscriber {code} is listed twice"));
            }
        }
        Ok(subscriptions)
    }

    fn grounds(&self, entries: &[GroundEntry]) -> Result<Vec<Ground>, PolicyError> {
        let mut codes = HashSet::new();
        let mut grounds = Vec::with_capacity(entries.len());
        for entry in entries {
            if !is_code(entry.code.get_ref()) {
                return self.wrong(&entry.code, not_a_code("code"));
            }
            if !codes.insert(entry.code.get_ref()) {
                let code = entry.code.get_ref();
                return self.wrong(&entry.code, format!("ground {code} is listed twice"));
            }
            grounds.push(self.ground(entry)?);
        }
        grounds.sort_unstable_by(|one, other| one.code.cmp(&other.code));
        Ok(grounds)
    }

    fn ground(&self, entry: &GroundEntry) -> Result<Ground, PolicyError> {
        let from = self.date("from", &entry.from)?;
        let until = entry.until.as_ref();
        let until = until.map(|day| self.date("until", day)).transpose()?;
        if until.is_some_and(|until| until < from) {
            return self.wrong(&entry.from, "from is later than until");
        }
        let kinds = entry.kinds.iter();
        let kinds: Vec<_> = kinds
            .map(|kind| self.one_of("kinds", &PROPOSED, kind))
            .collect::<Result<_, _>>()?;
        if kinds.is_empty() {
            return self.wrong(&entry.code, "kinds is empty: the ground would serve nothing");
        }
        Ok(Ground {
            code: entry.code.get_ref().clone(),
            kinds,
            from,
            until,
            citizen_request: entry.citizen_request,
            vietnamese: self.words("vietnamese", &entry.vietnamese)?,
            english: self.words("english", &entry.english)?,
        })
    }

    fn office_code(&self, field: &str, code: &Text) -> Result<String, PolicyError> {
        match is_office(code.get_ref()) {
            true => Ok(code.get_ref().clone()),
            false => self.wrong(code, not_a_code(field) + ", and is not 'system'"),
        }
    }

    fn words(&self, field: &str, words: &Text) -> Result<String, PolicyError> {
        match words.get_ref().trim() {
            "" => self.wrong(words, format!("{field} is empty")),
            words => Ok(words.to_owned()),
        }
    }

    fn place(&self, field: &str, code: &Text) -> Result<PlaceCode, PolicyError> {
        match PlaceCode::parse(code.get_ref()) {
            Ok(place) => Ok(place),
            Err(_) => self.wrong(code, format!("{field} must be three digits, not all of them 0")),
        }
    }

    fn date(&self, field: &str, date: &Spanned<Datetime>) -> Result<Date, PolicyError> {
        let day = match date.get_ref() {
            Datetime {
                date: Some(day),
                time: None,
                offset: None,
            } => jiff_date(day),
            _ => None,
        };
        match day {
            Some(day) => Ok(day),
            None => self.wrong(date, format!("{field} must be a day, such as 2024-07-01")),
        }
    }

    fn fingerprint(&self, hex: &Text) -> Result<Fingerprint, PolicyError> {
        match from_hex(hex.get_ref()) {
            Some(fingerprint) => Ok(fingerprint),
            None => self.wrong(
                hex,
                "denied must hold SHA-256 fingerprints, 64 hexadecimal digits each (colons may part them)",
            ),
        }
    }

    fn one_of<T: Copy>(&self, field: &str, known: &[(T, &str)], name: &Text) -> Result<T, PolicyError> {
        if let Some((value, _)) = known.iter().find(|(_, known)| known == name.get_ref()) {
            return Ok(*value);
        }
        let names: Vec<_> = known.iter().map(|(_, name)| *name).collect();
        self.wrong(name, format!("{field} must be one of {}", names.join(", ")))
    }

    fn set<T: Eq + Hash>(
        &self,
        texts: &[Text],
        read: impl Fn(&Text) -> Result<T, PolicyError>,
    ) -> Result<HashSet<T>, PolicyError> {
        texts.iter().map(read).collect()
    }
}

fn not_a_code(field: &str) -> String {
    format!("{field} has 1 to {MAX_CODE_CHARS} letters, digits, '-', '.' or '_'")
}

fn jiff_date(date: &toml::value::Date) -> Option<Date> {
    let year = i16::try_from(date.year).ok()?;
    Date::new(year, i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?).ok()
}

fn from_hex(text: &str) -> Option<Fingerprint> {
    let digits: Vec<u8> = text.bytes().filter(|&byte| byte != b':').collect();
    let mut fingerprint = [0; 32];
    if digits.len() != 2 * fingerprint.len() {
        return None;
    }
    for (byte, pair) in fingerprint.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok()?;
        // A sign would pass for a digit.
        if !pair.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(fingerprint)
}
