//! What is to be made.

use jiff::civil::Date;

use super::Mix;

/// Births registered in Viet Nam in a year, rounded.
pub const BIRTHS_PER_YEAR: u64 = 1_400_000;

/// The births to make. Equal plans give equal births.
///
/// They are registered at the pace of the country, one after another, and end with `today`. Fewer provinces have fewer
/// births a day, so the same count reaches further back: with one or two provinces a few hundred thousand children
/// already stand as densely as a full year of the country does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How many children. Items that send a registration again, and second registrations, come on top.
    pub count: u64,
    /// Which births, of all that fit the plan.
    pub seed: u64,
    /// How much of what.
    pub mix: Mix,
    /// The day on which the last ones are registered.
    pub today: Date,
    /// The first so many of the provinces in which numbers are given out on `today`, by code; at least 1. More than
    /// there are means all.
    pub provinces: usize,
    /// How many births the whole country has in a year; usually [`BIRTHS_PER_YEAR`].
    pub births_per_year: u64,
}

/// Why a plan cannot be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// No province is open for issuing on that day, or none was asked for.
    #[error("there is no province to register births in on that day")]
    NoProvince,
    /// The shares of children add up to more than the whole.
    #[error("the shares of the mix add up to more than 10,000 in 10,000")]
    Mix,
    /// The births would reach back before the year 2000.
    #[error("so many births would reach back before the year 2000: ask for fewer, or for more provinces")]
    TooLong,
    /// A register is not of these years.
    #[error("the years of a register are from 1955 to 2399, the first one not after the last")]
    Years,
    /// Personal numbers end with the year 2399.
    #[error("personal numbers end with the year 2399")]
    Today,
}
