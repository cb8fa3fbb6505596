//! Carries every open ask of a pipeline on, until it has its answer: once a second, and at once when something is asked.

use std::time::Duration;

use tokio::sync::watch;

use crate::App;
use crate::usecase::pipeline;

const PAUSE: Duration = Duration::from_secs(1);

/// Runs until `stop` becomes true. What fails is tried again.
pub async fn run(app: App, mut stop: watch::Receiver<bool>) {
    if app.pipelines.github.is_none() && app.pipelines.terraform.is_none() {
        return;
    }
    loop {
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = app.pipelines.asked.notified() => {}
            _ = stop.wait_for(|s| *s) => return,
        }
        tokio::select! {
            carried = pipeline::carry_all(&app) => {
                if let Err(refusal) = carried {
                    tracing::warn!(detail = refusal.detail, "pipelines must wait");
                }
            }
            // What was on its way is said again after the start; the pipeline takes a word once.
            _ = stop.wait_for(|s| *s) => return,
        }
    }
}
