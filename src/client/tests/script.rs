//! A server that answers as it is told, over a real socket.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore, watch};
use tokio_stream::Stream;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Code, Request, Response, Status, Streaming};
use tonic_types::{ErrorDetails, StatusExt};

use crate::client::{Address, Client, Options, Patience};
use crate::proto::v1;
use crate::proto::v1::issuance_service_server::{IssuanceService, IssuanceServiceServer};
use crate::shell::SystemClock;

/// What the server does with one call.
#[derive(Clone)]
pub enum Step {
    /// Answers.
    Answer(v1::IssueNumberResponse),
    /// Answers with a status.
    Fail(Status),
    /// Never answers.
    Hang,
    /// Cuts every connection instead of answering.
    Cut,
    /// Answers when it is let to, one call for each permit.
    Wait,
}

/// What the server saw of one call.
#[derive(Clone)]
pub struct Seen {
    pub request: v1::IssueNumberRequest,
    pub office: String,
    pub role: String,
    pub timeout: bool,
}

/// The server. Steps are taken in order; after them every call is answered.
#[derive(Clone)]
pub struct Script {
    steps: Arc<Mutex<VecDeque<Step>>>,
    seen: watch::Sender<Vec<Seen>>,
    look: Arc<dyn Fn(&Seen) + Send + Sync>,
    cut: Arc<Notify>,
    /// Permits for calls that wait.
    pub gate: Arc<Semaphore>,
    address: SocketAddr,
}

impl Script {
    /// Starts a server that takes these steps.
    pub async fn start(steps: impl IntoIterator<Item = Step>) -> Self {
        Self::watched(steps, |_| {}).await
    }

    /// The same; `look` is called with each call before anything is done with it.
    pub async fn watched(steps: impl IntoIterator<Item = Step>, look: impl Fn(&Seen) + Send + Sync + 'static) -> Self {
        let inner = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let outer = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let script = Self {
            steps: Arc::new(Mutex::new(steps.into_iter().collect())),
            seen: watch::Sender::default(),
            look: Arc::new(look),
            cut: Arc::new(Notify::new()),
            gate: Arc::new(Semaphore::new(0)),
            address: outer.local_addr().unwrap(),
        };
        tokio::spawn(forward(outer, inner.local_addr().unwrap(), Arc::clone(&script.cut)));
        tokio::spawn(
            tonic::transport::Server::builder()
                .add_service(IssuanceServiceServer::new(script.clone()))
                .serve_with_incoming(TcpListenerStream::new(inner)),
        );
        script
    }

    /// Where it answers.
    pub fn address(&self) -> Address {
        format!("http://{}", self.address).parse().unwrap()
    }

    /// A client of it.
    pub async fn client(&self, in_flight: usize, patience: Patience) -> Client {
        let options = Options {
            in_flight,
            patience,
            ..Options::new(self.address())
        };
        Client::connect(options, Arc::new(SystemClock::start())).await.unwrap()
    }

    /// Forgets the steps that were not taken.
    pub fn clear(&self) {
        self.steps.lock().unwrap().clear();
    }

    /// Adds a step.
    pub fn then(&self, step: Step) {
        self.steps.lock().unwrap().push_back(step);
    }

    /// All calls so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.borrow().clone()
    }

    /// Waits until there have been so many calls.
    pub async fn calls(&self, count: usize) {
        self.seen
            .subscribe()
            .wait_for(|seen| seen.len() >= count)
            .await
            .unwrap();
    }

    async fn step(&self, call: Request<v1::IssueNumberRequest>) -> Result<v1::IssueNumberResponse, Status> {
        let text = |name| {
            call.metadata()
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_owned()
        };
        let seen = Seen {
            office: text("x-dinhdanh-office"),
            role: text("x-dinhdanh-role"),
            timeout: call.metadata().contains_key("grpc-timeout"),
            request: call.into_inner(),
        };
        (self.look)(&seen);
        let number = {
            let mut count = 0;
            self.seen.send_modify(|all| {
                all.push(seen);
                count = all.len();
            });
            count
        };
        let step = self.steps.lock().unwrap().pop_front();
        match step {
            None => Ok(issued(number)),
            Some(Step::Answer(response)) => Ok(response),
            Some(Step::Fail(status)) => Err(status),
            Some(Step::Hang) => std::future::pending().await,
            Some(Step::Cut) => {
                self.cut.notify_waiters();
                std::future::pending().await
            }
            Some(Step::Wait) => {
                self.gate.acquire().await.unwrap().forget();
                Ok(issued(number))
            }
        }
    }
}

#[tonic::async_trait]
impl IssuanceService for Script {
    async fn issue_number(
        &self,
        call: Request<v1::IssueNumberRequest>,
    ) -> Result<Response<v1::IssueNumberResponse>, Status> {
        self.step(call).await.map(Response::new)
    }

    type IssueNumbersStream = std::pin::Pin<Box<dyn Stream<Item = Result<v1::IssueNumbersResponse, Status>> + Send>>;

    async fn issue_numbers(
        &self,
        _: Request<Streaming<v1::IssueNumbersRequest>>,
    ) -> Result<Response<Self::IssueNumbersStream>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn get_issuance(
        &self,
        _: Request<v1::GetIssuanceRequest>,
    ) -> Result<Response<v1::GetIssuanceResponse>, Status> {
        Err(Status::unimplemented(""))
    }
}

/// Passes bytes on, until a cut: then all connections of that moment end.
async fn forward(outer: TcpListener, inner: SocketAddr, cut: Arc<Notify>) {
    loop {
        let (mut client, _) = outer.accept().await.unwrap();
        let cut = Arc::clone(&cut);
        tokio::spawn(async move {
            let mut server = TcpStream::connect(inner).await.unwrap();
            tokio::select! {
                _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
                () = cut.notified() => {}
            }
        });
    }
}

/// An answer with a number of its own.
pub fn issued(n: usize) -> v1::IssueNumberResponse {
    let number = v1::Number {
        number: format!("001226{n:06}"),
        state: v1::NumberState::Issued.into(),
        ..Default::default()
    };
    v1::IssueNumberResponse {
        outcome: Some(v1::issue_number_response::Outcome::Issued(number)),
        replayed: false,
        position: i64::try_from(n).unwrap() + 1,
    }
}

/// A refusal as the service words it.
pub fn refusal(code: Code, reason: &str, fields: &[&str], retry_after: Option<Duration>) -> Step {
    let mut details = ErrorDetails::with_error_info(reason, "dinhdanh", std::collections::HashMap::new());
    for field in fields {
        details.add_bad_request_violation(*field, "not so");
    }
    details.set_retry_info(retry_after);
    Step::Fail(Status::with_error_details(code, "refused", details))
}
