//! A round: everybody at work on a ground, one fault after another, and then the reckoning.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dinhdanh::proto::v1;
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::auditor::{Counted, audit};
use super::crowd::Crowd;
use super::faults::{Fault, Kind};
use super::ground::{Ground, Store};
use super::offices::{Files, ids};
use crate::faults::watch::Watch;
use crate::support::calls::Call;
use crate::support::dealings::Dealings;
use crate::support::desk::Desk;
use crate::support::ledger;
use crate::support::record::Record;
use crate::support::until;

/// Those who act on the numbers given.
const WORKERS: usize = 12;
/// Births answered after a fault before there is another.
const AGAIN: u64 = 20;

/// A round under way.
pub struct Round {
    pub ground: Ground,
    pub files: Files,
    pub watch: Watch,
    record: Arc<Record>,
    crowd: Arc<Crowd>,
    callers: JoinSet<()>,
    dealings: Arc<Dealings>,
    workers: JoinSet<()>,
    /// How many requests there are to be for each fault.
    between: u64,
    faults: u64,
    folder: TempDir,
}

impl Round {
    pub async fn begin(ground: Ground, seed: u64, between: u64) -> Self {
        let folder = crate::support::redis::folder();
        let record = Arc::new(Record::new(&folder.path().join("record")));
        let channels = ground.channels();
        let crowd = Crowd::new(&record, channels.clone());
        let (dealings, workers) = Dealings::recorded(&crowd.load, &channels, WORKERS, Some(Arc::clone(&record)));
        let round = Self {
            files: Files::start(ground.urls().remove(0), seed),
            watch: Watch::start(ground.urls()),
            callers: crowd.start(seed),
            ground,
            record,
            crowd,
            dealings,
            workers,
            between,
            faults: 0,
            folder,
        };
        round.crowd.may_send(2 * between);
        round
    }

    /// Lets a fault happen, and waits until requests are answered again. Tells what there is to tell of it.
    pub async fn suffers(&mut self, fault: &Fault) -> String {
        let began = Instant::now();
        let mut told = self.befalls(fault).await;
        if !told.is_empty() {
            told.insert_str(0, ": ");
        }
        self.faults += 1;
        // Those who act on the numbers may have sent much meanwhile.
        let all = self.faults.max(self.record.sendings() / self.between);
        self.crowd.may_send((all + 2) * self.between);
        let enough = self.crowd.answers() + AGAIN.min(self.between / 4);
        until("births are answered again", async || {
            self.nobody_fell();
            (self.crowd.answers() >= enough).then_some(())
        })
        .await;
        told += &format!(", answered again after {} ms", began.elapsed().as_millis());
        until("enough requests were sent", async || {
            self.nobody_fell();
            (self.record.sendings() >= self.faults * self.between).then_some(())
        })
        .await;
        self.sees_a_checkpoint().await;
        told
    }

    async fn befalls(&mut self, fault: &Fault) -> String {
        let lasts = fault.lasts;
        match fault.kind {
            Kind::ServerKilled
            | Kind::ServerStopped
            | Kind::ServerEnded
            | Kind::AllServersKilled
            | Kind::PowerCut
            | Kind::ClockJumped
            | Kind::DiskFull => return self.of_machine(fault).await,
            Kind::LineCut => self.line(fault).cut(),
            Kind::LineSlow => {
                self.line(fault).slow(lasts / 20);
                tokio::time::sleep(lasts).await;
                self.line(fault).slow(Duration::ZERO);
            }
            Kind::LineHeld => {
                self.line(fault).hold();
                tokio::time::sleep(lasts).await;
                self.line(fault).slow(Duration::ZERO);
            }
            Kind::OfficeKilled => self.files.is_killed().await,
            Kind::OfficeStopped => {
                self.files.signal("STOP");
                tokio::time::sleep(lasts).await;
                self.files.signal("CONT");
            }
            Kind::FollowerKilled => self.watch.is_killed_and_started_again().await,
            Kind::EverythingKilled => self.everything_is_killed().await,
            _ => self.ground.several().suffers(fault).await,
        }
        String::new()
    }

    fn line(&self, fault: &Fault) -> &crate::support::proxy::Proxy {
        &self.ground.lines[fault.one_of(self.ground.lines.len())]
    }

    /// Fails as soon as one of those at work has.
    fn nobody_fell(&mut self) {
        for tasks in [&mut self.callers, &mut self.workers] {
            if let Some(ended) = tasks.try_join_next() {
                ended.unwrap();
            }
        }
    }

    /// Asks for a checkpoint, of which every later ledger must be a continuation.
    async fn sees_a_checkpoint(&self) {
        for channel in self.ground.channels() {
            let auditor = Desk::new(channel, "TTR", "AUDITOR");
            if let Ok(answer) = (v1::GetCheckpointRequest {}).sent_by(&auditor).await {
                self.record.seen(&answer.note);
            }
        }
    }

    /// Ends the work once all that is done was done at least once, and holds everything against the store.
    pub async fn end(mut self) -> Counted {
        until("every story was told", async || {
            self.nobody_fell();
            self.crowd.may_send(self.record.sendings() + 500);
            self.dealings.all_told().then_some(())
        })
        .await;
        self.crowd.stop();
        self.callers.join_all().await;
        self.dealings.stop();
        self.workers.join_all().await;
        let journals = self.files.end().await;
        self.crowd.finish().await;
        let store = self.ground.store().await;
        let entries = match &store {
            Store::Folder(data) => ledger::entries(data).await,
            Store::Database(_) => self.ground.several().site.entries().await,
        };
        self.watch.end(&entries).await;
        self.ground.end_servers().await;
        let counted = audit(self.record.file(), &journals, &store).unwrap_or_else(|found| panic!("{found}"));
        for id in journals.iter().flat_map(|journal| ids(journal)) {
            self.crowd.load.is_of_another_book(&id);
        }
        (self.crowd.load).compare_with(&entries, |arguments| self.ground.verify(&store, arguments));
        self.dealings.compare_with(&entries);
        drop(self.folder);
        counted
    }
}
