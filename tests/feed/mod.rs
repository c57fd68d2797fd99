//! The feed, by its call: what each reader sees, from where it asks, while the ledger grows; and by the
//! command that follows it.

mod command;

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::coordination_service_client::CoordinationServiceClient;
use dinhdanh::proto::v1::feed_service_client::FeedServiceClient;
use dinhdanh::proto::v1::read_events_response::Item;
use tonic::transport::Channel;
use tonic::{Code, Status, Streaming};

use crate::support::births::{id, request};
use crate::support::office::Office;
use crate::support::server::Server;
use crate::support::told::told;

const COMMUNE: &str = "26734";
const OTHER: &str = "26800";

/// A server with three births in its ledger, at positions 2 to 4: of one commune, of another, and of the first again.
struct Scene {
    folder: tempfile::TempDir,
    server: Server,
    channel: Channel,
    numbers: Vec<String>,
}

impl Scene {
    async fn set() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(folder.path());
        let channel = server.connect().await;
        let mut numbers = Vec::new();
        for (office, n) in [(COMMUNE, 1), (OTHER, 2), (COMMUNE, 3)] {
            numbers.push(Office::new(channel.clone(), office).number(request(office, n)).await);
        }
        Self {
            folder,
            server,
            channel,
            numbers,
        }
    }

    fn caller(&self, code: &str, role: &str) -> Office {
        Office::new(self.channel.clone(), code).role(role)
    }

    async fn read(
        &self,
        caller: &Office,
        asked: v1::ReadEventsRequest,
    ) -> Result<Streaming<v1::ReadEventsResponse>, Status> {
        let mut client = FeedServiceClient::new(self.channel.clone());
        Ok(client.read_events(caller.sends(asked)).await?.into_inner())
    }

    /// Everything there is to see after a position, and where the reading ended.
    async fn all(&self, caller: &Office, after_position: i64, kinds: Vec<v1::EventKind>) -> (Vec<v1::Event>, i64) {
        let asked = v1::ReadEventsRequest {
            after_position,
            kinds: kinds.into_iter().map(i32::from).collect(),
            follow: false,
        };
        let mut stream = self.read(caller, asked).await.unwrap();
        let (mut events, mut reached) = (Vec::new(), after_position);
        while let Some(answer) = stream.message().await.unwrap() {
            match answer.item.unwrap() {
                Item::Event(event) => events.push(*event),
                Item::Progress(position) => reached = position,
            }
        }
        (events, reached)
    }

    async fn confirm(&self, number: &str, n: u64) {
        let mut client = CoordinationServiceClient::new(self.channel.clone());
        let message = v1::ConfirmNumberRequest {
            request_id: id(n),
            number: number.to_owned(),
        };
        let authority = self.caller("c06", "POPULATION_AUTHORITY");
        client.confirm_number(authority.sends(message)).await.unwrap();
    }
}

fn seen(events: &[v1::Event]) -> Vec<(i64, v1::EventKind, &str)> {
    events
        .iter()
        .map(|event| (event.position, event.kind(), event.number.as_str()))
        .collect()
}

