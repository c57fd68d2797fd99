//! A wire to a server that can be made slow, made to hold back what the server answers, or cut.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The wire. Cut when dropped.
pub struct Proxy {
    port: u16,
    server: Arc<AtomicU16>,
    answers: Arc<watch::Sender<Answers>>,
    connections: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
    /// Pieces of answers that were passed on.
    passed: Arc<AtomicUsize>,
    cuts: Arc<watch::Sender<()>>,
    listening: JoinHandle<()>,
}

/// What becomes of the server's answers.
#[derive(Clone, Copy, PartialEq)]
enum Answers {
    /// Each piece is passed on after so long.
    After(Duration),
    /// They are held back.
    Held,
}

impl Proxy {
    /// A wire to a port of loopback.
    pub async fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let answers = Arc::new(watch::Sender::new(Answers::After(Duration::ZERO)));
        let told = Arc::clone(&answers);
        let connections = Arc::<AtomicUsize>::default();
        let count = Arc::clone(&connections);
        let open = Arc::<AtomicUsize>::default();
        let now = Arc::clone(&open);
        let leads_to = Arc::new(AtomicU16::new(server));
        let server = Arc::clone(&leads_to);
        let passed = Arc::<AtomicUsize>::default();
        let pieces = Arc::clone(&passed);
        let cuts = Arc::new(watch::Sender::new(()));
        let cut = Arc::clone(&cuts);
        let listening = tokio::spawn(async move {
            let mut wires = tokio::task::JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                let port = leads_to.load(Ordering::Relaxed);
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else {
                    continue;
                };
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                now.fetch_add(1, Ordering::Relaxed);
                let now = Arc::clone(&now);
                let (mut cut_there, mut cut_back) = (cut.subscribe(), cut.subscribe());
                wires.spawn(async move {
                    tokio::select! {
                        () = pass(from_client, to_server, None) => {}
                        _ = cut_there.changed() => {}
                    }
                    now.fetch_sub(1, Ordering::Relaxed);
                });
                let answers = Some((told.subscribe(), Arc::clone(&pieces)));
                wires.spawn(async move {
                    tokio::select! {
                        () = pass(from_server, to_client, answers) => {}
                        _ = cut_back.changed() => {}
                    }
                });
            }
        });
        Self {
            port,
            server,
            answers,
            connections,
            open,
            passed,
            cuts,
            listening,
        }
    }

    /// Where to connect instead of to the server.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where to connect instead of to a Redis.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// How often somebody has connected.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// How many clients have not closed their connections.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// How many pieces of answers were passed on.
    pub fn passed(&self) -> usize {
        self.passed.load(Ordering::Relaxed)
    }

    /// Cuts all connections; others may be made.
    pub fn cut(&self) {
        self.cuts.send_replace(());
    }

    /// Leads connections made from now on to another port.
    pub fn lead_to(&self, server: u16) {
        self.server.store(server, Ordering::Relaxed);
    }

    /// Passes on each piece of an answer after so long.
    pub fn slow(&self, delay: Duration) {
        self.answers.send_replace(Answers::After(delay));
    }

    /// Holds back all answers until [`Proxy::slow`] is called.
    pub fn hold(&self) {
        self.answers.send_replace(Answers::Held);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Where it is told what becomes of answers, and where those passed on are counted.
type Passing = (watch::Receiver<Answers>, Arc<AtomicUsize>);

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut passing: Option<Passing>) {
    let mut piece = vec![0; 65536];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        if let Some((answers, passed)) = &mut passing {
            let told = answers
                .wait_for(|answers| *answers != Answers::Held)
                .await
                .map(|told| *told);
            if let Ok(Answers::After(delay)) = told {
                tokio::time::sleep(delay).await;
            }
            passed.fetch_add(1, Ordering::Relaxed);
        }
        if to.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
}
