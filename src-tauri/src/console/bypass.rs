//! Bypasses from the window: what is asked, confirmed or reviewed is signed here with this device's own keys, and sent at
//! once. Nothing of it is queued: a bypass that begins later than its person thinks would be worse than none.

use navi_client::ClientError;
use navi_client::bypass::{BypassDraft, asked};
use navi_client::enroll;
use navi_client::sign::DeviceKey;
use navi_domain::bypass::{Act, BypassScope, Wish};
use navi_protocol::bypass::{BypassRequest, BypassView};
use serde::Deserialize;

use super::decide::unusable;
use super::{Console, Ready};
use crate::ipc::Refusal;
use crate::secrets::Passphrase;
use crate::words::sentence;

/// One step of a bypass, as the window asks for it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", tag = "step")]
pub(crate) enum BypassStep {
    /// Ask for one.
    Ask {
        /// `action`, `repo`, `agent` or `everything`.
        scope: String,
        /// Which.
        name: Option<String>,
        /// The incident.
        incident: String,
        /// Why.
        reason: String,
        /// For how long.
        minutes: u32,
    },
    /// Confirm as the second person, for exactly the statement that was shown.
    Confirm {
        /// Which.
        id: String,
        /// Hash of what was shown.
        ask_sha256: String,
        /// The number that was read aloud.
        number: u8,
    },
    /// Go on alone.
    Alone {
        /// Which.
        id: String,
    },
    /// Clear its review.
    Review {
        /// Which.
        id: String,
        /// What was found.
        finding: String,
    },
}

impl BypassStep {
    /// What is signed; `None` for a scope that is none.
    fn act(&self) -> Option<Act> {
        Some(match self.clone() {
            Self::Ask { scope, name, incident, reason, minutes } => {
                let scope = match (scope.as_str(), name) {
                    ("action", Some(name)) => BypassScope::Action(name),
                    ("repo", Some(name)) => BypassScope::Repo(name),
                    ("agent", Some(name)) => BypassScope::Agent(name),
                    ("everything", None) => BypassScope::Everything,
                    _ => return None,
                };
                let (incident, reason) = (incident.trim().to_owned(), reason.trim().to_owned());
                Act::Ask(Wish { scope, incident, reason, minutes })
            }
            Self::Confirm { id, ask_sha256, number } => Act::Confirm { bypass_id: id, ask_sha256, number },
            Self::Alone { id } => Act::Alone { bypass_id: id },
            Self::Review { id, finding } => Act::Review { bypass_id: id, finding: finding.trim().to_owned() },
        })
    }

    /// The last part of its path, and which bypass it is about.
    fn target(&self) -> Option<(&str, &'static str)> {
        match self {
            Self::Ask { .. } => None,
            Self::Confirm { id, .. } => Some((id, "confirm")),
            Self::Alone { id } => Some((id, "alone")),
            Self::Review { id, .. } => Some((id, "review")),
        }
    }
}

impl Console {
    /// Signs a step and sends it.
    ///
    /// # Errors
    /// [`Refusal`]: nothing was signed, or the server said no.
    pub(crate) async fn bypass(
        &self,
        step: &BypassStep,
        passphrase: Option<Passphrase>,
    ) -> Result<BypassView, Refusal> {
        let ready = self.ready().ok_or_else(Refusal::not_enrolled)?;
        if !ready.replica.watch().borrow().online {
            return Err(Refusal::new("needs_connection", "A bypass needs a connection. Nothing was signed."));
        }
        let act = step.act().ok_or_else(|| Refusal::new("invalid", "This is no scope of a bypass."))?;
        if let BypassStep::Confirm { id, ask_sha256, .. } = step {
            is_what_was_asked(&ready, id, ask_sha256).await?;
        }
        let request = self.sign_bypass(&ready, act, passphrase).await?;
        let answer = match step.target() {
            None => ready.client.ask_bypass(&request).await,
            Some((id, tail)) => ready.client.step_bypass(id, tail, &request).await,
        };
        answer.map_err(refused)
    }

