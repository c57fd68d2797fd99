#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::Mutex;

use futures_util::{Stream, StreamExt, stream};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::Response;
use tonic_types::{ErrorDetails, StatusExt};

use super::*;
use crate::client::tests::QUICK;
use crate::proto::v1::feed_service_server::{FeedService, FeedServiceServer};
use crate::shell::SystemClock;

type Sent = Result<v1::ReadEventsResponse, Status>;

/// What a server does with one reading.
enum Step {
    /// Sends these, and ends the stream; or keeps it open.
    Send(Vec<Sent>),
    SendAndWait(Vec<Sent>),
    Refuse(Status),
}

/// A server that takes these steps in turn, and after them says that it is not there.
#[derive(Clone, Default)]
struct Script {
    steps: Arc<Mutex<VecDeque<Step>>>,
    asked: Arc<Mutex<Vec<v1::ReadEventsRequest>>>,
}

#[tonic::async_trait]
impl FeedService for Script {
    type ReadEventsStream = Pin<Box<dyn Stream<Item = Sent> + Send>>;

    async fn read_events(
        &self,
        request: Request<v1::ReadEventsRequest>,
    ) -> Result<Response<Self::ReadEventsStream>, Status> {
        assert!(request.metadata().contains_key("x-dinhdanh-office"));
        assert!(
            !request.metadata().contains_key("grpc-timeout"),
            "a reading has no deadline"
        );
        self.asked.lock().unwrap().push(request.into_inner());
        match self.steps.lock().unwrap().pop_front() {
            Some(Step::Send(items)) => Ok(Response::new(Box::pin(stream::iter(items)))),
            Some(Step::SendAndWait(items)) => Ok(Response::new(Box::pin(stream::iter(items).chain(stream::pending())))),
            Some(Step::Refuse(status)) => Err(status),
            None => Err(Status::unavailable("")),
        }
    }
}

impl Script {
    async fn start(steps: impl IntoIterator<Item = Step>) -> (Self, Address) {
        let script = Self {
            steps: Arc::new(Mutex::new(steps.into_iter().collect())),
            ..Self::default()
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        tokio::spawn(
            tonic::transport::Server::builder()
                .add_service(FeedServiceServer::new(script.clone()))
                .serve_with_incoming(TcpListenerStream::new(listener)),
        );
        (script, address)
    }

    /// After which positions it was asked to send.
    fn asked(&self) -> Vec<i64> {
        self.asked
            .lock()
            .unwrap()
            .iter()
            .map(|asked| asked.after_position)
            .collect()
    }
}

fn event(position: i64) -> Sent {
    let event = v1::Event {
        position,
        ..v1::Event::default()
    };
    Ok(v1::ReadEventsResponse {
        item: Some(Item::Event(Box::new(event))),
    })
}

fn progress(position: i64) -> Sent {
    Ok(v1::ReadEventsResponse {
        item: Some(Item::Progress(position)),
    })
}

fn refusal(code: Code, reason: &str) -> Status {
    let details = ErrorDetails::with_error_info(reason, "dinhdanh", HashMap::new());
    Status::with_error_details(code, "", details)
}

fn follower(servers: Vec<Address>, position: i64, until_end: bool) -> Follower {
    let options = Options {
        servers,
        trust: None,
        patience: QUICK,
        kinds: vec![v1::EventKind::Issued],
        until_end,
        give_up_after: None,
    };
    let caller = Caller::new("c06", "POPULATION_AUTHORITY").unwrap();
    Follower::new(options, caller, position, Arc::new(SystemClock::start())).unwrap()
}

/// What is heard until the end, in short; losses are left out.
async fn all(follower: &mut Follower) -> Result<Vec<(&'static str, i64)>, FollowError> {
    let mut heard = Vec::new();
    loop {
        match follower.next().await? {
            Heard::Event(event) => heard.push(("event", event.position)),
            Heard::Progress(position) => heard.push(("progress", position)),
            Heard::Lost { .. } => {}
            Heard::End => return Ok(heard),
        }
    }
}

#[tokio::test]
async fn it_goes_on_from_the_last_position_however_a_stream_ends() {
    let busy = || refusal(Code::Unavailable, "DRAINING");
    let (script, server) = Script::start([
        Step::Send(vec![event(3), event(7), Err(busy())]),
        Step::Refuse(busy()),
        Step::Refuse(refusal(Code::Internal, "BUG")),
        Step::Send(vec![progress(9), Err(Status::unknown(""))]),
        // An end without progress is none.
        Step::Send(vec![event(12)]),
        Step::Send(Vec::new()),
        Step::Send(vec![Ok(v1::ReadEventsResponse { item: None }), event(13), progress(13)]),
    ])
    .await;
    let heard = all(&mut follower(vec![server], 2, true)).await.unwrap();
    let expected = [
        ("event", 3),
        ("event", 7),
        ("progress", 9),
        ("event", 12),
        ("event", 13),
        ("progress", 13),
    ];
    assert_eq!(heard, expected);
    assert_eq!(script.asked(), [2, 7, 7, 7, 9, 12, 12]);
    let asked = script.asked.lock().unwrap()[0].clone();
    assert_eq!((asked.kinds, asked.follow), (vec![v1::EventKind::Issued.into()], false));
}

#[tokio::test]
async fn one_that_waits_takes_no_end_for_the_end() {
    let (script, server) = Script::start([Step::Send(vec![progress(4)]), Step::SendAndWait(vec![event(5)])]).await;
    let mut follower = follower(vec![server], 0, false);
    assert!(matches!(follower.next().await.unwrap(), Heard::Progress(4)));
    assert!(matches!(follower.next().await.unwrap(), Heard::Lost { .. }));
    assert!(matches!(follower.next().await.unwrap(), Heard::Event(_)));
    assert!(script.asked.lock().unwrap().iter().all(|asked| asked.follow));
}

#[tokio::test]
async fn it_goes_from_one_server_to_the_next() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (first, at_first) = Script::start([
        Step::Send(vec![event(1), Err(refusal(Code::Unavailable, "DRAINING"))]),
        Step::Send(vec![event(4), progress(4)]),
    ])
    .await;
    let (second, at_second) = Script::start([Step::Send(vec![event(2), event(3)])]).await;
    let servers = vec![at_first, format!("http://{gone}").parse().unwrap(), at_second];
    let heard = all(&mut follower(servers, 0, true)).await.unwrap();
    let expected = [("event", 1), ("event", 2), ("event", 3), ("event", 4), ("progress", 4)];
    assert_eq!(heard, expected);
    assert_eq!((first.asked(), second.asked()), (vec![0, 3], vec![1]));
}

