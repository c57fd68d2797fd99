//! What is sent: fresh synthetic births, made before they are needed.

use dinhdanh::generate::{BIRTHS_PER_YEAR, Births, Mix, Plan};
use dinhdanh::proto::v1::{IssueNumberRequest, IssueNumbersRequest};
use dinhdanh::shell::{Clock, SystemClock};
use jiff::tz::TimeZone;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use tonic::Request;
use tonic::metadata::{Ascii, MetadataValue};

use crate::Outcome;
use crate::args::Args;

/// Where the calling office is named while there are no certificates.
const OFFICE: &str = "x-dinhdanh-office";

/// A stock of births, each handed out once.
pub struct Stock {
    births: Births,
}

/// All items of one stream, and the office that sends them.
pub struct Lane {
    office: MetadataValue<Ascii>,
    /// The items, in the order of registration.
    pub items: Vec<IssueNumbersRequest>,
}

impl Stock {
    /// Enough births for a whole run, of the whole country, the last of them registered today.
    pub fn new(args: &Args, clock: &SystemClock) -> Outcome<Stock> {
        let cells = u64::from(args.rounds) * u64::try_from(args.ways.len())?;
        let count = cells * u64::try_from(args.count)? + u64::try_from(args.warm_up())?;
        let plan = Plan {
            count,
            seed: args.ground.seed,
            mix: Mix::plain(),
            today: clock.now().to_zoned_datetime(TimeZone::UTC).date(),
            provinces: usize::MAX,
            births_per_year: BIRTHS_PER_YEAR,
        };
        Ok(Stock {
            births: Births::new(plan)?,
        })
    }

    /// The next `count` births.
    pub fn take(&mut self, count: usize) -> Vec<IssueNumberRequest> {
        self.births.by_ref().take(count).map(|item| item.request).collect()
    }
}

/// Makes the births into unary calls.
pub fn calls(births: Vec<IssueNumberRequest>) -> Outcome<Vec<Request<IssueNumberRequest>>> {
    let call = |birth: IssueNumberRequest| {
        let office = office_code(&birth).parse()?;
        Ok(from_office(birth, &office))
    };
    births.into_iter().map(call).collect()
}

/// How often each birth is sent in a storm.
pub const STORM: usize = 10;
/// A call of a storm repeats one of so many births sent last.
const RECENT: usize = 400;

/// Makes the births into the unary calls of a storm, [`STORM`] for each on the average.
pub fn storm(births: Vec<IssueNumberRequest>, seed: u64) -> Outcome<Vec<Request<IssueNumberRequest>>> {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut calls = Vec::with_capacity(births.len() * STORM);
    for sent in 1..=births.len() {
        calls.push(births[sent - 1].clone());
        for _ in 1..STORM {
            calls.push(births[random.random_range(sent.saturating_sub(RECENT)..sent)].clone());
        }
    }
    self::calls(calls)
}

/// How often each birth is repeated where all calls are replays.
pub const REPLAYS: usize = 20;

/// Makes the births into unary calls, [`REPLAYS`] times over.
pub fn replays(births: Vec<IssueNumberRequest>) -> Outcome<Vec<Request<IssueNumberRequest>>> {
    let count = births.len() * REPLAYS;
    calls(births.into_iter().cycle().take(count).collect())
}

/// Deals the births out to `count` streams. A stream is of one office, and a few long streams are wanted, not one for
/// each of thousands of communes: so each stream is made that of one large office, in which each commune is a book.
pub fn lanes(births: Vec<IssueNumberRequest>, count: usize) -> Outcome<Vec<Lane>> {
    let mut lanes = Vec::with_capacity(count);
    for lane in 0..count {
        let office = format!("LARGE-{lane:03}").parse()?;
        lanes.push(Lane {
            office,
            items: Vec::with_capacity(births.len() / count + 1),
        });
    }
    for (index, mut birth) in births.into_iter().enumerate() {
        let lane = index % count;
        if let Some(reference) = birth
            .registration
            .as_mut()
            .and_then(|registration| registration.r#ref.as_mut())
        {
            reference.book_number = std::mem::replace(&mut reference.office_code, format!("LARGE-{lane:03}"));
        }
        lanes[lane].items.push(IssueNumbersRequest {
            request_id: birth.request_id,
            registration: birth.registration,
            validate_only: false,
        });
    }
    Ok(lanes)
}

impl Lane {
    /// A request that names the lane's office.
    pub fn request<T>(&self, message: T) -> Request<T> {
        from_office(message, &self.office)
    }
}

fn from_office<T>(message: T, office: &MetadataValue<Ascii>) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert(OFFICE, office.clone());
    request
}

fn office_code(birth: &IssueNumberRequest) -> &str {
    let reference = birth
        .registration
        .as_ref()
        .and_then(|registration| registration.r#ref.as_ref());
    reference.map_or("", |reference| &reference.office_code)
}
