//! `ledger`: what an operator does to the record itself, from the server's shell.

use serde_json::json;

use super::data_dir::DataDir;
use crate::usecase::erasure;

/// Erases what is kept too long, until nothing is left; with `look_only` it only says what the next step would erase.
pub async fn prune(dir: &DataDir, look_only: bool) -> anyhow::Result<()> {
    let app = dir.app().await?;
    loop {
        let gone =
            erasure::prune(&app, look_only).await.map_err(|refusal| anyhow::anyhow!(refusal.detail))?;
        for (class, entries) in &gone {
            println!("{}", json!({"class": class, "entries": entries, "erased": !look_only}));
        }
        if look_only || gone.is_empty() {
            app.store.close().await;
            return Ok(());
        }
    }
}
