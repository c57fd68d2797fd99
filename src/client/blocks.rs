//! The calls of a mission.

use tokio_util::sync::CancellationToken;

use super::{Caller, Client, Failure, Refusal, Unanswered, refusal};
use crate::proto::v1;
use crate::proto::v1::block_service_client::BlockServiceClient;

impl Client {
    /// Reserves a block, always under the same request id.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn reserve_block(
        &self,
        caller: &Caller,
        request: v1::ReserveBlockRequest,
        stop: &CancellationToken,
    ) -> Result<v1::ReserveBlockResponse, Failure> {
        let call = |channel, request| async move { BlockServiceClient::new(channel).reserve_block(request).await };
        self.call(caller, &request, stop, call).await
    }

    /// Tells to whom a number of a block was handed out, always under the same request id. `sent_before` says that the same
    /// request may have been sent by an earlier run. The inner result is what became of it.
    ///
    /// # Errors
    /// [`Unanswered`]: the outcome is not known, and the same request may be sent again at any time.
    pub async fn settle_number(
        &self,
        caller: &Caller,
        request: &v1::SettleNumberRequest,
        sent_before: bool,
        stop: &CancellationToken,
    ) -> Result<Result<v1::SettleNumberResponse, Refusal>, Unanswered> {
        let call = |channel, request| async move { BlockServiceClient::new(channel).settle_number(request).await };
        match self.call(caller, request, stop, call).await {
            Ok(response) => Ok(Ok(response)),
            Err(failure) => refusal(failure, sent_before).map(Err),
        }
    }

    /// Closes a block.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn close_block(
        &self,
        caller: &Caller,
        request: v1::CloseBlockRequest,
        stop: &CancellationToken,
    ) -> Result<v1::CloseBlockResponse, Failure> {
        let call = |channel, request| async move { BlockServiceClient::new(channel).close_block(request).await };
        self.call(caller, &request, stop, call).await
    }

    /// Asks how a block stands.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn block(
        &self,
        caller: &Caller,
        request: v1::GetBlockRequest,
        stop: &CancellationToken,
    ) -> Result<v1::GetBlockResponse, Failure> {
        let call = |channel, request| async move { BlockServiceClient::new(channel).get_block(request).await };
        self.call(caller, &request, stop, call).await
    }
}
