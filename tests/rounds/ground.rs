//! What faults befall: one server on its own data folder, or several over one database and one Redis; each server on a
//! machine that can break, and behind a wire.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use tonic::transport::Channel;

use super::faults::{Kind, OF_ONE, OF_SEVERAL};
use super::machine::Machine;
use crate::support::postgres::Postgres;
use crate::support::proxy::Proxy;
use crate::support::redis::free_port;
use crate::support::server::{BINARY, Launch, Server};
use crate::support::site::{Plan, Site, channels};
use crate::support::small_disk::SmallDisk;

/// The size of a disk that can be full, in KiB.
const DISK: u32 = 600_000;

/// Which ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// One server, on the disk of the test.
    One,
    /// One server, on a disk of its own in memory.
    OneOnSmallDisk,
    /// So many servers over one database, its standby, and one Redis.
    Several(usize),
}

/// The ground.
pub struct Ground {
    pub machines: Vec<Machine>,
    /// The wire from callers to each server.
    pub lines: Vec<Proxy>,
    pub house: House,
}

/// What lies behind the wires.
pub enum House {
    One(Box<One>),
    Several(Box<Several>),
}

/// A server on its data folder.
pub struct One {
    pub server: Server,
    pub disk: Option<SmallDisk>,
    /// The data folder, as the server sees it. Its anchor is beside it.
    data: PathBuf,
    folder: TempDir,
    port: u16,
}

/// Servers that share a database and a Redis.
pub struct Several {
    pub site: Site,
    pub standby: Option<Postgres>,
    /// The wires from the servers to the database and to Redis.
    pub to_database: Proxy,
    pub to_redis: Proxy,
}

/// Where the store is found when all is over.
pub enum Store {
    Folder(PathBuf),
    Database(String),
}

impl Ground {
    pub async fn laid(lie: Lie) -> Self {
        let (machines, house) = match lie {
            Lie::Several(servers) => Several::start(servers).await,
            Lie::One => One::start(None),
            Lie::OneOnSmallDisk => One::start(SmallDisk::of(DISK)),
        };
        let mut ground = Self {
            machines,
            lines: Vec::new(),
            house,
        };
        for server in 0..ground.servers() {
            let port = ground.server(server).address().port();
            ground.lines.push(Proxy::to(port).await);
        }
        ground
    }

    /// The kinds of faults that can befall it.
    pub fn kinds(&self) -> Vec<Kind> {
        match &self.house {
            House::Several(_) => OF_SEVERAL.to_vec(),
            House::One(one) => OF_ONE
                .iter()
                .copied()
                .filter(|kind| *kind != Kind::DiskFull || one.disk.is_some())
                .collect(),
        }
    }

    pub fn servers(&self) -> usize {
        self.machines.len()
    }

    pub fn server(&mut self, server: usize) -> &mut Server {
        match &mut self.house {
            House::One(one) => &mut one.server,
            House::Several(several) => &mut several.site.servers[server],
        }
    }

    /// The database, Redis and what belongs to them.
    pub fn several(&mut self) -> &mut Several {
        match &mut self.house {
            House::One(_) => panic!("there is no database here"),
            House::Several(several) => several,
        }
    }

    /// Starts a server that has ended, on the same port.
    pub fn restart(&mut self, server: usize) {
        match &mut self.house {
            House::One(one) => one.server = one.launch(&self.machines[0]).start(),
            House::Several(several) => several.site.restart(server),
        }
    }

    /// The addresses at which callers reach the servers.
    pub fn urls(&self) -> Vec<String> {
        self.lines
            .iter()
            .map(|line| format!("http://127.0.0.1:{}", line.port()))
            .collect()
    }

    /// A connection to each server, made when it is needed and made again when it broke.
    pub fn channels(&self) -> Vec<Channel> {
        channels(self.urls())
    }

