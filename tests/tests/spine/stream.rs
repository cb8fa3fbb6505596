//! The stream of somebody who sees little, on a server where much happens.

use anyhow::{Context as _, Result, bail};
use futures_util::StreamExt as _;
use navi_tests::server::Server;
use navi_tests::wait;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

#[tokio::test(flavor = "multi_thread")]
async fn heartbeats_come_while_others_do_what_one_does_not_see() -> Result<()> {
    let server = Server::start_with(&json!({ "heartbeat_secs": 1 })).await?;
    let agent = server.api("alice", "agent", Some("coder")).await?;
    let address = format!("{}/api/governance/stream", server.url.replacen("http", "ws", 1));
    let mut request = address.into_client_request()?;
    let token = format!("Bearer {}", server.token("dana", "developer", None).await?);
    request.headers_mut().insert("authorization", token.parse()?);
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await?;

    let others = async {
        loop {
            agent.evaluate("command_run", json!({ "command": "ls" })).await?;
        }
    };
    let heartbeat = async {
        loop {
            let message = socket.next().await.context("the stream ended")??;
            let frame: Value = serde_json::from_str(message.to_text()?)?;
            match frame["frame"].as_str() {
                Some("heartbeat") => return Ok(frame),
                Some("hello") => {}
                _ => bail!("dana sees {frame}"),
            }
        }
    };
    let frame = tokio::select! {
        failed = others => return failed,
        frame = tokio::time::timeout(wait::PATIENCE, heartbeat) => frame.context("no heartbeat came")??,
    };
    assert!(frame["head"].as_u64() > Some(0), "{frame}");
    Ok(())
}
