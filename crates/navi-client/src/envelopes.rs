//! Sealed envelopes and the gates that they are for, over HTTP.

use navi_protocol::envelopes::{
    ContactRequest, ContactView, EnvelopeRequest, EnvelopeView, GateRequest, GateView,
};
use navi_protocol::paths::{ENVELOPES, GATES};
use reqwest::Method;

use crate::ClientError;
use crate::api::{Client, segment};

impl Client {
    /// Envelopes whose life ended at most seven days ago.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn envelopes(&self) -> Result<Vec<EnvelopeView>, ClientError> {
        self.get(ENVELOPES).await
    }

    /// Hands an envelope out. Not repeated: a lost answer may have made one.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn issue_envelope(&self, request: &EnvelopeRequest) -> Result<EnvelopeView, ClientError> {
        self.call(Method::POST, ENVELOPES, request).await
    }

    /// Takes one back.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn revoke_envelope(&self, id: &str) -> Result<EnvelopeView, ClientError> {
        self.call(Method::DELETE, &format!("{ENVELOPES}/{}", segment(id)), &()).await
    }

    /// Gates that are known by a key.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn gates(&self) -> Result<Vec<GateView>, ClientError> {
        self.get(GATES).await
    }

    /// Makes a gate known. The same key again changes nothing.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn enroll_gate(&self, request: &GateRequest) -> Result<GateView, ClientError> {
        self.call(Method::POST, GATES, request).await
    }

    /// Brings a gate's records, and hears what holds now. The same records again change nothing.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn contact(&self, gate_id: &str, request: &ContactRequest) -> Result<ContactView, ClientError> {
        self.call(Method::POST, &format!("{GATES}/{}/contact", segment(gate_id)), request).await
    }
}
