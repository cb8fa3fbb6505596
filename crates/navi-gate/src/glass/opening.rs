//! Opening an envelope: the gate draws a nonce, the holder signs it with the step-up key, here or elsewhere.

use std::time::Duration;

use navi_client::api::Client;
use navi_client::sign::DeviceKey;
use navi_domain::envelope::challenge::{Answer, Challenge, NONCE};
use navi_domain::envelope::spool::Happened;
use navi_domain::envelope::{Opened, Opening, Signed, check, open, sha256};
use navi_protocol::envelopes::EnvelopeView;

use super::folder::{Waiting, signed};
use super::{Glass, GlassError, NONCE_LIFE, away, clock};

/// How long a server may take to answer before a person opens an envelope without it: one that is only slow is there.
pub const BEFORE_OPENING: Duration = Duration::from_secs(15);
/// The same before each run under an open envelope, which has asked it just before.
pub const BEFORE_RUNNING: Duration = Duration::from_secs(3);

/// Refuses while the server answers: one that refuses is not one that is away.
///
/// # Errors
/// [`GlassError::Other`]
pub async fn only_without_server(url: &str, patience: Duration) -> Result<(), GlassError> {
    let client = Client::new(url, None)?.with_timeout(patience);
    match client.get::<serde_json::Value>(navi_protocol::paths::READYZ).await {
        Err(error) if away(&error) => Ok(()),
        _ => Err(GlassError::Other(format!(
            "the server at {url} answers; envelopes open only while it cannot be reached. Ask it, or open a bypass there"
        ))),
    }
}

/// The envelope of this id or beginning of one; without, the only one that can be opened.
///
/// # Errors
/// [`GlassError::Other`] when there is none, or more than one.
pub fn choose(glass: &Glass, id: Option<&str>) -> Result<EnvelopeView, GlassError> {
    glass.contact()?;
    let all = glass.envelopes();
    let found: Vec<&EnvelopeView> = match id {
        Some(id) => all.iter().map(|(view, _)| view).filter(|view| view.id.starts_with(id)).collect(),
        None => all.iter().filter(|(_, fault)| fault.is_none()).map(|(view, _)| view).collect(),
    };
    match found.as_slice() {
        [one] => Ok((*one).clone()),
        [] if id.is_none() && !all.is_empty() => {
            let why: Vec<String> = all
                .iter()
                .filter_map(|(view, fault)| Some(format!("{}: {}", view.id, fault.as_ref()?)))
                .collect();
            Err(GlassError::Other(format!("no envelope of this gate opens ({})", why.join("; "))))
        }
        [] => Err(GlassError::Other("this gate heard of no such envelope".into())),
        _ => Err(GlassError::Other("there are several; name one (see `navi-gate break-glass`)".into())),
    }
}

/// Draws a nonce for an envelope and keeps it until its answer comes.
///
/// # Errors
/// [`GlassError`]
pub fn challenge(glass: &mut Glass, view: &EnvelopeView) -> Result<Challenge, GlassError> {
    let (bytes, signature) = signed(view).ok_or(navi_domain::envelope::EnvelopeFault::Malformed)?;
    let (_, pins) = trusted(glass)?;
    let checked = check(Signed { bytes: &bytes, signature: &signature }, &pins, &glass.book(), glass.now());
    if let Err(fault) = checked {
        refused(glass, &view.id, &fault.to_string())?;
        return Err(fault.into());
    }
    let mut nonce = [0_u8; NONCE];
    getrandom::fill(&mut nonce).map_err(|e| GlassError::Other(e.to_string()))?;
    let challenge = Challenge::new(&nonce, &sha256(&bytes));
    let waiting = Waiting { envelope_id: view.id.clone(), nonce: challenge.nonce.clone(), at: clock() };
    glass.folder.keep_waiting(Some(&waiting))?;
    Ok(challenge)
}

/// Signs an opening with the holder's key.
///
/// # Errors
/// [`GlassError::Other`]
pub fn sign(opening: &Opening, key: &DeviceKey) -> Result<Answer, GlassError> {
    let bytes = opening.bytes().map_err(|e| GlassError::Other(e.to_string()))?;
    let signature = hex::encode(key.sign(&bytes));
    Ok(Answer { incident: opening.incident.clone(), reason: opening.reason.clone(), signature })
}

/// Opens the envelope that a challenge was drawn for. It is written down, durably, before this returns: opened or refused.
///
/// # Errors
/// [`GlassError`]
pub fn answered(glass: &mut Glass, answer: &Answer) -> Result<Opened, GlassError> {
    let none = || {
        GlassError::Other(
            "no challenge waits for an answer; `navi-gate break-glass challenge` draws one".into(),
        )
    };
    let waiting = glass.folder.waiting()?.ok_or_else(none)?;
    // The machine's clock may have been turned: then the nonce is too old, whichever way.
    if (clock() - waiting.at).abs() > NONCE_LIFE {
        glass.folder.keep_waiting(None)?;
        return Err(GlassError::Other("the challenge is older than 15 minutes; draw another".into()));
    }
    let view = choose(glass, Some(&waiting.envelope_id))?;
    let (bytes, signature) = signed(&view).ok_or(navi_domain::envelope::EnvelopeFault::Malformed)?;
    let (_, pins) = trusted(glass)?;
    let said = answer.opening(&glass.identity.gate_id, &sha256(&bytes), &waiting.nonce);
    let by = hex::decode(&answer.signature).unwrap_or_default();
    let sealed = Signed { bytes: &bytes, signature: &signature };
    let (book, now) = (glass.book(), glass.now());
    match open(sealed, (&said, &by), &waiting.nonce, (&pins, &book), now) {
        Ok((opened, _)) => {
            let ends_at = opened.ends_at;
            let happened = Happened::Opened { ends_at, opening: said, signature: answer.signature.clone() };
            glass.folder.mark_open(true)?;
            glass.spool.add(&glass.folder, &view.id, now, happened, None)?;
            glass.folder.keep_waiting(None)?;
            Ok(opened)
        }
        Err(fault) => {
            refused(glass, &view.id, &fault.to_string())?;
            Err(fault.into())
        }
    }
}

fn trusted(
    glass: &Glass,
) -> Result<(navi_domain::envelope::contact::Contact, navi_domain::envelope::Pins), GlassError> {
    let (contact, pins) = glass.contact()?;
    if contact.suspected {
        let detail = "the server found that this gate was restored from a copy or changed; it opens nothing until it \
                      is made known anew (`navi-gate break-glass enroll --anew`)";
        return Err(GlassError::Other(detail.into()));
    }
    Ok((contact, pins))
}

/// Writes down that something was tried, so that a clock that was turned forward is remembered too.
fn refused(glass: &mut Glass, envelope_id: &str, why: &str) -> Result<(), GlassError> {
    let now = glass.now();
    if !glass.spool.has_room(glass.heard.known) {
        return Ok(());
    }
    let happened = Happened::Refused { why: why.to_owned() };
    glass.spool.add(&glass.folder, envelope_id, now, happened, None).map(|_| ())
}

/// Ends what is open; how many envelopes that were.
///
/// # Errors
/// [`GlassError`]
pub fn end(glass: &mut Glass) -> Result<usize, GlassError> {
    let open = glass.open();
    for opened in &open {
        let now = glass.now();
        glass.spool.add(&glass.folder, &opened.envelope.id, now, Happened::Ended, None)?;
    }
    Ok(open.len())
}
