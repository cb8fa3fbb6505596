//! Envelopes that the person at this terminal can open, kept for when the server is away: the other half of a challenge.

use navi_client::api::Client;
use navi_domain::envelope::challenge::Challenge;
use navi_domain::envelope::sha256;
use navi_protocol::envelopes::EnvelopeView;

use super::GlassError;
use super::folder::signed;
use crate::config::base;

fn path() -> Option<std::path::PathBuf> {
    base("XDG_CONFIG_HOME", ".config").map(|b| b.join("navi").join("held-envelopes.json"))
}

/// Fetches them and keeps them; those of this person that are sealed.
///
/// # Errors
/// [`GlassError`]
pub async fn fetch(client: &Client, user: &str) -> Result<Vec<EnvelopeView>, GlassError> {
    let mut all = client.envelopes().await?;
    all.retain(|view| view.holder == user && view.status == "sealed");
    if let Some(path) = path() {
        let failed = |source| GlassError::File { what: path.display().to_string(), done: "written", source };
        let text = serde_json::to_vec(&all).map_err(|e| GlassError::Other(e.to_string()))?;
        std::fs::create_dir_all(path.parent().unwrap_or(&path)).map_err(failed)?;
        std::fs::write(&path, text).map_err(failed)?;
    }
    Ok(all)
}

/// Those that were kept.
#[must_use]
pub fn kept() -> Vec<EnvelopeView> {
    let text = path().and_then(|path| std::fs::read(path).ok()).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

/// The envelope that a challenge is for, with its SHA-256 (hex).
///
/// # Errors
/// [`GlassError::Other`]
pub fn meant<'a>(
    all: &'a [EnvelopeView],
    challenge: &Challenge,
) -> Result<(&'a EnvelopeView, String), GlassError> {
    let hashed = all.iter().filter_map(|view| Some((view, sha256(&signed(view)?.0))));
    let found: Vec<_> = hashed.filter(|(_, hash)| challenge.is_for(hash)).collect();
    match <[_; 1]>::try_from(found) {
        Ok([one]) => Ok(one),
        Err(_) => Err(GlassError::Other("you hold no envelope that this challenge is for".into())),
    }
}
