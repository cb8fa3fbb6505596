//! Policies, proposals, devices and tokens, over HTTP.

use navi_protocol::paths::{DEVICES, POLICY, PREFIX, TOKENS};
use navi_protocol::people::{DeviceView, TokenView};
use navi_protocol::policy::{PolicyVersion, PolicyView, RevertRequest};
use navi_protocol::proposals::{ProposalDecision, ProposalView};
use reqwest::Method;
use serde::Deserialize;

use crate::ClientError;
use crate::api::{Client, segment};

/// What became of a change of policy.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Saved {
    /// It waits for a second person.
    Proposed(Box<ProposalView>),
    /// It is in force.
    Now(Box<PolicyView>),
}

fn of(user: &str, tail: &str, repo: Option<&str>) -> String {
    let repo = repo.map(|repo| format!("?repo={}", segment(repo))).unwrap_or_default();
    format!("{POLICY}/{}{tail}{repo}", segment(user))
}

impl Client {
    /// The policy in force for a person, role or everybody.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn policy(&self, user: &str, repo: Option<&str>) -> Result<PolicyView, ClientError> {
        self.get(&of(user, "", repo)).await
    }

    /// Every saved version, newest first.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn policy_history(
        &self,
        user: &str,
        repo: Option<&str>,
    ) -> Result<Vec<PolicyVersion>, ClientError> {
        self.get(&of(user, "/history", repo)).await
    }

    /// Saves an older version as the newest, or proposes it.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn revert_policy(&self, user: &str, request: &RevertRequest) -> Result<Saved, ClientError> {
        self.call(Method::POST, &of(user, "/revert", None), request).await
    }

    /// What waits for a second person.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn proposals(&self) -> Result<Vec<ProposalView>, ClientError> {
        self.get(&format!("{PREFIX}/proposals")).await
    }

    /// Accepts (`accept`) or refuses (`refuse`) a proposal.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn decide_proposal(&self, id: &str, decision: &str) -> Result<ProposalView, ClientError> {
        let decision = ProposalDecision { decision: decision.to_owned() };
        self.call(Method::POST, &format!("{PREFIX}/proposals/{}", segment(id)), &decision).await
    }

    /// Every device.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn devices(&self) -> Result<Vec<DeviceView>, ClientError> {
        self.get(DEVICES).await
    }

    /// Revokes a device.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn revoke_device(&self, id: &str) -> Result<DeviceView, ClientError> {
        self.call(Method::DELETE, &format!("{DEVICES}/{}", segment(id)), &()).await
    }

    /// Every token.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn tokens(&self) -> Result<Vec<TokenView>, ClientError> {
        self.get(TOKENS).await
    }

    /// Revokes a token.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn revoke_token(&self, id: &str) -> Result<TokenView, ClientError> {
        self.call(Method::DELETE, &format!("{TOKENS}/{}", segment(id)), &()).await
    }
}