#[tokio::test]
async fn each_reader_sees_what_concerns_it_and_no_more() {
    use v1::EventKind::{Confirmed, Issued};
    let scene = Scene::set().await;
    let [first, second, third] = [0, 1, 2].map(|index| scene.numbers[index].as_str());
    scene.confirm(second, 100).await;
    let everything = [
        (2, Issued, first),
        (3, Issued, second),
        (4, Issued, third),
        (5, Confirmed, second),
    ];

    let (events, reached) = scene
        .all(&scene.caller("c06", "POPULATION_AUTHORITY"), 0, Vec::new())
        .await;
    assert_eq!((seen(&events).as_slice(), reached), (everything.as_slice(), 5));
    assert!(events.iter().all(|event| event.r#ref.is_some() && event.at.is_some()));
    assert!(events.iter().all(|event| {
        let facts = event.facts.as_ref().unwrap();
        facts.full_name.is_some() && facts.mother.is_none() && facts.father.is_none()
    }));

    let (events, reached) = scene.all(&scene.caller(COMMUNE, "REGISTRAR"), 0, Vec::new()).await;
    assert_eq!(
        (seen(&events), reached),
        (vec![(2, Issued, first), (4, Issued, third)], 5)
    );
    let (events, _) = scene.all(&scene.caller(OTHER, "REGISTRAR"), 0, Vec::new()).await;
    assert_eq!(seen(&events), [(3, Issued, second), (5, Confirmed, second)]);

    let (events, _) = scene.all(&scene.caller("bhxh", "SUBSCRIBER"), 0, Vec::new()).await;
    assert_eq!(seen(&events), everything);
    assert!(
        events
            .iter()
            .all(|event| event.facts.is_none() && event.r#ref.is_none() && event.case_id.is_empty())
    );
    scene.server.stop().await;
}

#[tokio::test]
async fn a_reader_goes_on_from_any_position_and_asks_for_the_kinds_it_wants() {
    use v1::EventKind::{Confirmed, Issued};
    let scene = Scene::set().await;
    scene.confirm(&scene.numbers[0], 100).await;
    let authority = scene.caller("c06", "POPULATION_AUTHORITY");
    let (all, _) = scene.all(&authority, 0, Vec::new()).await;
    for after in 0..=5 {
        let (events, reached) = scene.all(&authority, after, Vec::new()).await;
        let later: Vec<_> = all.iter().filter(|event| event.position > after).cloned().collect();
        assert_eq!((seen(&events), reached), (seen(&later), 5));
    }
    let (events, _) = scene.all(&authority, 0, vec![Confirmed]).await;
    assert_eq!(seen(&events), [(5, Confirmed, scene.numbers[0].as_str())]);
    let (events, reached) = scene.all(&authority, 0, vec![v1::EventKind::Revoked]).await;
    assert_eq!((events.len(), reached), (0, 5));
    let (events, _) = scene.all(&authority, 0, vec![Issued, Confirmed]).await;
    assert_eq!(events.len(), 4);
    scene.server.stop().await;
}

#[tokio::test]
async fn a_reader_that_follows_is_told_of_what_happens_next_and_of_nothing_twice() {
    let scene = Scene::set().await;
    let authority = scene.caller("c06", "POPULATION_AUTHORITY");
    let follow = |after_position| v1::ReadEventsRequest {
        after_position,
        kinds: Vec::new(),
        follow: true,
    };
    let office = Office::new(scene.channel.clone(), COMMUNE);
    let mut cursor = 4;
    for round in 0..3 {
        // Each time another connection, from where the last one ended.
        let mut stream = scene.read(&authority, follow(cursor)).await.unwrap();
        for n in 0..5 {
            let number = office.number(request(COMMUNE, 10 + round * 5 + n)).await;
            let event = loop {
                match stream.message().await.unwrap().unwrap().item.unwrap() {
                    Item::Event(event) => break event,
                    Item::Progress(position) => assert!(position >= cursor),
                }
            };
            assert_eq!((event.position, event.number.as_str()), (cursor + 1, number.as_str()));
            cursor = event.position;
        }
    }
    scene.server.stop().await;
}

#[tokio::test]
async fn a_place_that_is_none_and_a_role_that_may_not_are_refused() {
    let scene = Scene::set().await;
    let authority = scene.caller("c06", "POPULATION_AUTHORITY");
    let asked = |after_position| v1::ReadEventsRequest {
        after_position,
        kinds: Vec::new(),
        follow: true,
    };
    let refused = scene.read(&authority, asked(5)).await.unwrap_err();
    assert_eq!(told(&refused).what(), (Code::OutOfRange, "CURSOR_AHEAD"));
    let refused = scene.read(&authority, asked(-1)).await.unwrap_err();
    assert_eq!(told(&refused).fields(), ["after_position"]);
    let unknown = v1::ReadEventsRequest {
        kinds: vec![99],
        ..asked(0)
    };
    let refused = scene.read(&authority, unknown).await.unwrap_err();
    assert_eq!(told(&refused).fields(), ["kinds"]);
    for role in ["AUDITOR", "OPERATOR"] {
        let refused = scene.read(&scene.caller("x", role), asked(0)).await.unwrap_err();
        assert_eq!(told(&refused).what(), (Code::PermissionDenied, "ROLE"));
    }
    scene.server.stop().await;
}

#[tokio::test]
async fn readers_do_not_keep_a_server_from_stopping_and_are_told_to_come_back() {
    let scene = Scene::set().await;
    let authority = scene.caller("c06", "POPULATION_AUTHORITY");
    let asked = v1::ReadEventsRequest {
        after_position: 4,
        kinds: Vec::new(),
        follow: true,
    };
    let mut stream = scene.read(&authority, asked).await.unwrap();
    let ended = tokio::spawn(async move {
        loop {
            match stream.message().await {
                Ok(Some(_)) => {}
                other => return other,
            }
        }
    });
    scene.server.stop().await;
    let status = ended.await.unwrap().unwrap_err();
    assert_eq!(told(&status).what(), (Code::Unavailable, "DRAINING"));
}
