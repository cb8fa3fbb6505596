//! Foreign witnesses (C2SP tlog-witness): other people's servers that cosign our checkpoints after checking that each
//! extends the last. Their word is worth more than ours: an owner of this server does not own them.

use std::str::FromStr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use navi_domain::event::EventKind;
use navi_ledger::checkpoint::with_lines;
use navi_ledger::cosignature::Witness;
use navi_store::{Change, Cosignature, StoreError};
use reqwest::StatusCode;
use serde_json::json;
use tokio::sync::watch;

use crate::usecase::cosign::micros;
use crate::usecase::system_event;
use crate::{App, Refusal, proofs};

/// A witness is given a new checkpoint at most this often.
const PAUSE: Duration = Duration::from_secs(10);
/// Longest wait for one answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Largest answer that is read.
const MAX_ANSWER: usize = 64 * 1024;
/// How often a witness may name another size before it is left for the next round.
const TRIES: usize = 3;

/// A foreign witness: `URL=VKEY`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    url: String,
    witness: Witness,
}

impl FromStr for Foreign {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (url, vkey) = text.split_once('=').ok_or("it is not of the form URL=VKEY")?;
        if !(url.starts_with("https://") || url.starts_with("http://")) {
            return Err("its URL must begin with https:// or http://".to_owned());
        }
        let witness = Witness::from_vkey(vkey).map_err(|e| e.to_string())?;
        Ok(Self { url: url.trim_end_matches('/').to_owned(), witness })
    }
}

/// What came of giving a witness a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// It already has the newest one.
    Nothing,
    /// It cosigned this size; the line is kept.
    Cosigned(u64),
    /// It saw another history of this ledger than the one kept here. In words.
    Fork(String),
    /// It said no for another reason. In words.
    Refused(String),
}

/// Why a witness could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum ForeignError {
    /// The store said no.
    #[error("{}", .0.detail)]
    Refused(Refusal),
    /// The network did.
    #[error("the witness cannot be reached")]
    Network(#[from] reqwest::Error),
}

impl From<Refusal> for ForeignError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StoreError> for ForeignError {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

/// Gives every new checkpoint to every witness, until `stop` becomes true. What fails is tried again.
pub async fn run(app: App, witnesses: Vec<Foreign>, mut stop: watch::Receiver<bool>) {
    let client = match client() {
        Ok(client) if !witnesses.is_empty() => client,
        Ok(_) => return,
        Err(error) => return tracing::error!(%error, "foreign witnesses cannot be spoken to"),
    };
    let mut tick = tokio::time::interval(PAUSE);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            _ = stop.wait_for(|s| *s) => return,
        }
        let each = witnesses.iter().map(|foreign| tell(&app, &client, foreign));
        tokio::select! {
            _ = futures_util::future::join_all(each) => {}
            _ = stop.wait_for(|s| *s) => return,
        }
    }
}

/// The HTTP client for witnesses: no redirects, always a time-out.
///
/// # Errors
/// When TLS cannot be set up.
pub fn client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::none()).build()
}

async fn tell(app: &App, client: &reqwest::Client, foreign: &Foreign) {
    let witness = foreign.witness.name();
    match give(app, client, foreign).await {
        Ok(Given::Nothing) => {}
        Ok(Given::Cosigned(size)) => tracing::debug!(witness, size, "cosigned"),
        Ok(Given::Fork(words)) => tracing::error!(witness, words, "a witness saw another history: a fork"),
        Ok(Given::Refused(words)) => tracing::warn!(witness, words, "a witness refused the checkpoint"),
        Err(error) => tracing::warn!(witness, %error, "the witness must wait"),
    }
}

/// Gives one witness the newest checkpoint, and keeps its cosignature.
///
/// # Errors
/// [`ForeignError`]; nothing was kept.
pub async fn give(app: &App, client: &reqwest::Client, foreign: &Foreign) -> Result<Given, ForeignError> {
    let Some((size, note)) = app.store.checkpoint().await? else { return Ok(Given::Nothing) };
    let vkey = foreign.witness.vkey();
    let known = app.store.witnesses().await?.into_iter().find(|w| w.vkey == vkey);
    let mut old = known.as_ref().map_or(0, |w| w.last_size);
    if old >= size {
        return Ok(Given::Nothing);
    }
    for _ in 0..TRIES {
        let body = request(app, old, size, &note).await?;
        let url = format!("{}/add-checkpoint", foreign.url);
        let answer = client.post(url).body(body).send().await?;
        let status = answer.status();
        let text = read(answer).await?;
        match status {
            StatusCode::OK => return keep(app, foreign, known.is_none(), size, &note, &text).await,
            StatusCode::CONFLICT => match text.trim().parse::<u64>() {
                Ok(theirs) if theirs > app.store.head().await?.size => {
                    return Ok(Given::Fork(format!(
                        "it knows size {theirs}, which is beyond size {size} here"
                    )));
                }
                // Another instance was quicker.
                Ok(theirs) if theirs > size => return Ok(Given::Nothing),
                Ok(theirs) if theirs == old => {
                    return Ok(Given::Fork(format!("it knows another tree of size {theirs}")));
                }
                Ok(theirs) => old = theirs,
                Err(_) => return Ok(Given::Refused("it names a conflict without a size".to_owned())),
            },
            StatusCode::UNPROCESSABLE_ENTITY => {
                let words = format!("size {size} does not extend what it saw at size {old}");
                return Ok(Given::Fork(words));
            }
            other => return Ok(Given::Refused(format!("it answered {other}"))),
        }
    }
    Ok(Given::Refused("it names another size each time".to_owned()))
}

/// `old SIZE`, the consistency proof, an empty line, the note.
async fn request(app: &App, old: u64, size: u64, note: &str) -> Result<String, ForeignError> {
    let proof = match old {
        0 => Vec::new(),
        same if same == size => Vec::new(),
        old => proofs::consistency(app.store.as_ref(), old, size).await?,
    };
    let mut body = format!("old {old}\n");
    for hash in proof {
        body.push_str(&STANDARD.encode(hash));
        body.push('\n');
    }
    body.push('\n');
    body.push_str(note);
    Ok(body)
}

async fn read(mut answer: reqwest::Response) -> Result<String, reqwest::Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_ANSWER {
            break;
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

async fn keep(
    app: &App,
    foreign: &Foreign,
    is_new: bool,
    size: u64,
    note: &str,
    answer: &str,
) -> Result<Given, ForeignError> {
    // Of several lines (keys in rotation) the one of the key that the operator named.
    for line in answer.lines().filter(|line| line.len() <= 500) {
        let at = foreign.witness.cosigned_at(&with_lines(note, [line])).ok().flatten().and_then(micros);
        let Some(at) = at else { continue };
        let vkey = foreign.witness.vkey();
        if is_new {
            let name = foreign.witness.name();
            let payload = json!({"vkey": vkey, "name": name, "url": foreign.url});
            let joined = system_event(EventKind::WitnessJoined, name, &[], payload);
            app.store.commit(Change::default().event(joined)).await?;
        }
        let given = Cosignature { size, vkey, device_id: None, line: line.to_owned(), at };
        if app.store.put_cosignature(&given).await? {
            return Ok(Given::Cosigned(size));
        }
        return Ok(Given::Refused("it had cosigned a larger size before".to_owned()));
    }
    Ok(Given::Refused("no line of its answer is a cosignature of its key".to_owned()))
}
