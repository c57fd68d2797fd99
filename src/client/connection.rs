//! Calls to the service, sent again as often as the rule and one's patience say.

use std::error::Error;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Response, Status};

use super::patience::chance;
use super::trust::endpoint;
use super::{Address, Answer, Caller, Failure, Next, Patience, Trouble, Trust, Unanswered, after, conclude};
use crate::proto::v1;
use crate::proto::v1::issuance_service_client::IssuanceServiceClient;
use crate::proto::v1::number_service_client::NumberServiceClient;
use crate::shell::{Clock, random};

/// An idle connection is asked for a sign of life this often, and given up if it shows none for as long.
const KEEPALIVE: Duration = Duration::from_secs(10);

/// How a client behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the service answers.
    pub server: Address,
    /// For a service reached by TLS.
    pub trust: Option<Trust>,
    /// How many items may be under way at a time, those that wait to be sent again included.
    pub in_flight: usize,
    /// How long to wait and to go on.
    pub patience: Patience,
    /// How long to try to reach the service at the start.
    pub connect_within: Duration,
}

impl Options {
    /// The defaults: 64 items under way, ten seconds to reach the service.
    pub fn new(server: Address) -> Self {
        Self {
            server,
            trust: None,
            in_flight: 64,
            patience: Patience::default(),
            connect_within: Duration::from_secs(10),
        }
    }
}

/// The service could not be reached at all.
#[derive(Debug, thiserror::Error)]
#[error(
    "there is no service at {server}: {cause} (tried for {} s). Is it running, and is the address right? \
     `dinhdanh serve --dev` starts one on this machine",
    .within.as_secs()
)]
pub struct ConnectError {
    /// Where it should have been.
    pub server: Address,
    /// For how long it was tried.
    pub within: Duration,
    /// What the last attempt failed with.
    pub cause: String,
}

/// A connection to the service. Copies share it, and its bound on items under way.
#[derive(Clone)]
pub struct Client {
    channel: Channel,
    options: Options,
    clock: Arc<dyn Clock>,
    room: Arc<Semaphore>,
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// [`ConnectError`] if the service cannot be reached in the time allowed.
    pub async fn connect(options: Options, clock: Arc<dyn Clock>) -> Result<Self, ConnectError> {
        let failed = |cause| ConnectError {
            server: options.server.clone(),
            within: options.connect_within,
            cause,
        };
        let endpoint = reach(&options.server, options.trust.as_ref(), options.connect_within);
        let endpoint = endpoint.map_err(|error| failed(root_cause(&error)))?;
        let began = clock.monotonic();
        let mut failures = 0;
        let channel = loop {
            let error = match endpoint.connect().await {
                Ok(channel) => break channel,
                Err(error) => error,
            };
            failures += 1;
            let wait = options.patience.wait(failures, None, chance(random::bytes()));
            if clock.monotonic() + wait > began + options.connect_within {
                return Err(failed(root_cause(&error)));
            }
            tokio::time::sleep(wait).await;
        };
        let room = Arc::new(Semaphore::new(options.in_flight));
        Ok(Self {
            channel,
            options,
            clock,
            room,
        })
    }

    /// How this client behaves.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Sends one registration until there is an answer, always under the same request id. `sent_before` says that the
    /// same request may have been sent by an earlier run. When `stop` is cancelled, what is on its way is awaited, but
    /// nothing is sent again.
    ///
    /// # Errors
    /// [`Unanswered`]: the outcome is not known, and the same request may be sent again at any time.
    pub async fn issue(
        &self,
        caller: &Caller,
        request: &v1::IssueNumberRequest,
        sent_before: bool,
        stop: &CancellationToken,
    ) -> Result<Answer, Unanswered> {
        let call = |channel, request| async move { IssuanceServiceClient::new(channel).issue_number(request).await };
        match self.call(caller, request, stop, call).await {
            Ok(response) => Answer::read(response).ok_or(Unanswered::NotUnderstood),
            Err(failure) => conclude(failure, sent_before),
        }
    }

    /// Asks what became of a request or a registration of the caller's office.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn issuance(
        &self,
        caller: &Caller,
        request: v1::GetIssuanceRequest,
        stop: &CancellationToken,
    ) -> Result<v1::GetIssuanceResponse, Failure> {
        let call = |channel, request| async move { IssuanceServiceClient::new(channel).get_issuance(request).await };
        self.call(caller, &request, stop, call).await
    }

    /// Asks for one number.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn number(
        &self,
        caller: &Caller,
        request: v1::GetNumberRequest,
        stop: &CancellationToken,
    ) -> Result<v1::GetNumberResponse, Failure> {
        let call = |channel, request| async move { NumberServiceClient::new(channel).get_number(request).await };
        self.call(caller, &request, stop, call).await
    }

    /// Makes a call for a caller, as often as it takes.
    ///
    /// # Errors
    /// [`Failure`].
    pub(super) async fn call<Q: Clone, A, Sending>(
        &self,
        caller: &Caller,
        request: &Q,
        stop: &CancellationToken,
        call: impl Fn(Channel, Request<Q>) -> Sending,
    ) -> Result<A, Failure>
    where
        Sending: Future<Output = Result<Response<A>, Status>>,
    {
        let send = || call(self.channel.clone(), self.address(caller, request.clone()));
        self.persist(stop, send).await
    }

    /// A request that says who is calling and how long the answer may take.
    fn address<T>(&self, caller: &Caller, message: T) -> Request<T> {
        let mut request = Request::new(message);
        caller.name_in(request.metadata_mut());
        request.set_timeout(self.options.patience.attempt);
        request
    }

    /// Sends until there is an answer or a refusal, or time is up, or nobody waits any more.
    async fn persist<T, Sending>(&self, stop: &CancellationToken, send: impl Fn() -> Sending) -> Result<T, Failure>
    where
        Sending: Future<Output = Result<Response<T>, Status>>,
    {
        let patience = &self.options.patience;
        let Some(Ok(_room)) = stop.run_until_cancelled(self.room.acquire()).await else {
            return Err(Failure::Stopped(None));
        };
        let give_up_at = self.clock.monotonic() + patience.total;
        let mut failures = 0;
        loop {
            let trouble = match tokio::time::timeout(patience.attempt, send()).await {
                Ok(Ok(response)) => return Ok(response.into_inner()),
                Ok(Err(status)) => Trouble::of(&status),
                Err(_) => Trouble::bare(Code::DeadlineExceeded),
            };
            if after(trouble.code, &trouble.reason) != Next::SendAgain {
                let first = failures == 0;
                return Err(Failure::Refused { trouble, first });
            }
            failures += 1;
            let wait = patience.wait(failures, trouble.retry_after, chance(random::bytes()));
            if self.clock.monotonic() + wait > give_up_at {
                return Err(Failure::TimeUp(trouble));
            }
            if stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
                return Err(Failure::Stopped(Some(trouble)));
            }
        }
    }
}

/// How to reach a service, trying for so long, and to notice that it is gone.
///
/// # Errors
/// [`tonic::transport::Error`] if the address or the certificates cannot be used.
pub(super) fn reach(
    server: &Address,
    trust: Option<&Trust>,
    within: Duration,
) -> Result<Endpoint, tonic::transport::Error> {
    let endpoint = endpoint(server, trust)?
        .connect_timeout(within)
        .http2_keep_alive_interval(KEEPALIVE)
        .keep_alive_timeout(KEEPALIVE)
        .tcp_nodelay(true);
    Ok(endpoint)
}

/// The innermost error, which says what really happened.
pub(super) fn root_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
