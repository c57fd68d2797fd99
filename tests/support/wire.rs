//! A wire to a server on loopback that can be stopped, as if who is at this end had been, and cut.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The wire. Cut when dropped.
pub struct Wire {
    port: u16,
    state: Arc<watch::Sender<State>>,
    listening: JoinHandle<()>,
}

#[derive(Clone, Copy, Default)]
struct State {
    /// Whether the server's answers are held back.
    held: bool,
    /// How often the wire was cut.
    cuts: u32,
}

impl Wire {
    /// A wire to a port of loopback.
    pub async fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(watch::Sender::new(State::default()));
        let told = Arc::clone(&state);
        let listening = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)).await else {
                    continue;
                };
                tokio::spawn(connection(client, server, told.subscribe()));
            }
        });
        Self { port, state, listening }
    }

    /// The port to connect to instead of the server's.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Holds the server's answers back.
    pub fn hold(&self) {
        self.state.send_modify(|state| state.held = true);
    }

    /// Closes all connections, at both ends. New ones are passed on, and held answers no longer held.
    pub fn cut(&self) {
        self.state.send_modify(|state| {
            *state = State {
                held: false,
                cuts: state.cuts + 1,
            }
        });
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.cut();
        self.listening.abort();
    }
}

async fn connection(client: TcpStream, server: TcpStream, mut state: watch::Receiver<State>) {
    let cuts = state.borrow().cuts;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let held = state.clone();
    tokio::select! {
        // First: what was held back is not to slip out when the wire is cut.
        biased;
        _ = state.wait_for(|state| state.cuts != cuts) => {}
        () = pass(from_client, to_server, None) => {}
        () = pass(from_server, to_client, Some((held, cuts))) => {}
    }
}

/// Passes on what comes, each piece once it is not held; nothing once the wire was cut more often than so.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut held: Option<(watch::Receiver<State>, u32)>) {
    let mut piece = vec![0; 65536];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        if let Some((state, cuts)) = &mut held {
            // An error means that the wire is gone. The cut may come while this runs: it lets nothing out.
            let cut = state
                .wait_for(|state| !state.held)
                .await
                .map(|state| state.cuts != *cuts);
            if cut.unwrap_or(true) {
                return;
            }
        }
        if to.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
}
