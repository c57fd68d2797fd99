//! A policy file as TOML has it, with the place of whatever may have to be complained about.

use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

/// Text that remembers where it stood.
pub(super) type Text = Spanned<String>;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    pub office: Vec<OfficeEntry>,
    pub gateway: Vec<GatewayEntry>,
    pub subscriber: Vec<SubscriberEntry>,
    pub denied: Vec<Text>,
    pub ground: Vec<GroundEntry>,
    pub reissue_place: Option<Text>,
    pub block_numbers: Option<Spanned<i64>>,
    pub settling_grace_days: Option<Spanned<i64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfficeEntry {
    pub code: Text,
    pub role: Text,
    pub department: Option<Text>,
    pub province: Option<Text>,
    pub countries: Option<Spanned<Vec<Text>>>,
    pub block_numbers: Option<Spanned<i64>>,
    pub from: Option<Spanned<Datetime>>,
    pub until: Option<Spanned<Datetime>>,
    pub successor: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GatewayEntry {
    pub system: Text,
    pub offices: Vec<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SubscriberEntry {
    pub office: Text,
    pub kinds: Vec<Text>,
    #[serde(default)]
    pub fields: Vec<Text>,
    #[serde(default)]
    pub provinces: Vec<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroundEntry {
    pub code: Text,
    pub kinds: Vec<Text>,
    pub from: Spanned<Datetime>,
    pub until: Option<Spanned<Datetime>>,
    #[serde(default)]
    pub citizen_request: bool,
    pub vietnamese: Text,
    pub english: Text,
}
