//! Break-glass on the gate's side: its own key, what it last heard of its server, and what it records while that one is
//! away. Nothing runs here that is not recorded durably before.

pub mod contact;
pub mod folder;
pub mod held;
pub mod offline;
pub mod opening;
pub mod spool;

use navi_client::ClientError;
use navi_client::api::Client;
use navi_domain::envelope::contact::Contact;
use navi_domain::envelope::spool::Happened;
use navi_domain::envelope::{Book, Envelope, EnvelopeFault, Opened, Pins};
use navi_domain::{MINUTE, UtcMicros};
use navi_protocol::envelopes::EnvelopeView;

use folder::{Folder, Heard, Identity};
use spool::Spool;

/// Why the gate cannot do without its server. In each case nothing runs.
#[derive(Debug, thiserror::Error)]
pub enum GlassError {
    /// It was never made known.
    #[error(
        "this gate has no key of its own; `navi-gate break-glass enroll` makes it known while the server answers"
    )]
    NotEnrolled,
    /// It was in contact never, or long ago.
    #[error("this gate never heard of any envelope; `navi-gate break-glass sync` while the server answers")]
    NeverHeard,
    /// A file that cannot be read or written.
    #[error("{what} could not be {done}")]
    File {
        /// Which.
        what: String,
        /// Read, written.
        done: &'static str,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// A file that is not what this gate wrote.
    #[error("{0} is damaged; nothing opens with it")]
    Damaged(String),
    /// Somebody else works with it.
    #[error("another gate of this machine has it in use")]
    InUse,
    /// The envelope does not open.
    #[error(transparent)]
    Envelope(#[from] EnvelopeFault),
    /// The server said something else than the one whose key is pinned.
    #[error(
        "the server's key is not the one that this gate pinned, and that one does not hand over to it; nothing of it is kept"
    )]
    OtherServer,
    /// The server refused, or is away.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

/// Microseconds since 1970 by this machine's clock.
pub fn clock() -> UtcMicros {
    let now = chrono::Utc::now().timestamp_micros();
    // Only in builds for tests, so that no agent turns the clock by its environment.
    #[cfg(debug_assertions)]
    let now = now
        + std::env::var("NAVI_TEST_CLOCK").ok().and_then(|s| s.parse::<i64>().ok()).unwrap_or(0) * 1_000_000;
    now
}

/// Whether an error means that the server is away, not that it refused.
pub fn away(error: &ClientError) -> bool {
    matches!(error, ClientError::Unreachable { .. } | ClientError::TimedOut { .. })
}

/// Everything that this gate knows, held alone as long as it lives.
pub struct Glass {
    /// Where it lies.
    pub folder: Folder,
    /// Who it is.
    pub identity: Identity,
    /// What it last heard.
    pub heard: Heard,
    /// What it recorded.
    pub spool: Spool,
}

impl Glass {
    /// Takes the folder; `None`: this gate was never made known.
    ///
    /// # Errors
    /// [`GlassError`]
    pub fn take() -> Result<Option<Self>, GlassError> {
        let Some(folder) = Folder::here() else { return Ok(None) };
        if !folder.exists() {
            return Ok(None);
        }
        let folder = folder.locked()?;
        let Some(identity) = folder.identity()? else { return Ok(None) };
        let heard = folder.heard()?;
        let spool = Spool::read(&folder, &identity)?;
        Ok(Some(Self { folder, identity, heard, spool }))
    }

    /// What was last heard, if its signature is the pinned key's.
    ///
    /// # Errors
    /// [`GlassError::NeverHeard`]
    pub fn contact(&self) -> Result<(Contact, Pins), GlassError> {
        let contact = self.heard.contact().ok_or(GlassError::NeverHeard)?;
        let pins = contact.pins(&self.heard.server_key);
        Ok((contact, pins))
    }

