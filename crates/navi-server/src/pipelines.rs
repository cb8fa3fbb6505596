//! Pipelines elsewhere that ask here (GitHub, Terraform): what the operator set, where their answers may go, and how what
//! they send along is kept. What is decided about them is `usecase::pipeline`'s.
//!
//! No byte goes to an address that a webhook names: of those only the path counts, below the operator's own address.

pub mod address;
pub mod courier;
pub mod github;
pub mod pace;
pub mod sealed;
pub mod secret;
pub mod terraform;

use std::path::Path;

use navi_domain::pipeline::{PipelineCheck, PipelineSource};

use crate::App;
use crate::config::WebhookConfig;
use pace::Pace;

/// What the operator set. Nothing set: every webhook is closed.
#[derive(Default)]
pub struct Pipelines {
    /// GitHub.
    pub github: Option<github::Github>,
    /// Terraform.
    pub terraform: Option<terraform::Terraform>,
    /// Address of this server's page.
    pub page_url: Option<String>,
    /// One ask is kept at a time, so that two that are the same find each other.
    pub keeping: tokio::sync::Mutex<()>,
    /// Something was asked.
    pub asked: tokio::sync::Notify,
    /// When each is tried again.
    pub pace: Pace,
}

impl Pipelines {
    /// Reads what the configuration names; relative paths lie in `folder`.
    ///
    /// # Errors
    /// What is missing or wrong, in words. A server that could check nothing must not start.
    pub fn of(config: &WebhookConfig, folder: &Path) -> anyhow::Result<Self> {
        let github = config.github.as_ref().map(|c| github::Github::of(c, folder)).transpose()?;
        let terraform = config.terraform.as_ref().map(|c| terraform::Terraform::of(c, folder)).transpose()?;
        let page_url = config.page_url.as_ref().map(|url| url.trim_end_matches('/').to_owned());
        Ok(Self { github, terraform, page_url, ..Self::default() })
    }
}

/// What is said to a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word<'a> {
    /// It waits for people.
    Waits(&'a str),
    /// It goes on, or it does not.
    Ends {
        /// Whether it goes on.
        passed: bool,
        /// For people.
        message: &'a str,
    },
}

/// Why something was not said or heard. In words, without secrets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unheard {
    /// It may work later.
    #[error("{0}")]
    Later(String),
    /// It never will.
    #[error("{0}")]
    Never(String),
}

/// Says a word to the pipeline.
///
/// # Errors
/// [`Unheard`]
pub async fn say(app: &App, check: &PipelineCheck, word: Word<'_>) -> Result<(), Unheard> {
    let closed = || Unheard::Later(format!("webhooks.{} is no longer configured", check.source.as_str()));
    match check.source {
        PipelineSource::Github => {
            app.pipelines.github.as_ref().ok_or_else(closed)?.say(app, check, word).await
        }
        PipelineSource::Terraform => {
            app.pipelines.terraform.as_ref().ok_or_else(closed)?.say(app, check, word).await
        }
    }
}

/// At most so many characters, with an ellipsis where something is left out.
fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}
