//! What this device shows, and who looks at what, over HTTP.

use navi_protocol::approvals::ApprovalView;
use navi_protocol::deliveries::{DeliveriesRequest, DeliveriesResponse};
use navi_protocol::paths;
use navi_protocol::waiting::ClaimRequest;
use reqwest::Method;

use crate::ClientError;
use crate::api::{Client, segment};

impl Client {
    /// Reports how far the news of requests came here. The same again changes nothing.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn report_deliveries(
        &self,
        request: &DeliveriesRequest,
    ) -> Result<DeliveriesResponse, ClientError> {
        self.call(Method::POST, paths::DELIVERIES, request).await
    }

    /// Says that this person looks at a request.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn claim(&self, approval_id: &str, take_over: bool) -> Result<ApprovalView, ClientError> {
        self.call(Method::POST, &claim_path(approval_id), &ClaimRequest { take_over }).await
    }

    /// Gives this person's claim back.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn release(&self, approval_id: &str) -> Result<ApprovalView, ClientError> {
        self.call(Method::DELETE, &claim_path(approval_id), &()).await
    }
}

fn claim_path(approval_id: &str) -> String {
    format!("{}/{}/claim", paths::APPROVALS, segment(approval_id))
}
