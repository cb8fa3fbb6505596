//! The gate is in contact: it brings its records, and keeps what it hears. Ordinary commands do that by themselves, before
//! anything else, when there is something to bring or to hear.

use std::time::Duration;

use navi_client::api::Client;
use navi_domain::envelope::contact::{Contact, GateHead, key_to_pin};
use navi_domain::envelope::spool::{Happened, Spooled};
use navi_protocol::envelopes::{ContactRequest, ContactView};

use super::folder::Heard;
use super::{Glass, GlassError, clock};

/// Longest time for one request before an ordinary command, whose caller waits and may have a deadline.
pub const BY_THE_WAY: Duration = Duration::from_secs(5);
/// The same where a person asked for the contact itself.
pub const BY_A_PERSON: Duration = Duration::from_secs(30);
/// Bytes of records of one request, below what a server takes.
const BATCH: usize = 512 * 1024;
/// Records of one request.
const MOST: usize = 200;
/// Requests of one contact; what is left comes with the next.
const ROUNDS: usize = 50;

/// Brings everything and hears what holds now. What was open ends with that: the server answers again.
///
/// # Errors
/// [`GlassError`]; what the server has not confirmed is brought again the next time.
pub async fn sync(client: &Client, patience: Duration) -> Result<Option<Heard>, GlassError> {
    let Some(mut glass) = Glass::take()? else { return Ok(None) };
    // The folder is held meanwhile: other gates of this machine wait for it.
    let client = &client.clone().with_timeout(patience);
    let now = glass.now();
    glass.spool.give_up_lost(&glass.folder, now)?;
    bring(&mut glass, client).await?;
    let open: Vec<String> = glass.open().into_iter().map(|opened| opened.envelope.id).collect();
    // A gate that was reported has said what there is to say.
    if !open.is_empty() && glass.heard.reported.is_none() {
        for id in &open {
            let now = glass.now();
            glass.spool.add(&glass.folder, id, now, Happened::Ended, None)?;
        }
        bring(&mut glass, client).await?;
    }
    glass.folder.mark_open(false)?;
    Ok(Some(glass.heard))
}

async fn bring(glass: &mut Glass, client: &Client) -> Result<(), GlassError> {
    let mut from = glass.heard.known;
    for _ in 0..ROUNDS {
        let request = request(glass, from)?;
        let id = glass.identity.gate_id.clone();
        let asked_at = clock();
        let view = client.contact(&id, &request).await?;
        let answered_at = clock();
        hear(glass, &view, client.news(), asked_at.midpoint(answered_at))?;
        match view.resend_from {
            Some(next) if next != from || !request.records.is_empty() => from = next,
            _ => return Ok(()),
        }
    }
    Ok(())
}

fn request(glass: &Glass, from: u64) -> Result<ContactRequest, GlassError> {
    let head = glass.spool.head();
    let told = GateHead {
        gate_id: glass.identity.gate_id.clone(),
        size: head.size,
        hash: head.hash.clone(),
        at: glass.now(),
    };
    let bytes = told.bytes().map_err(|e| GlassError::Other(e.to_string()))?;
    let signature = hex::encode(glass.identity.key()?.sign(&bytes));
    let from = from.min(head.size);
    let skip = usize::try_from(from).unwrap_or(usize::MAX);
    let mut left = BATCH;
    let fits = |spooled: &&Spooled| {
        let size = serde_json::to_vec(spooled).map_or(BATCH, |text| text.len());
        let fits = size <= left;
        left = left.saturating_sub(size);
        fits
    };
    let records = glass.spool.records().iter().skip(skip).take(MOST).take_while(fits).cloned().collect();
    Ok(ContactRequest { size: told.size, hash: told.hash, at: told.at, signature, from, records })
}

/// Keeps what was said, if the pinned key said it.
fn hear(glass: &mut Glass, view: &ContactView, news: Option<String>, at: i64) -> Result<(), GlassError> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(&view.contact).unwrap_or_default();
    let contact = Contact::parse(&bytes).ok_or(GlassError::OtherServer)?;
    let kept = Some(glass.heard.server_key.clone()).filter(|key| !key.is_empty());
    let pinned = kept.or_else(|| glass.identity.server_key.clone());
    let handover =
        view.handover.as_ref().map(|h| (h.old_key.as_str(), hex::decode(&h.signature).unwrap_or_default()));
    let key = key_to_pin(
        pinned.as_deref(),
        &view.server_key,
        &contact.origin,
        handover.as_ref().map(|(key, signature)| (*key, signature.as_slice())),
    );
    let heard = Heard {
        server_key: key.ok_or(GlassError::OtherServer)?,
        contact: view.contact.clone(),
        signature: view.signature.clone(),
        envelopes: view.envelopes.clone(),
        known: contact.known,
        news,
        offset: contact.at - at,
        seen: contact.at.max(glass.heard.seen),
        reported: view.reported.clone(),
    };
    if heard.contact().is_none() || contact.gate_id != glass.identity.gate_id {
        return Err(GlassError::OtherServer);
    }
    // Envelopes that are open here stay known until they are over, whatever the server still lists.
    let mut heard = heard;
    for opened in glass.open() {
        if !heard.envelopes.iter().any(|view| view.id == opened.envelope.id) {
            let view = glass.heard.envelopes.iter().find(|view| view.id == opened.envelope.id);
            heard.envelopes.extend(view.cloned());
        }
    }
    // Nothing was seen before it could be: a server whose clock went back does not turn this one's mark back.
    glass.folder.keep_heard(&heard)?;
    glass.heard = heard;
    Ok(())
}
