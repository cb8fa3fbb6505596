//! Bypasses: the statements a device signs for them, and the calls that carry them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use navi_domain::bypass::{Act, Statement};
use navi_domain::{UtcMicros, evidence};
use navi_protocol::bypass::{BypassDetail, BypassList, BypassRequest, BypassView};
use navi_protocol::paths::BYPASS;
use reqwest::Method;

use crate::ClientError;
use crate::api::{Client, segment};
use crate::sign::DeviceKey;

/// What somebody does about a bypass, before it is signed.
pub struct BypassDraft<'a> {
    /// What.
    pub act: Act,
    /// Ledger's origin.
    pub origin: &'a str,
    /// Organisation.
    pub org: &'a str,
    /// Must exceed every earlier one of the device, of its votes too.
    pub device_seq: u64,
    /// This machine's clock: evidence only.
    pub made_at: UtcMicros,
}

impl BypassDraft<'_> {
    /// Signs it for the wire.
    ///
    /// # Errors
    /// [`ClientError::Setup`] for a sequence number without canonical form.
    pub fn sign(self, key: &DeviceKey) -> Result<BypassRequest, ClientError> {
        let statement = Statement {
            v: 1,
            origin: self.origin.to_owned(),
            org: self.org.to_owned(),
            act: self.act,
            key_id: evidence::key_id(&key.public_key()),
            device_seq: self.device_seq,
            made_at: self.made_at,
        };
        let bytes = statement.bytes().map_err(|e| ClientError::Setup(e.to_string()))?;
        Ok(BypassRequest { statement: STANDARD.encode(&bytes), signature: STANDARD.encode(key.sign(&bytes)) })
    }
}

/// What was asked for, as it was signed: `None` when the statement is none, is not the one that the hash names, or says
/// something else than the view. A second person signs only for what this confirms.
#[must_use]
pub fn asked(view: &BypassView) -> Option<Statement> {
    let bytes = STANDARD.decode(view.ask_statement.as_ref()?).ok()?;
    let statement = Statement::parse(&bytes).filter(|_| Statement::sha256(&bytes) == view.ask_sha256)?;
    let Act::Ask(wish) = &statement.act else { return None };
    let same = wish.scope.kind() == view.scope
        && wish.scope.name() == view.name.as_deref()
        && wish.minutes == view.minutes
        && wish.incident == view.incident
        && wish.reason == view.reason;
    same.then_some(statement)
}

fn of(id: &str, tail: &str) -> String {
    format!("{BYPASS}/{}{tail}", segment(id))
}

impl Client {
    /// Every bypass that matters, and what one would need.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn bypasses(&self) -> Result<BypassList, ClientError> {
        self.get(BYPASS).await
    }

    /// One, with what ran by it.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn bypass(&self, id: &str) -> Result<BypassDetail, ClientError> {
        self.get(&of(id, "")).await
    }

    /// Asks for one.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn ask_bypass(&self, request: &BypassRequest) -> Result<BypassView, ClientError> {
        self.call(Method::POST, BYPASS, request).await
    }

    /// The next step of one: `confirm`, `alone` or `review`.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn step_bypass(
        &self,
        id: &str,
        step: &str,
        request: &BypassRequest,
    ) -> Result<BypassView, ClientError> {
        self.call(Method::POST, &of(id, &format!("/{}", segment(step))), request).await
    }

    /// Ends one now, or takes it back.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn end_bypass(&self, id: &str) -> Result<BypassView, ClientError> {
        self.call(Method::DELETE, &of(id, ""), &()).await
    }
}
