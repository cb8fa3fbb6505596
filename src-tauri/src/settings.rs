//! What is set for the program itself and for its page: one small file beside the copy, without secrets, because how to
//! draw must be known before the keyring can be asked. What cannot be read was not set.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::whole_file;

/// The page's own choices may take this much.
const MOST_PAGE_BYTES: usize = 16 * 1024;

/// How windows are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Rendering {
    /// As WebKit finds best.
    #[default]
    Auto,
    /// Without the graphics card's buffers, for windows that stay empty.
    Safe,
}

/// Everything that is set.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    /// How windows are drawn, from the next start on.
    pub(crate) rendering: Rendering,
    /// Newer versions may be looked for.
    pub(crate) updates: bool,
    /// What was chosen in the page, as the page wrote it (a JSON object).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) page: Option<Box<RawValue>>,
}

/// Why something was not set.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    /// It is no JSON object, or too long.
    #[error("this is nothing that could be kept")]
    Unfit,
    /// The file.
    #[error("the settings could not be saved")]
    File(#[from] std::io::Error),
}

impl Settings {
    /// What is set in a data folder.
    pub(crate) fn load(folder: &Path) -> Self {
        let path = path(folder);
        let Ok(text) = std::fs::read_to_string(&path) else { return Self::default() };
        serde_json::from_str(&text).unwrap_or_else(|error| {
            tracing::warn!(%error, file = %path.display(), "the settings cannot be read; the usual ones hold");
            Self::default()
        })
    }

    fn save(&self, folder: &Path) -> Result<(), SettingsError> {
        let text = serde_json::to_vec(self).map_err(std::io::Error::other)?;
        Ok(whole_file::replace(&path(folder), &text)?)
    }

    /// Changes what is set, one change at a time, and keeps it. Answers how it is then.
    ///
    /// # Errors
    /// [`SettingsError`]; nothing is changed then.
    pub(crate) fn change(
        folder: &Path,
        change: impl FnOnce(&mut Self) -> Result<(), SettingsError>,
    ) -> Result<Self, SettingsError> {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let mut settings = Self::load(folder);
        change(&mut settings)?;
        settings.save(folder)?;
        Ok(settings)
    }

    /// Takes the page's choices.
    ///
    /// # Errors
    /// [`SettingsError::Unfit`]
    pub(crate) fn set_page(&mut self, text: String) -> Result<(), SettingsError> {
        let is_object = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text).is_ok();
        if text.len() > MOST_PAGE_BYTES || !is_object {
            return Err(SettingsError::Unfit);
        }
        self.page = Some(RawValue::from_string(text).map_err(|_| SettingsError::Unfit)?);
        Ok(())
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join("settings.json")
}

/// The variable by which WebKit is told to do without the graphics card's buffers.
const SAFE: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";

/// How this process draws.
pub(crate) fn rendering_now() -> Rendering {
    let is_safe = std::env::var_os(SAFE).is_some_and(|value| !value.is_empty() && value != "0");
    if is_safe { Rendering::Safe } else { Rendering::Auto }
}

/// Starts this program anew with what its windows need, if that was set and is not so yet. WebKit reads it from the
/// environment, which a running process must not change. Returns when nothing is needed, or why it did not work.
///
/// # Errors
/// When the program could not be started anew.
#[cfg(unix)]
pub(crate) fn start_anew_if_set(rendering: Rendering) -> std::io::Result<()> {
    use std::os::unix::process::CommandExt as _;
    if rendering == rendering_now() || rendering == Rendering::Auto {
        return Ok(());
    }
    let program = std::env::current_exe()?;
    // Only comes back when it failed.
    Err(std::process::Command::new(program).args(std::env::args_os().skip(1)).env(SAFE, "1").exec())
}

/// Elsewhere WebKit is not what draws.
#[cfg(not(unix))]
pub(crate) fn start_anew_if_set(_: Rendering) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_is_there_again_and_a_damaged_file_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let settings = Settings::load(dir.path());
        assert_eq!((settings.rendering, settings.updates), (Rendering::Auto, false));
        Settings::change(dir.path(), |s| {
            s.rendering = Rendering::Safe;
            s.set_page(r#"{"language":"de","unknown":[1]}"#.to_owned())
        })
        .unwrap();
        assert!(Settings::change(dir.path(), |s| s.set_page("[]".to_owned())).is_err());
        let again = Settings::load(dir.path());
        assert_eq!(again.rendering, Rendering::Safe);
        assert_eq!(again.page.unwrap().get(), r#"{"language":"de","unknown":[1]}"#);
        std::fs::write(path(dir.path()), "{\"rendering\":").unwrap();
        assert_eq!(Settings::load(dir.path()).rendering, Rendering::Auto);
    }

    #[test]
    fn only_a_small_object_is_taken_from_the_page() {
        let mut settings = Settings::default();
        for bad in ["", "7", "[]", "{", &format!("{{\"a\":\"{}\"}}", "x".repeat(20_000))] {
            assert!(settings.set_page(bad.to_owned()).is_err(), "{}", bad.len());
        }
        assert!(settings.page.is_none());
    }
}