    /// Where the store is. One on a disk of its own is brought to where everybody sees it; the server then serves from there,
    /// on a machine that no longer breaks.
    pub async fn store(&mut self) -> Store {
        match &mut self.house {
            House::Several(several) => Store::Database(several.site.url().to_owned()),
            House::One(one) => {
                one.server.signal("TERM");
                assert!(one.server.ended().await.success(), "{}", one.server.said());
                let data = one.brought_out();
                one.server = Launch::on(&data).start();
                self.lines[0].lead_to(one.server.address().port());
                Store::Folder(data)
            }
        }
    }

    /// Ends all servers.
    pub async fn end_servers(&mut self) {
        for server in 0..self.servers() {
            let server = self.server(server);
            server.signal("TERM");
            assert!(server.ended().await.success(), "{}", server.said());
            assert!(!server.said().contains("panicked"), "{}", server.said());
        }
    }

    /// Runs `verify` on the store, with further arguments.
    pub fn verify(&self, store: &Store, arguments: &[&str]) {
        let said = match (&self.house, store) {
            (House::Several(several), _) => several.site.says("verify", arguments),
            (House::One(_), Store::Database(_)) => panic!("one server has no database"),
            (House::One(_), Store::Folder(data)) => {
                let mut command = Command::new(BINARY);
                let output = command.arg("verify").arg("--data").arg(data).args(arguments).output();
                let output = output.unwrap();
                String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
            }
        };
        assert!(said.contains("Everything holds"), "verify found: {said}");
    }
}

impl One {
    fn start(disk: Option<SmallDisk>) -> (Vec<Machine>, House) {
        let folder = crate::support::redis::folder();
        let place = disk.as_ref().map_or(folder.path(), SmallDisk::path).to_owned();
        let (data, anchor) = (place.join("data"), place.join("data-anchor"));
        let mut machine = Machine::new(vec![data.clone(), anchor]);
        if let Some(disk) = &disk {
            let beneath = disk.outside();
            let root = beneath.ancestors().nth(place.iter().count() - 1).unwrap();
            machine = machine.seen_beneath(root.to_owned());
        }
        let port = free_port();
        let server = launch(&machine, &data, port, disk.as_ref()).start();
        let one = Self {
            server,
            disk,
            data,
            folder,
            port,
        };
        (vec![machine], House::One(Box::new(one)))
    }

    fn launch(&self, machine: &Machine) -> Launch {
        launch(machine, &self.data, self.port, self.disk.as_ref())
    }

    fn brought_out(&self) -> PathBuf {
        let Some(disk) = &self.disk else {
            return self.data.clone();
        };
        let out = self.folder.path().join("out");
        let mut copy = Command::new("cp");
        assert!(copy.arg("-a").arg(disk.outside()).arg(&out).status().unwrap().success());
        out.join("data")
    }
}

fn launch(machine: &Machine, data: &Path, port: u16, disk: Option<&SmallDisk>) -> Launch {
    let [listen, metrics] = [port, free_port()].map(|port| format!("127.0.0.1:{port}"));
    let mut words = disk.map_or(Vec::new(), |disk| disk.within().to_vec());
    words.extend(machine.words());
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let launch = Launch::on(data).saying(&["serve", "--dev", "--listen", &listen, "--metrics", &metrics]);
    launch.under(&words)
}

impl Several {
    async fn start(servers: usize) -> (Vec<Machine>, House) {
        let plan = Plan::of(servers).await;
        let machines: Vec<Machine> = (0..servers).map(|_| Machine::new(vec![plan.anchors()])).collect();
        let to_database = Proxy::to(plan.postgres().port()).await;
        let to_redis = Proxy::to(plan.redis().port()).await;
        let standby = plan.postgres().standby().await;
        let plan = plan
            .postgres_at(to_database.port())
            .redis_at(to_redis.url())
            .with("DINHDANH_STORE_STANDBY_REQUIRED", "true")
            .under(machines.iter().map(Machine::words).collect());
        let several = Self {
            site: plan.start().await,
            standby: Some(standby),
            to_database,
            to_redis,
        };
        (machines, House::Several(Box::new(several)))
    }
}
