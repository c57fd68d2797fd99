//! The call by which a batch of an import is sent.

use tokio_util::sync::CancellationToken;

use super::{Caller, Client, Failure};
use crate::proto::v1;
use crate::proto::v1::import_service_client::ImportServiceClient;

impl Client {
    /// Sends a batch of an import. The same items of the same job get the same answers, however often.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn import_batch(
        &self,
        caller: &Caller,
        request: v1::ImportBatchRequest,
        stop: &CancellationToken,
    ) -> Result<v1::ImportBatchResponse, Failure> {
        let call = |channel, request| async move { ImportServiceClient::new(channel).import_batch(request).await };
        self.call(caller, &request, stop, call).await
    }
}
