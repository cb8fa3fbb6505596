//! A signed statement is opened: whose device, which key, which sequence number.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use navi_domain::bypass::{BypassFault, Signed, Statement, open_statement};
use navi_domain::event::Event;
use navi_domain::people::Device;
use navi_protocol::bypass::BypassRequest;
use navi_protocol::problem::Code;
use navi_store::{Change, Record};

use crate::auth::Caller;
use crate::{App, Refusal};

/// A statement whose signature was verified.
pub struct Spoken {
    /// What was said.
    pub statement: Statement,
    /// The bytes that were signed.
    pub bytes: Vec<u8>,
    /// The device.
    pub device: Device,
    signature: Vec<u8>,
}

impl Spoken {
    /// As it is kept.
    pub fn signed(&self) -> Signed {
        Signed::new(&self.device.id, &self.bytes, &self.signature)
    }

    /// A change that uses up the sequence number and says what happened.
    pub fn change(&self, event: Event) -> Change {
        let device = Device { last_seq: self.statement.device_seq, ..self.device.clone() };
        Change::default().event(event).put(Record::Device(device))
    }
}

/// Opens it.
///
/// # Errors
/// `forbidden` without a device, and whatever the statement is not.
pub async fn speak(app: &App, caller: &Caller, request: &BypassRequest) -> Result<Spoken, Refusal> {
    let none =
        || Refusal::new(Code::Forbidden, "Only an enrolled device can do that; this token belongs to none.");
    let id = caller.token.device_id.as_deref().ok_or_else(none)?;
    let device = app.store.device(id).await?.filter(|d| d.user == caller.user()).ok_or_else(none)?;
    let malformed = || Refusal::from(BypassFault::Malformed);
    let bytes = STANDARD.decode(&request.statement).map_err(|_| malformed())?;
    let signature = STANDARD.decode(&request.signature).map_err(|_| malformed())?;
    if bytes.len() > 20_000 {
        return Err(Refusal::new(Code::Invalid, "A statement has at most 20000 bytes."));
    }
    let origin = app.store.head().await?.origin;
    let opened = open_statement(&bytes, &signature, &device, (&origin, app.store.org()));
    let statement = opened.map_err(|fault| {
        if matches!(fault, BypassFault::ForeignKey | BypassFault::BadSignature) {
            let why = "a bypass statement does not verify with the device's keys";
            app.refusals.login(Some(&device.user), &device.id, why);
        }
        Refusal::from(fault)
    })?;
    Ok(Spoken { statement, bytes, device, signature })
}
