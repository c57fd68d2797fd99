//! An entry of the register, damaged so that it has two numbers.

use std::process::Command;

use dinhdanh::proto::v1;

use super::sample::{run, unguarded};
use crate::support::births::{birth, child, request};
use crate::support::calls::{approve, reissue};
use crate::support::desk::Desk;
use crate::support::ledger;
use crate::support::server::{BINARY, Server};

#[tokio::test]
async fn a_place_of_the_register_with_two_numbers_is_told() {
    const OFFICE: &str = "26734";
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let channel = server.connect().await;
    let commune = Desk::new(channel.clone(), OFFICE, "REGISTRAR");
    let authority = Desk::new(channel, "C06", "POPULATION_AUTHORITY");
    let number = commune.number(request(OFFICE, 1)).await;
    commune.number(request(OFFICE, 2)).await;
    let mut corrected = birth(OFFICE, 1);
    child(&mut corrected).sex = v1::Sex::Male.into();
    corrected.r#ref = birth(OFFICE, 3).r#ref;
    let case = commune.does(reissue(&number, corrected)).await.case.unwrap();
    authority.does(approve(&case)).await;
    drop((commune, authority));
    server.stop().await;
    ledger::verify(folder.path(), &[]);

    // As if the other child (3) were entered where the corrected registration (4) is.
    let mut connection = unguarded(folder.path()).await;
    run(
        &mut connection,
        "UPDATE strict_keys SET decision = 3 WHERE decision = 4",
    )
    .await;
    drop(connection);
    let checked = Command::new(BINARY)
        .arg("verify")
        .arg("--data")
        .arg(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&checked.stdout);
    assert_eq!(checked.status.code(), Some(1), "{said}");
    assert!(said.contains("its reference is that of another registration"), "{said}");
}
