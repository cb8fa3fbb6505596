//! `serve`: answers until SIGTERM or SIGINT, then drains.

use std::io::Write as _;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::data_dir::DataDir;
use crate::foreign::{self, Foreign};
use crate::pipelines::courier;
use crate::{http, jobs};

/// Open requests and streams get this long to end.
const DRAIN: Duration = Duration::from_secs(5);

/// Serves.
pub async fn serve(dir: &DataDir, listen: &str, witnesses: Vec<Foreign>) -> anyhow::Result<()> {
    let app = dir.app().await?;
    if let Some(error) = navi_facts::Catalogue::shipped().broken() {
        anyhow::bail!(
            "this build's own catalogue of patterns does not compile ({error}); nothing would be recognised"
        );
    }
    // Compiled before the first request, which need not wait for it then.
    app.rules.newest(app.store.as_ref()).await.context("the organisation's rules")?;
    let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
    let url = format!("http://{}", listener.local_addr()?);
    let (stop, stopped) = watch::channel(false);
    let jobs = tokio::spawn(jobs::run(app.clone(), stopped.clone()));
    let foreign = tokio::spawn(foreign::run(app.clone(), witnesses, stopped.clone()));
    let pipelines = tokio::spawn(courier::run(app.clone(), stopped.clone()));
    let mut drained = stopped.clone();
    let service = axum::serve(listener, http::router(app.clone())).with_graceful_shutdown(async move {
        // An error means that the sender is gone: stop as well.
        let _ = drained.wait_for(|s| *s).await;
    });
    let serving = tokio::spawn(async move { service.await });
    // The first line on stdout: whoever started the server reads the address from it.
    writeln!(std::io::stdout(), "{}", json!({"event": "listening", "url": url}))?;
    std::io::stdout().flush()?;
    tracing::info!(url, org = app.store.org(), "serving");

    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("draining");
    stop.send_replace(true);
    if tokio::time::timeout(DRAIN, serving).await.is_err() {
        tracing::info!("some streams were still open");
    }
    jobs.await.context("the jobs ended badly")?;
    foreign.await.context("the job of foreign witnesses ended badly")?;
    pipelines.await.context("the job of pipelines ended badly")?;
    app.store.close().await;
    Ok(())
}