    async fn sign_bypass(
        &self,
        ready: &Ready,
        act: Act,
        passphrase: Option<Passphrase>,
    ) -> Result<BypassRequest, Refusal> {
        let (keystore, replica) = (self.keystore(), ready.replica.clone());
        let signed = tokio::task::spawn_blocking(move || {
            let identity = replica.identity()?.ok_or_else(Refusal::not_enrolled)?;
            let key = match (act.needs_step_up(), &passphrase) {
                (true, Some(passphrase)) => enroll::step_up_key(keystore.as_ref(), passphrase.text()),
                (true, None) => {
                    return Err(Refusal::new("step_up_required", "A bypass needs your passphrase."));
                }
                (false, _) => enroll::vote_key(keystore.as_ref()).map_err(Into::into),
            };
            let key: DeviceKey = key.map_err(|error| unusable(&error).into_refusal())?.ok_or_else(|| {
                Refusal::new("no_step_up_key", "This device has no such key; enrol it again.")
            })?;
            let device_seq =
                replica.reserve_seq().map_err(|r| Refusal::new(r.code(), sentence(&r.to_string())))?;
            let draft = BypassDraft {
                act,
                origin: &identity.origin,
                org: &identity.org,
                device_seq,
                made_at: replica.server_now(),
            };
            draft.sign(&key).map_err(refused)
        });
        signed.await.map_err(|_| Refusal::new("internal", "The key could not be used."))?
    }
}

/// A second person signs only for what the first one signed, and only for what was on the screen.
async fn is_what_was_asked(ready: &Ready, id: &str, shown: &str) -> Result<(), Refusal> {
    let view = ready.client.bypass(id).await.map_err(refused)?.bypass;
    if view.ask_sha256 != shown || asked(&view).is_none() {
        let why =
            "What is shown is not what the other person signed. Nothing was confirmed; verify the record.";
        return Err(Refusal::new("not_whole", why));
    }
    Ok(())
}

fn refused(error: ClientError) -> Refusal {
    match error {
        ClientError::Refused(problem) => {
            let code = serde_json::to_value(problem.code).ok();
            let code = code.as_ref().and_then(|code| code.as_str()).unwrap_or("internal");
            Refusal::new(code, problem.detail.unwrap_or(problem.title))
        }
        ClientError::Unreachable { .. } | ClientError::TimedOut { .. } => {
            Refusal::new("unreachable", sentence(&error.to_string()))
        }
        _ => Refusal::new("internal", sentence(&error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(scope: &str, name: Option<&str>) -> Option<Act> {
        let step = serde_json::json!({"step": "ask", "scope": scope, "name": name, "incident": " INC-7 ",
            "reason": " the shop is down ", "minutes": 15});
        serde_json::from_value::<BypassStep>(step).unwrap().act()
    }

    #[test]
    fn a_scope_names_what_it_is_about_and_everything_names_nothing() {
        let Some(Act::Ask(wish)) = ask("repo", Some("shop")) else { panic!("a repository is a scope") };
        assert_eq!((wish.incident.as_str(), wish.reason.as_str()), ("INC-7", "the shop is down"));
        assert_eq!(wish.scope, BypassScope::Repo("shop".into()));
        assert!(ask("everything", None).is_some());
        assert_eq!((ask("everything", Some("x")), ask("repo", None), ask("world", None)), (None, None, None));
    }

    #[test]
    fn only_a_review_is_signed_without_the_passphrase() {
        let of = |json| serde_json::from_value::<BypassStep>(json).unwrap().act().unwrap().needs_step_up();
        assert!(of(serde_json::json!({"step": "alone", "id": "b"})));
        assert!(of(serde_json::json!({"step": "confirm", "id": "b", "ask_sha256": "00", "number": 42})));
        assert!(!of(serde_json::json!({"step": "review", "id": "b", "finding": "fine"})));
    }
}
