//! `dinhdanh quickstart`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio_util::sync::CancellationToken;

use super::CliError;
use crate::client::{Answer, Caller, Client, Options};
use crate::config::Config;
use crate::generate::{BIRTHS_PER_YEAR, Births, Item, Judge, Mix, Plan};
use crate::server::{NewStore, Server};
use crate::shell::{Clock, random};

/// Calls under way at a time.
const IN_FLIGHT: usize = 64;

/// See the whole service at work: about 2,000 synthetic births become numbers, and a checker says whether all is well.
///
/// Starts the real service on a free port of this machine, registers the births through gRPC calls, shows what became
/// of each kind, and ends with the checker. Nobody in the sample exists.
#[derive(Debug, Args)]
pub struct Quickstart {
    /// Keep the data in this folder, which must be new or empty. [default: a temporary folder, removed at the end]
    #[arg(long)]
    data: Option<PathBuf>,
    /// Keep serving afterwards, until Ctrl-C.
    #[arg(long)]
    stay: bool,
    /// How many children.
    #[arg(long, default_value_t = 2_000)]
    count: u64,
    /// Which sample, of all possible ones.
    #[arg(long, default_value_t = 2026)]
    seed: u64,
}

impl Quickstart {
    /// Runs it.
    pub async fn run(self, clock: Arc<dyn Clock>) -> Result<(), CliError> {
        let temporary = std::env::temp_dir().join(format!("dinhdanh-{}", random::uuid_v4()));
        let data = self.data.clone().unwrap_or_else(|| temporary.clone());
        if data.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(CliError::new(format!(
                "{} is not empty: name a new folder with --data",
                data.display()
            )));
        }
        let result = self.run_in(&data, clock).await;
        if self.data.is_none() && temporary.exists() {
            std::fs::remove_dir_all(&temporary).map_err(CliError::of)?;
        }
        result
    }

    async fn run_in(&self, data: &Path, clock: Arc<dyn Clock>) -> Result<(), CliError> {
        let listen = if self.stay {
            ([127, 0, 0, 1], 7400).into()
        } else {
            ([127, 0, 0, 1], 0).into()
        };
        let config = Config {
            listen,
            dev: true,
            ..Config::embedded(data)
        };
        let server = Server::build(&config, NewStore::Refused, Arc::clone(&clock)).await;
        let server = server.map_err(CliError::of)?;
        let address = format!("http://{}", server.address());
        println!("The service is running at {address}, its data in {}.", data.display());
        let stop = CancellationToken::new();
        let serving = tokio::spawn(server.run(stop.clone().cancelled_owned()));
        let shown = self.show(&address, &config, &clock).await;
        if shown.is_ok() && self.stay {
            stay(&address).await;
        }
        stop.cancel();
        serving.await.map_err(CliError::of)?.map_err(CliError::of)?;
        shown
    }

    async fn show(&self, address: &str, config: &Config, clock: &Arc<dyn Clock>) -> Result<(), CliError> {
        println!(
            "Registering {} synthetic children (seed {}); nobody in this sample exists.\n",
            self.count, self.seed
        );
        let plan = Plan {
            count: self.count,
            seed: self.seed,
            mix: Mix::quickstart(),
            today: clock.now().to_zoned_datetime(jiff::tz::TimeZone::UTC).date(),
            provinces: usize::MAX,
            births_per_year: BIRTHS_PER_YEAR,
        };
        let births = Births::new(plan).map_err(CliError::of)?;
        let options = Options::new(address.parse().map_err(CliError::of)?);
        let client = Client::connect(options, Arc::clone(clock))
            .await
            .map_err(CliError::of)?;
        let judge = register(&client, births).await?;
        print_table(&judge);
        for broken in judge.broken() {
            println!("BROKEN: {broken}");
        }
        println!("\nChecking every promise over the whole store:");
        super::verify::Verify::default().check(config).await?;
        if judge.broken().is_empty() {
            Ok(())
        } else {
            Err(CliError::new("a promise was broken"))
        }
    }
}

/// Sends every item, those that follow another after it has been answered.
async fn register(client: &Client, items: impl Iterator<Item = Item>) -> Result<Judge, CliError> {
    let mut judge = Judge::default();
    let mut under_way = FuturesUnordered::new();
    for item in items {
        let room = if item.follows().is_some() { 0 } else { IN_FLIGHT - 1 };
        while under_way.len() > room {
            note(&mut judge, under_way.next().await)?;
        }
        under_way.push(send(client, item));
    }
    while !under_way.is_empty() {
        note(&mut judge, under_way.next().await)?;
    }
    Ok(judge)
}

async fn send(client: &Client, item: Item) -> Result<(Item, Answer), CliError> {
    let caller = Caller::new(&item.office, item.role.name()).map_err(CliError::of)?;
    let answer = client
        .issue(&caller, &item.request, false, &CancellationToken::new())
        .await
        .map_err(CliError::of)?;
    Ok((item, answer))
}

fn note(judge: &mut Judge, answered: Option<Result<(Item, Answer), CliError>>) -> Result<(), CliError> {
    if let Some((item, answer)) = answered.transpose()? {
        judge.note(&item, answer);
    }
    Ok(())
}

fn print_table(judge: &Judge) {
    let heads = ["sent", "numbers", "replayed", "review", "refused", "unexpected"];
    println!(
        "{:<18}{}",
        "what was sent",
        heads.map(|head| format!("{head:>11}")).concat()
    );
    for (sort, tally) in judge.tallies() {
        let cells = [
            tally.sent,
            tally.numbers,
            tally.replayed,
            tally.reviews,
            tally.refused,
            tally.surprises,
        ];
        println!("{sort:<18}{}", cells.map(|cell| format!("{cell:>11}")).concat());
    }
    let (numbers, reviews, rejected) = judge.children();
    println!("\nChildren: {numbers} with a number, {reviews} under review, {rejected} not eligible.");
    let (caught, doubles) = judge.doubles();
    println!("Children entered twice: {doubles}; second entries stopped: {caught}.");
}

async fn stay(address: &str) {
    let authority = address.trim_start_matches("http://");
    println!("\nStill serving at {address}. Try, in another terminal:\n");
    println!(
        "grpcurl -plaintext -H 'x-dinhdanh-office: HN-00001' -d '{{\"request_id\":\"{}\",\"registration\":{{\
         \"ref\":{{\"office_code\":\"HN-00001\",\"register\":\"REGISTER_BIRTH\",\"book_year\":2026,\"entry_number\":\"99001\"}},\
         \"kind\":\"REGISTRATION_KIND_ON_TIME\",\"registered_on\":{{\"year\":2026,\"month\":11,\"day\":20}},\
         \"place_code\":\"001\",\"child\":{{\"full_name\":\"Nguyễn Thị Hòa\",\
         \"date_of_birth\":{{\"year\":2026,\"month\":11,\"day\":1}},\"sex\":\"SEX_FEMALE\",\"nationalities\":[\"VN\"]}},\
         \"mother\":{{\"full_name\":\"Trần Thị Mai\",\"date_of_birth\":{{\"year\":1995,\"month\":3,\"day\":4}}}}}}}}' \
         {authority} dinhdanh.v1.IssuanceService/IssueNumber",
        random::uuid_v4()
    );
    println!("\nCtrl-C stops the service.");
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::warn!(%error, "cannot wait for Ctrl-C");
    }
}
