//! Connections on which no hands are shaken.

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use tonic_types::StatusExt;

use super::site::{Site, asks, is_known};
use crate::support::office::Office;

#[tokio::test]
async fn whoever_says_nothing_is_cut_off_and_holds_up_nobody() {
    let site = Site::new();
    let server = site.launch().set("CONNECTIONS_OPENING", "2s").start();
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(TcpStream::connect(server.address()).await.unwrap());
    }
    // They were accepted first.
    assert!(is_known(&asks(&site.caller(&server, "registrar-26734").await).await));
    for mut stream in silent {
        assert_eq!(stream.read(&mut [0; 1]).await.unwrap_or_default(), 0);
    }
    server.stop().await;
}

#[tokio::test]
async fn whoever_speaks_in_the_clear_is_not_answered_in_the_clear() {
    let site = Site::new();
    let server = site.launch().start();
    let plain = Office::nameless(server.connect().await);
    let told = asks(&plain).await;
    assert!(told.get_error_details().error_info().is_none(), "{told:?}");
    assert!(is_known(&asks(&site.caller(&server, "registrar-26734").await).await));
    server.stop().await;
}
