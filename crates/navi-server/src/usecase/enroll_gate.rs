//! A gate becomes known by the key that it signs its records with.

use navi_domain::envelope::gate::{Gate, gate_id, has_key};
use navi_domain::envelope::spool::Head;
use navi_domain::event::EventKind;
use navi_protocol::envelopes::GateRequest;
use navi_protocol::problem::Code;
use navi_store::{Change, Record};
use serde_json::json;

use super::{TRIES, commit, event, lost_races};
use crate::auth::Caller;
use crate::{App, Refusal};

/// Most gates of one person and agent: each is a machine.
const MOST: usize = 100;

/// Makes it known. The same key again changes nothing.
///
/// # Errors
/// `invalid` for a name or key that is none, `forbidden` for a key that another credential brought.
pub async fn enroll(app: &App, caller: &Caller, request: &GateRequest) -> Result<Gate, Refusal> {
    let (key, name) = (request.key.to_lowercase(), request.name.trim());
    if name.is_empty() || name.chars().count() > 100 || name != request.name {
        return Err(Refusal::new(
            Code::Invalid,
            "name must have 1 to 100 characters, without space around it.",
        ));
    }
    if !hex::decode(&request.proof).is_ok_and(|proof| has_key(&key, name, &proof)) {
        return Err(Refusal::new(
            Code::Invalid,
            "The key did not prove itself: the signature is missing or wrong.",
        ));
    }
    for _ in 0..TRIES {
        let (id, agent) = (gate_id(&key), caller.token.agent.clone());
        if let Some(known) = app.store.gate(&id).await? {
            if known.is_of(caller.user(), agent.as_deref()) {
                return Ok(known);
            }
            let detail =
                "This gate's key was brought by another credential. Make it known anew under this one.";
            return Err(Refusal::new(Code::Forbidden, detail));
        }
        let own = |g: &&Gate| g.is_of(caller.user(), agent.as_deref());
        if app.store.gates().await?.iter().filter(own).count() >= MOST {
            return Err(Refusal::new(Code::Invalid, format!("{MOST} gates of one credential are the most.")));
        }
        let gate = Gate {
            id,
            key: key.clone(),
            name: name.to_owned(),
            user: caller.user().to_owned(),
            agent,
            enrolled_at: app.store.now(),
            head: Head::default(),
            suspicions: Vec::new(),
            version: 0,
        };
        let change = Change::default()
            .event(event(EventKind::GateEnrolled, caller, &gate.id, &[], json!({"gate": gate})))
            .put(Record::Gate(gate.clone()));
        if commit(app, change).await?.is_some() {
            return Ok(gate);
        }
    }
    Err(lost_races())
}
