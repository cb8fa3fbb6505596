//! A real Unleash server on a throw-away PostgreSQL, as `tests/flag-server` pins it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use crate::binaries;
use crate::postgres::Cluster;
use crate::process::Daemon;

/// Its admin token.
pub const TOKEN: &str = "*:*.navi-admin";
const DATABASE: &str = "unleash";

/// A running server with the segment 1 (`beta`) and the environments `development` and `production`.
#[derive(Debug)]
pub struct Unleash {
    daemon: Daemon,
    port: u64,
    dir: PathBuf,
    /// The cluster with its database.
    pub cluster: Cluster,
}

impl Unleash {
    /// Starts one.
    ///
    /// # Errors
    /// When it or PostgreSQL is not installed.
    pub async fn start(dir: &Path) -> Result<Self> {
        let cluster = Cluster::start().await?;
        cluster.database(DATABASE)?;
        let (daemon, port) = serve(&cluster, 0, dir).await?;
        let unleash = Self { daemon, port, dir: dir.to_owned(), cluster };
        let beta = json!({"contextName": "userId", "operator": "IN", "values": ["1", "2"]});
        let segment = json!({"name": "beta", "constraints": [beta]});
        let made = unleash.call(Method::POST, "/api/admin/segments", &segment).await?;
        ensure!(made["id"] == 1, "{made}");
        Ok(unleash)
    }

    /// Where it answers; stays the same over restarts.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Address of a feature of the project `default`.
    #[must_use]
    pub fn feature(&self, name: &str) -> String {
        format!("{}/api/admin/projects/default/features/{name}", self.url())
    }

    /// A call as administrator; `path` is a path or an address of its own.
    ///
    /// # Errors
    /// With what it says, when it refuses.
    pub async fn call(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
        let url = if path.starts_with('/') { format!("{}{path}", self.url()) } else { path.to_owned() };
        let mut request = reqwest::Client::new().request(method, &url).header("authorization", TOKEN);
        if !body.is_null() {
            request = request.json(body);
        }
        let answer = request.send().await.with_context(|| url.clone())?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{url}: {status} {text}");
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    /// A new feature of the project `default`.
    ///
    /// # Errors
    /// When it refuses.
    pub async fn create(&self, name: &str) -> Result<()> {
        let path = "/api/admin/projects/default/features";
        self.call(Method::POST, path, &json!({"name": name, "type": "release"})).await.map(|_| ())
    }

    /// A feature in one environment, with all that it does there.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn environment(&self, feature: &str, name: &str) -> Result<Value> {
        let url = format!("{}?variantEnvironments=true", self.feature(feature));
        let answer = self.call(Method::GET, &url, &Value::Null).await?;
        let all = answer["environments"].as_array().cloned().unwrap_or_default();
        let mut found = all.into_iter().find(|e| e["name"] == name).context("no such environment")?;
        let strategies = found["strategies"].as_array_mut().into_iter();
        strategies.for_each(|all| all.sort_by_key(|strategy| strategy["sortOrder"].as_i64()));
        let fields = found.as_object_mut().context("no object")?;
        for counted in ["lastSeenAt", "yes", "no"] {
            fields.remove(counted);
        }
        Ok(found)
    }

    /// Ends it as a power cut would.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn kill(&mut self) -> Result<()> {
        self.daemon.kill().await
    }

    /// Starts it again at the same address, with what it had.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn restart(&mut self) -> Result<()> {
        (self.daemon, self.port) = serve(&self.cluster, self.port, &self.dir).await?;
        Ok(())
    }
}

async fn serve(cluster: &Cluster, port: u64, dir: &Path) -> Result<(Daemon, u64)> {
    let mut command = Command::new("node");
    command.arg(binaries::flag_server("unleash.mjs")?).arg(cluster.folder()).arg(DATABASE);
    command.arg(port.to_string()).env("UNLEASH_EXPERIMENTAL_ENABLE_LEGACY_VARIANTS", "true");
    let (daemon, line) = Daemon::spawn_with_first_line("unleash", command, dir).await?;
    let line: Value = serde_json::from_str(&line).with_context(|| format!("first line: {line:?}"))?;
    Ok((daemon, line["port"].as_u64().context("the server names no port")?))
}
