//! Sealed envelopes: a gate that cannot reach its server shows a challenge, and the console answers it with the step-up
//! key. Needs no network.

use std::sync::Arc;

use navi_client::enroll::{self, EnrollError};
use navi_client::sealed::SealError;
use navi_protocol::envelopes::EnvelopeView;
use navi_replica::ChallengeRefusal;
use serde::Serialize;
use tauri::State;

use super::{Answer, Refusal};
use crate::console::Console;
use crate::secrets::Passphrase;
use crate::words::sentence;

impl From<ChallengeRefusal> for Refusal {
    fn from(refusal: ChallengeRefusal) -> Self {
        match refusal {
            ChallengeRefusal::Replica(error) => error.into(),
            other => Self::new(other.code(), sentence(&other.to_string())),
        }
    }
}

/// What is carried back to the gate.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Answered {
    answer: String,
    envelope: EnvelopeView,
}

/// The envelope that a challenge is for.
#[tauri::command]
pub(crate) async fn challenged_envelope(
    console: State<'_, Arc<Console>>,
    challenge: String,
) -> Answer<EnvelopeView> {
    let ready = console.ready().ok_or_else(Refusal::not_enrolled)?;
    Ok(ready.replica.challenged(&challenge)?)
}

/// Answers a challenge with the step-up key.
#[tauri::command]
pub(crate) async fn answer_challenge(
    console: State<'_, Arc<Console>>,
    challenge: String,
    incident: String,
    reason: String,
    passphrase: Passphrase,
) -> Answer<Answered> {
    let ready = console.ready().ok_or_else(Refusal::not_enrolled)?;
    let needed = || Refusal::new("step_up_required", "The step-up key's passphrase is needed.");
    let passphrase = passphrase.given().ok_or_else(needed)?;
    let (keystore, replica) = (console.keystore(), ready.replica);
    let signed = tauri::async_runtime::spawn_blocking(move || -> Answer<Answered> {
        let key = enroll::step_up_key(keystore.as_ref(), passphrase.text()).map_err(|e| unusable(&e))?;
        let key = key.ok_or_else(|| Refusal::new("step_up_required", "This device has no step-up key."))?;
        let answered = replica.answer_challenge(&challenge, (&incident, &reason), &key)?;
        Ok(Answered { answer: answered.answer, envelope: answered.envelope })
    });
    signed.await.map_err(|_| Refusal::new("internal", "The key could not be used."))?
}

fn unusable(error: &EnrollError) -> Refusal {
    let code = match error {
        EnrollError::Seal(SealError::WrongPassphrase) => "wrong_passphrase",
        EnrollError::Keystore(_) => "keystore",
        _ => "internal",
    };
    Refusal::new(code, sentence(&error.to_string()))
}
