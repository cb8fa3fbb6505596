//! A pipeline's credential as it lies in the database: sealed under a key that is made from the organisation's, so that
//! neither the file, nor its log, nor a copy of them holds it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use navi_domain::pipeline::Sealed;
use navi_protocol::problem::Code;
use sha2::Sha256;

use crate::{App, Refusal};

const NONCE: usize = 24;

fn cipher(org_key: &[u8; 32]) -> Option<XChaCha20Poly1305> {
    let mac = Hmac::<Sha256>::new_from_slice(org_key).ok()?;
    let key = mac.chain_update(b"navi/pipeline-credential/v1\n").finalize().into_bytes();
    XChaCha20Poly1305::new_from_slice(&key).ok()
}

/// Seals a credential for one ask.
///
/// # Errors
/// Without randomness.
pub fn seal(app: &App, id: &str, credential: &str) -> Result<Sealed, Refusal> {
    let nonce = app.entropy.bytes::<NONCE>()?;
    let payload = Payload { msg: credential.as_bytes(), aad: id.as_bytes() };
    let sealed = cipher(&app.org_key).and_then(|c| c.encrypt(&XNonce::from(nonce), payload).ok());
    let sealed = sealed.ok_or_else(|| Refusal::new(Code::Internal, "The credential could not be sealed."))?;
    Ok(Sealed(STANDARD.encode([nonce.as_slice(), &sealed].concat())))
}

/// Opens a credential; `None` when it is not of this ask, or was changed.
#[must_use]
pub fn open(app: &App, id: &str, sealed: &Sealed) -> Option<String> {
    let bytes = STANDARD.decode(&sealed.0).ok()?;
    let (nonce, sealed) = bytes.split_first_chunk::<NONCE>()?;
    let payload = Payload { msg: sealed, aad: id.as_bytes() };
    let opened = cipher(&app.org_key)?.decrypt(&XNonce::from(*nonce), payload).ok()?;
    String::from_utf8(opened).ok()
}
