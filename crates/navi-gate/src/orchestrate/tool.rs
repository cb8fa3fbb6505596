//! One call of a tool of an MCP server on stdio: initialize, `tools/call`, the result on stdout.

use std::process::{ExitCode, Stdio};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{ChildStdin, ChildStdout, Command};

/// Longest line of a server.
const LONGEST: u64 = 16 * 1024 * 1024;
/// The protocol's version that is offered.
const VERSION: &str = "2025-06-18";

/// What is called.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Call {
    /// The server's program and arguments.
    pub server: Vec<String>,
    /// The tool.
    pub tool: String,
    /// Its arguments.
    pub arguments: Value,
}

/// Calls it. Exit code 0 for a result, 1 for an error of the tool or the server.
pub async fn call(text: &str) -> ExitCode {
    let called = async {
        let call: Call = serde_json::from_str(text).context("the call is not understood")?;
        carry_out(&call).await
    };
    match called.await {
        Ok(result) => {
            println!("{result}");
            ExitCode::from(u8::from(result.get("isError") == Some(&Value::Bool(true))))
        }
        Err(error) => {
            eprintln!("navi-gate: the tool could not be called: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn carry_out(call: &Call) -> Result<Value> {
    let (program, rest) = call.server.split_first().context("no server is named")?;
    // The gate's credential is not the server's business.
    let mut command = Command::new(program);
    command.args(rest).kill_on_drop(true);
    crate::governed::secrets::withhold(command.as_std_mut());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut child = command.spawn().with_context(|| format!("cannot start {program}"))?;
    let mut to = child.stdin.take().context("the server has no input")?;
    let mut from = BufReader::new(child.stdout.take().context("the server has no output")?);
    let hello = json!({"protocolVersion": VERSION, "capabilities": {},
        "clientInfo": {"name": "navi-gate", "version": env!("CARGO_PKG_VERSION")}});
    ask(&mut to, &mut from, 1, "initialize", hello).await?;
    send(&mut to, &json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await?;
    let called = json!({"name": call.tool, "arguments": call.arguments});
    let result = ask(&mut to, &mut from, 2, "tools/call", called).await;
    // Its input ends, so that it may end by itself.
    drop(to);
    let _ = tokio::time::timeout(std::time::Duration::from_secs(5), child.wait()).await;
    result
}

async fn send(to: &mut ChildStdin, message: &Value) -> Result<()> {
    to.write_all(format!("{message}\n").as_bytes()).await.context("the server reads no more")?;
    to.flush().await.context("the server reads no more")
}

/// The result of one request; what else the server says in between is not for us.
async fn ask(
    to: &mut ChildStdin,
    from: &mut BufReader<ChildStdout>,
    id: u32,
    method: &str,
    params: Value,
) -> Result<Value> {
    send(to, &json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})).await?;
    loop {
        let mut line = Vec::new();
        let read = (&mut *from).take(LONGEST).read_until(b'\n', &mut line).await?;
        if read == 0 || line.last() != Some(&b'\n') {
            bail!("the server ended, or said too much, before it answered {method}");
        }
        let Ok(message) = serde_json::from_slice::<Value>(&line) else { continue };
        if message.get("id").and_then(Value::as_u64) != Some(u64::from(id)) {
            // A request of the server's own: we offer nothing.
            if let (Some(theirs), Some(_)) = (message.get("id"), message.get("method")) {
                let none = json!({"code": -32601, "message": "not offered"});
                send(to, &json!({"jsonrpc": "2.0", "id": theirs, "error": none})).await?;
            }
            continue;
        }
        if let Some(error) = message.get("error") {
            let said = error.get("message").and_then(Value::as_str).unwrap_or("an error without words");
            bail!("{method}: {}", crate::text::visible(said));
        }
        return message.get("result").cloned().context("an answer without a result");
    }
}