#[tokio::test]
async fn positions_that_do_not_grow_are_an_error() {
    for sent in [event(5), event(4), event(-1), progress(4)] {
        let (_script, server) = Script::start([Step::SendAndWait(vec![event(5), sent])]).await;
        let mut follower = follower(vec![server], 4, false);
        assert!(matches!(follower.next().await.unwrap(), Heard::Event(_)));
        let error = follower.next().await.unwrap_err();
        assert!(matches!(error, FollowError::OutOfOrder { after: 5, .. }), "{error}");
    }
    // Where nothing happened, the place is told again and again.
    let (_script, server) = Script::start([Step::Send(vec![progress(4), event(5), progress(5), progress(5)])]).await;
    assert_eq!(all(&mut follower(vec![server], 4, true)).await.unwrap().len(), 4);
}

#[tokio::test]
async fn what_trying_again_cannot_mend_is_told_at_once() {
    let cases = [
        (Code::OutOfRange, "CURSOR_AHEAD", "position 9"),
        (Code::PermissionDenied, "ROLE", "PERMISSION_DENIED/ROLE"),
        (Code::Unauthenticated, "NO_IDENTITY", "UNAUTHENTICATED/NO_IDENTITY"),
        (Code::InvalidArgument, "INVALID_FIELD", "INVALID_ARGUMENT/INVALID_FIELD"),
    ];
    for (code, reason, words) in cases {
        let (script, server) = Script::start([Step::Refuse(refusal(code, reason))]).await;
        let error = follower(vec![server], 9, false).next().await.unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(script.asked().len(), 1);
    }
}

#[tokio::test]
async fn without_any_server_it_gives_up_when_it_is_told_to() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (script, server) = Script::start([Step::Send(vec![event(1)])]).await;
    let mut follower = follower(vec![server, format!("http://{gone}").parse().unwrap()], 0, true);
    follower.options.give_up_after = Some(Duration::from_millis(50));
    let error = all(&mut follower).await.unwrap_err();
    assert!(matches!(error, FollowError::GaveUp { .. }), "{error}");
    assert!(script.asked().len() > 2, "each server was tried more than once");
    follower.options.servers.clear();
    let caller = Caller::new("c06", "POPULATION_AUTHORITY").unwrap();
    let none = Follower::new(follower.options, caller, 0, Arc::new(SystemClock::start()));
    assert!(matches!(none.err(), Some(FollowError::Unusable(_))));
}