    /// The gate's clock, as far off the server's as it was at the last contact.
    #[must_use]
    pub fn now(&self) -> UtcMicros {
        clock().saturating_add(self.heard.offset)
    }

    /// What must never go back.
    #[must_use]
    pub fn book(&self) -> Book {
        let head = self.spool.head();
        Book { high_water: self.heard.seen.max(head.at), opened: head.opened.keys().cloned().collect() }
    }

    /// Envelopes that are open now, with what they cover.
    #[must_use]
    pub fn open(&self) -> Vec<Opened> {
        let (now, mut open) = (self.now(), Vec::new());
        for spooled in self.spool.records() {
            let Happened::Opened { .. } = spooled.record.happened else { continue };
            let id = &spooled.record.envelope_id;
            let ends_at = self.spool.head().opened.get(id).copied().unwrap_or_default();
            if let Some(envelope) = self.sealed(id).filter(|_| now < ends_at) {
                open.push(Opened { envelope, opened_at: spooled.record.at, ends_at });
            }
        }
        open
    }

    /// An envelope that was heard of.
    fn sealed(&self, id: &str) -> Option<Envelope> {
        let view = self.heard.envelopes.iter().find(|view| view.id == id)?;
        let (bytes, signature) = folder::signed(view)?;
        let envelope = Envelope::parse(&bytes)?;
        let sound = navi_domain::evidence::verifies(&self.heard.server_key, &bytes, &signature);
        sound.then_some(envelope)
    }

    /// Envelopes that were not opened here, with why one cannot be, if it cannot.
    #[must_use]
    pub fn envelopes(&self) -> Vec<(EnvelopeView, Option<EnvelopeFault>)> {
        let Ok((_, pins)) = self.contact() else { return Vec::new() };
        let (book, now) = (self.book(), self.now());
        let judged = self.heard.envelopes.iter().map(|view| {
            let fault = match folder::signed(view) {
                None => Some(EnvelopeFault::Malformed),
                Some((bytes, signature)) => {
                    let sealed = navi_domain::envelope::Signed { bytes: &bytes, signature: &signature };
                    navi_domain::envelope::check(sealed, &pins, &book, now).err()
                }
            };
            (view.clone(), fault)
        });
        judged.collect()
    }
}

/// What every request of a known gate says of itself, read without checking anything.
pub struct Glance {
    said: String,
    /// Records that the server does not have, or an envelope that is still open here.
    pub unsettled: bool,
    news: Option<String>,
    /// The server that it was made known to.
    pub url: String,
}

impl Glance {
    /// Looks; `None`: this gate was never made known, or its files say nothing that can be said.
    #[must_use]
    pub fn take() -> Option<Self> {
        let folder = Folder::here().filter(Folder::exists)?;
        let identity = folder.identity().ok()??;
        let heard = folder.heard().ok()?;
        let last = spool::last(&folder).ok()?;
        let (size, hash) = last.map_or((0, String::new()), |(seq, hash)| (seq + 1, hash));
        let known = heard.known;
        let unsettled = size > known || folder.is_open();
        let said = format!("{} {size} {hash}", identity.gate_id).trim_end().to_owned();
        Some(Self { said, unsettled, news: heard.news, url: identity.url })
    }

    /// The same look once more.
    #[must_use]
    pub fn again(&self) -> Self {
        Self { said: self.said.clone(), unsettled: false, news: self.news.clone(), url: self.url.clone() }
    }

    /// The client, saying it.
    #[must_use]
    pub fn attached(&self, client: &Client) -> Client {
        client.clone().of_gate(self.said.clone())
    }

    /// Whether an answer told of something that was not heard.
    #[must_use]
    pub fn has_news(&self, client: &Client) -> bool {
        client.news().is_some_and(|news| self.news.as_ref() != Some(&news))
    }
}

/// Longest time for which a nonce waits for its answer.
pub const NONCE_LIFE: UtcMicros = 15 * MINUTE;
