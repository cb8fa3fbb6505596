//! Which language tray and notifications speak: the one that was chosen in the page, else the system's. A language that
//! there are no words for gives way to English.

mod de;
mod en;
mod refused;
mod said;
mod words;

use std::path::Path;

use serde::Deserialize;
use tokio::sync::watch;

pub(crate) use refused::Refused;
pub(crate) use said::said;
pub(crate) use words::{NoteWords, StartWords, TrayWords, Words};

use crate::settings::Settings;

/// A language that there are words for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Language {
    /// English.
    #[default]
    En,
    /// German.
    De,
}

impl Language {
    /// Everything that is said in it.
    pub(crate) fn words(self) -> &'static Words {
        match self {
            Self::En => &en::WORDS,
            Self::De => &de::WORDS,
        }
    }

    /// The language of a tag such as `de`, `de-AT` or `de_DE.UTF-8`.
    fn of_tag(tag: &str) -> Option<Self> {
        match tag.split(['-', '_', '.', '@']).next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "en" => Some(Self::En),
            "de" => Some(Self::De),
            _ => None,
        }
    }

    /// The chosen one, or the first of the system's that there are words for.
    fn chosen(settings: &Settings, system: impl IntoIterator<Item = String>) -> Self {
        #[derive(Deserialize)]
        struct Page {
            language: String,
        }
        let page = settings.page.as_ref().and_then(|page| serde_json::from_str::<Page>(page.get()).ok());
        let chosen = page.and_then(|page| Self::of_tag(&page.language));
        chosen.or_else(|| system.into_iter().find_map(|tag| Self::of_tag(&tag))).unwrap_or_default()
    }
}

/// The language in force, and a signal when another one is chosen.
#[derive(Debug)]
pub(crate) struct Spoken(watch::Sender<Language>);

impl Spoken {
    /// As it was chosen in a data folder.
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self(watch::Sender::new(Language::chosen(&Settings::load(folder), sys_locale::get_locales())))
    }

    /// The one in force.
    pub(crate) fn now(&self) -> Language {
        *self.0.borrow()
    }

    /// A signal when it changes.
    pub(crate) fn watch(&self) -> watch::Receiver<Language> {
        self.0.subscribe()
    }

    /// Something was set; perhaps the language.
    pub(crate) fn follow(&self, settings: &Settings) {
        let now = Language::chosen(settings, sys_locale::get_locales());
        self.0.send_if_modified(|was| std::mem::replace(was, now) != now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(page: Option<&str>) -> Settings {
        let mut settings = Settings::default();
        if let Some(page) = page {
            settings.set_page(page.to_owned()).unwrap();
        }
        settings
    }

    #[test]
    fn the_chosen_language_comes_before_the_systems_and_english_last() {
        let chosen = |page: Option<&str>, system: &[&str]| {
            Language::chosen(&settings(page), system.iter().map(|tag| (*tag).to_owned()))
        };
        assert_eq!(chosen(None, &["de_DE.UTF-8"]), Language::De);
        assert_eq!(chosen(None, &["fr-FR", "de-AT", "en-GB"]), Language::De);
        assert_eq!(chosen(None, &["C"]), Language::En);
        assert_eq!(chosen(None, &["den"]), Language::En, "Slavey is not German");
        assert_eq!(chosen(Some(r#"{"language":"de"}"#), &["en-GB"]), Language::De);
        assert_eq!(chosen(Some(r#"{"language":"en"}"#), &["de-DE"]), Language::En);
        for nothing in [r#"{"language":"system"}"#, r#"{"language":7}"#, r#"{"theme":"dark"}"#] {
            assert_eq!(chosen(Some(nothing), &["de-DE"]), Language::De, "{nothing}");
        }
    }

    #[test]
    fn who_listens_hears_of_another_language_and_of_nothing_else() {
        let spoken = Spoken(watch::Sender::new(Language::En));
        let mut heard = spoken.watch();
        spoken.follow(&settings(Some(r#"{"language":"en","theme":"dark"}"#)));
        assert!(!heard.has_changed().unwrap());
        spoken.follow(&settings(Some(r#"{"language":"de"}"#)));
        assert!(heard.has_changed().unwrap());
        assert_eq!(*heard.borrow_and_update(), Language::De);
    }
}
