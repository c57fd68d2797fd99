//! Faults of the database, of its standby and of Redis, and of the wires to them.

use super::faults::{Fault, Kind};
use super::ground::Several;
use crate::support::redis::Redis;

/// Ends every session but the one that says so.
const END_SESSIONS: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                            WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";

impl Several {
    pub(super) async fn suffers(&mut self, fault: &Fault) {
        let lasts = fault.lasts;
        match fault.kind {
            Kind::RedisKilled => {
                self.redis().forget();
                self.redis().kill();
                tokio::time::sleep(lasts).await;
                self.redis().restart();
            }
            Kind::RedisFromSnapshot => {
                self.redis().snapshot();
                tokio::time::sleep(lasts).await;
                self.redis().kill();
                self.redis().restart();
            }
            Kind::RedisStopped => {
                self.redis().signal("STOP");
                tokio::time::sleep(lasts).await;
                self.redis().signal("CONT");
            }
            Kind::RedisEmptied => drop(self.redis().cli(&["FLUSHALL"])),
            Kind::RedisScriptsLost => drop(self.redis().cli(&["SCRIPT", "FLUSH"])),
            Kind::RedisLineCut => self.to_redis.cut(),
            Kind::RedisLineSlow => {
                self.to_redis.slow(lasts / 4);
                tokio::time::sleep(lasts).await;
                self.to_redis.slow(std::time::Duration::ZERO);
            }
            _ => self.database_suffers(fault).await,
        }
    }

    async fn database_suffers(&mut self, fault: &Fault) {
        let lasts = fault.lasts;
        match fault.kind {
            Kind::DatabaseKilled => {
                self.site.postgres.kill().await;
                tokio::time::sleep(lasts / 4).await;
                self.site.postgres.restart().await;
            }
            Kind::DatabaseRestarted => {
                self.site.postgres.stop().await;
                self.site.postgres.restart().await;
            }
            Kind::DatabaseStopped => {
                self.site.postgres.signal("STOP");
                tokio::time::sleep(lasts).await;
                self.site.postgres.signal("CONT");
            }
            Kind::DatabaseSessionsEnded => self.site.postgres.run(END_SESSIONS).await,
            Kind::DatabaseLineCut => self.to_database.cut(),
            Kind::DatabaseLineSlow => {
                self.to_database.slow(lasts / 30);
                tokio::time::sleep(lasts).await;
                self.to_database.slow(std::time::Duration::ZERO);
            }
            Kind::DatabaseLineHeld => {
                self.to_database.hold();
                tokio::time::sleep(lasts).await;
                self.to_database.slow(std::time::Duration::ZERO);
            }
            Kind::StandbyStopped => {
                self.standby().signal("STOP");
                tokio::time::sleep(lasts).await;
                self.standby().signal("CONT");
            }
            Kind::StandbyPromoted => self.standby_takes_over().await,
            other => panic!("{other:?} does not befall a database"),
        }
    }

    /// The primary is gone for ever, and its standby, which has every commit that was answered, takes its place.
    async fn standby_takes_over(&mut self) {
        self.site.postgres.kill().await;
        let standby = self.standby.take().expect("a standby");
        standby.promote().await;
        self.to_database.lead_to(standby.port());
        self.standby = Some(standby.standby().await);
        self.site.postgres = standby;
    }

    /// Database and Redis are killed, and started again; Redis comes back empty.
    pub(super) async fn are_killed(&mut self) {
        self.redis().forget();
        self.redis().kill();
        self.site.postgres.kill().await;
        self.site.postgres.restart().await;
        self.redis().restart();
    }

    fn redis(&mut self) -> &mut Redis {
        self.site.redis.as_mut().expect("a site with Redis")
    }

    fn standby(&self) -> &crate::support::postgres::Postgres {
        self.standby.as_ref().expect("a standby")
    }
}
