//! Faults of a server and of the machine it runs on.

use std::fs::File;
use std::io::Write;

use rand::RngExt;

use super::faults::{Fault, Kind};
use super::ground::House;
use super::round::Round;
use crate::support::small_disk::SmallDisk;

/// How far a clock jumps, in seconds. Not further back than what callers say of the last hour, which would be refused as
/// lying ahead, and not so far ahead that a day ends more than once.
const BACK: i64 = -20 * 60;
const AHEAD: i64 = 40 * 60;

impl Round {
    pub(super) async fn of_machine(&mut self, fault: &Fault) -> String {
        let server = fault.one_of(self.ground.servers());
        let mut random = fault.random();
        match fault.kind {
            Kind::ServerStopped => {
                self.ground.server(server).signal("STOP");
                tokio::time::sleep(fault.lasts).await;
                self.ground.server(server).signal("CONT");
            }
            Kind::ServerEnded => {
                self.ground.server(server).signal("TERM");
                let ended = self.ground.server(server).ended().await;
                assert!(ended.success(), "{}", self.ground.server(server).said());
                self.ground.restart(server);
            }
            Kind::AllServersKilled => {
                let all = 0..self.ground.servers();
                all.clone().for_each(|server| self.ground.server(server).kill());
                all.for_each(|server| self.ground.restart(server));
            }
            Kind::PowerCut => {
                self.ground.server(server).kill();
                let told = self.ground.machines[server].loses_power(&mut random);
                self.ground.restart(server);
                return told;
            }
            Kind::ClockJumped => {
                let ahead = random.random_range(BACK..AHEAD);
                self.ground.machines[server].set_clock(ahead);
                return format!("now {ahead} s ahead");
            }
            Kind::DiskFull => return self.disk_is_full(fault).await,
            _ => {
                self.ground.server(server).kill();
                self.ground.restart(server);
            }
        }
        String::new()
    }

    /// The disk has no room for some time. The server may end at that, if it cannot tell what was done.
    async fn disk_is_full(&mut self, fault: &Fault) -> String {
        let House::One(one) = &mut self.ground.house else {
            panic!("no server here has a disk of its own");
        };
        let ballast = one.disk.as_ref().map(SmallDisk::outside).expect("a disk");
        let ballast = ballast.join("ballast");
        let mut file = File::create(&ballast).unwrap();
        // Until nothing more goes in, not even a little.
        for piece in [vec![0; 1 << 20], vec![0; 1 << 12]] {
            while file.write_all(&piece).is_ok() {}
        }
        tokio::time::sleep(fault.lasts).await;
        std::fs::remove_file(&ballast).unwrap();
        if one.server.has_ended() {
            let said = one.server.said();
            assert!(said.contains("is unknown"), "the server ended without a reason: {said}");
            self.ground.restart(0);
            return "the server had ended".to_owned();
        }
        String::new()
    }

    pub(super) async fn everything_is_killed(&mut self) {
        for server in 0..self.ground.servers() {
            self.ground.server(server).kill();
        }
        self.ground.several().are_killed().await;
        for server in 0..self.ground.servers() {
            self.ground.restart(server);
        }
    }
}
