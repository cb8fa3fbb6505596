//! The real server: started, stopped, killed and restarted, driven by its command line and its HTTP contract.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Duration;

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::{self, Daemon};
use crate::{binaries, desktop, wait};

/// The organisation of every test.
pub const ORG: &str = "acme";
pub(crate) const API: &str = "/api/governance";

/// A server with its own data folder. Dropping it kills it and removes the folder.
#[derive(Debug)]
pub struct Server {
    running: Option<Daemon>,
    /// Where it answers; stays the same over restarts.
    pub url: String,
    /// First administrator's invite.
    pub admin_invite: String,
    /// Key that verifies the ledger's checkpoints.
    pub ledger_vkey: String,
    dir: TempDir,
    way: Way,
}

/// How the server's process is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Plainly.
    Plain,
    /// With a limit on the size of its files as an error instead of a signal.
    FileLimits,
    /// With a wall clock that the test moves.
    OwnClock,
}

impl Server {
    /// Initialises a data folder and serves it on a free port.
    ///
    /// # Errors
    /// When it does not keep the contract for `init` and `serve`.
    pub async fn start() -> Result<Self> {
        Self::start_with(&json!({})).await
    }

    /// The same with a `config.json`.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn start_with(config: &Value) -> Result<Self> {
        Self::start_in(config, Way::Plain).await
    }

    /// The same, where a file that may not grow is an error of the write, as on a full disk, and no signal.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn start_ignoring_file_limits() -> Result<Self> {
        Self::start_in(&json!({}), Way::FileLimits).await
    }

    /// The same, with a wall clock that [`Server::let_pass`] moves.
    ///
    /// # Errors
    /// As [`Server::start`]; without the library of `faketime`.
    pub async fn start_with_a_clock_of_its_own() -> Result<Self> {
        Self::start_in(&json!({}), Way::OwnClock).await
    }

    /// Sets its clock apart from the real one: `+16m`, `-2d`. From the real one, not from the last step.
    ///
    /// # Errors
    /// When its clock cannot be written.
    pub fn let_pass(&self, offset: &str) -> Result<()> {
        let (new, clock) = (self.dir.path().join("clock.new"), self.clock());
        std::fs::write(&new, offset)?;
        Ok(std::fs::rename(new, clock)?)
    }

    fn clock(&self) -> PathBuf {
        self.dir.path().join("clock")
    }

    async fn start_in(config: &Value, way: Way) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("navi-server-").tempdir()?;
        let data = dir.path().join("data");
        desktop::private_folder(&data)?;
        let made = command_json(&["init", "--data-dir", &data.to_string_lossy(), "--org", ORG]).await?;
        anyhow::ensure!(text(&made, "org")? == ORG, "init says {made}");
        write_file(&data, "config.json", &config.to_string())?;
        let mut server = Self {
            running: None,
            url: String::new(),
            admin_invite: text(&made, "admin_invite")?,
            ledger_vkey: text(&made, "ledger_vkey")?,
            dir,
            way,
        };
        server.let_pass("+0")?;
        server.serve("127.0.0.1:0", &[]).await?;
        Ok(server)
    }

    async fn serve(&mut self, listen: &str, more: &[&str]) -> Result<()> {
        let program = binaries::product("navi-server")?;
        let mut command = match self.way {
            Way::FileLimits => {
                let mut shell = Command::new("sh");
                shell.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(program);
                shell
            }
            Way::Plain | Way::OwnClock => Command::new(program),
        };
        if self.way == Way::OwnClock {
            let faketime = faketime().context("the library of `faketime` is missing: cargo xtask setup")?;
            command
                .env("LD_PRELOAD", faketime)
                .env("FAKETIME_TIMESTAMP_FILE", self.clock())
                .env("FAKETIME_NO_CACHE", "1")
                .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
                .env("DONT_FAKE_MONOTONIC", "1");
        }
        command
            .args(["serve", "--data-dir", &self.data_dir().to_string_lossy(), "--listen", listen])
            .args(more);
        let (daemon, line) = Daemon::spawn_with_first_line("navi-server", command, self.dir.path()).await?;
        let line: Value = serde_json::from_str(&line).with_context(|| format!("first line: {line:?}"))?;
        anyhow::ensure!(line["event"] == "listening", "first line: {line}");
        self.url = text(&line, "url")?.trim_end_matches('/').to_owned();
        self.running = Some(daemon);
        Ok(())
    }

    /// Its data folder.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Its process id.
    ///
    /// # Errors
    /// When it does not run.
    pub fn pid(&self) -> Result<u32> {
        Ok(self.running.as_ref().context("the server does not run")?.pid())
    }

    /// What it logged.
    #[must_use]
    pub fn log(&self) -> String {
        self.running.as_ref().map(Daemon::log_text).unwrap_or_default()
    }

    /// `HOST:PORT`.
    #[must_use]
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// `kill -9`.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn kill(&mut self) -> Result<()> {
        self.running.take().context("the server does not run")?.kill().await
    }

    /// `SIGTERM`; how it ended.
    ///
    /// # Errors
    /// When it does not run or does not end.
    pub async fn terminate(&mut self) -> Result<ExitStatus> {
        self.running.take().context("the server does not run")?.terminate().await
    }

    /// Serves the same folder on the same port again.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn restart(&mut self) -> Result<()> {
        self.restart_with(&[]).await
    }

    /// The same with further arguments of `serve`.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn restart_with(&mut self, more: &[&str]) -> Result<()> {
        let address = self.address().to_owned();
        self.serve(&address, more).await
    }

    /// Stops it where it is: its connections stay, and nothing comes over them, until [`Server::go_on`].
    ///
    /// # Errors
    /// When it does not run.
    pub fn pause(&mut self) -> Result<()> {
        self.running.as_mut().context("the server does not run")?.pause()
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// When it does not run.
    pub fn go_on(&mut self) -> Result<()> {
        self.running.as_mut().context("the server does not run")?.go_on()
    }

    /// Makes a token by the command line.
    ///
    /// # Errors
    /// When the command line breaks its contract.
    pub async fn token(&self, user: &str, role: &str, agent: Option<&str>) -> Result<String> {
        let data = self.data_dir();
        let data = data.to_string_lossy();
        let mut args =
            vec!["token", "create", "--data-dir", &data, "--org", ORG, "--user", user, "--role", role];
        args.extend(agent.iter().flat_map(|agent| ["--agent", agent]));
        text(&command_json(&args).await?, "token")
    }

    /// Makes an invite by the command line.
    ///
    /// # Errors
    /// When the command line breaks its contract.
    pub async fn invite(&self, user: &str, role: &str) -> Result<String> {
        let data = self.data_dir();
        let made = command_json(&[
            "invite",
            "create",
            "--data-dir",
            &data.to_string_lossy(),
            "--org",
            ORG,
            "--user",
            user,
            "--role",
            role,
        ])
        .await?;
        text(&made, "invite")
    }

    /// Makes a one-time link to the web page by the command line.
    ///
    /// # Errors
    /// When the command line breaks its contract.
    pub async fn web_link(&self, user: &str, role: &str) -> Result<String> {
        let data = self.data_dir();
        let made = command_json(&[
            "web-link",
            "--data-dir",
            &data.to_string_lossy(),
            "--user",
            user,
            "--role",
            role,
            "--url",
            &self.url,
        ])
        .await?;
        text(&made, "web_link")
    }

    /// The API with a token of this person and role.
    ///
    /// # Errors
    /// When the token cannot be made.
    pub async fn api(&self, user: &str, role: &str, agent: Option<&str>) -> Result<Api> {
        Api::new(&self.url, Some(self.token(user, role, agent).await?))
    }

    /// The API with a credential, or none.
    ///
    /// # Errors
    /// When no client can be made.
    pub fn api_with(&self, token: Option<String>) -> Result<Api> {
        Api::new(&self.url, token)
    }

    /// Lets an administrator state a policy.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn set_policy(&self, user: &str, policy: Value) -> Result<Value> {
        let admin = self.api("root", "admin", None).await?;
        let known = admin.get(&format!("/policy/{user}")).await?;
        let mut policy = policy;
        if let (Some(version), Value::Object(fields)) = (known.body["version"].as_u64(), &mut policy) {
            fields.entry("version").or_insert_with(|| json!(version));
        }
        admin.put(&format!("/policy/{user}"), &policy).await?.expect(200)
    }
}

/// Debian keeps it in a folder named after the machine.
fn faketime() -> Option<PathBuf> {
    let machines = std::fs::read_dir("/usr/lib").ok()?;
    let library = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.ok()?.path().join("faketime/libfaketimeMT.so.1");
        path.is_file().then_some(path)
    };
    machines.filter_map(library).next()
}

async fn command_json(args: &[&str]) -> Result<Value> {
    let mut command = Command::new(binaries::product("navi-server")?);
    command.args(args);
    process::run(command).await?.expect_code(0)?.json()
}

fn text(value: &Value, name: &str) -> Result<String> {
    Ok(value[name].as_str().with_context(|| format!("no text {name:?} in {value}"))?.to_owned())
}

/// The HTTP API with one credential.
#[derive(Clone, Debug)]
pub struct Api {
    http: reqwest::Client,
    url: String,
    /// The bearer token.
    pub token: Option<String>,
}

/// One answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Content type.
    pub content_type: String,
    /// Body as JSON; null when it is none.
    pub body: Value,
    /// Body as text.
    pub text: String,
}

impl Answer {
    /// The body, if the status is this one.
    ///
    /// # Errors
    /// With the whole answer otherwise.
    pub fn expect(self, status: u16) -> Result<Value> {
        anyhow::ensure!(self.status == status, "expected {status}: {self:?}");
        Ok(self.body)
    }

    /// Fails unless it is a problem with this status and code.
    ///
    /// # Errors
    /// With the whole answer.
    pub fn expect_problem(self, status: u16, code: &str) -> Result<Value> {
        anyhow::ensure!(
            self.status == status
                && self.body["code"] == code
                && self.content_type.starts_with("application/problem+json"),
            "expected problem {status} {code}: {self:?}"
        );
        Ok(self.body)
    }
}

impl Api {
    fn new(url: &str, token: Option<String>) -> Result<Self> {
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(90)).build()?;
        Ok(Self { http, url: url.to_owned(), token })
    }

    /// Sends one request to `path` under the API's prefix, with extra headers.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Result<Answer> {
        let mut request = self.http.request(method, format!("{}{API}{path}", self.url));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let content_type = answer
            .headers()
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let text = answer.text().await?;
        Ok(Answer { status, content_type, body: serde_json::from_str(&text).unwrap_or(Value::Null), text })
    }

    /// `GET`.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        self.send(Method::GET, path, None, &[]).await
    }

    /// `POST`.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.send(Method::POST, path, Some(body), &[]).await
    }

    /// `PUT`.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn put(&self, path: &str, body: &Value) -> Result<Answer> {
        self.send(Method::PUT, path, Some(body), &[]).await
    }

    /// A body as bytes, for files.
    ///
    /// # Errors
    /// When no answer comes or it is not 200.
    pub async fn download(&self, path: &str) -> Result<Vec<u8>> {
        let request = self.http.get(format!("{}{API}{path}", self.url));
        let token = self.token.as_deref().unwrap_or_default();
        let answer = request.bearer_auth(token).send().await?.error_for_status()?;
        Ok(answer.bytes().await?.to_vec())
    }

    /// Asks for a decision.
    ///
    /// # Errors
    /// When the server refuses the question.
    pub async fn evaluate(&self, action_type: &str, context: Value) -> Result<Value> {
        self.post("/evaluate", &json!({ "action_type": action_type, "context": context })).await?.expect(200)
    }

    /// One approval.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn approval(&self, id: &str) -> Result<Value> {
        self.get(&format!("/approvals/{id}")).await?.expect(200)
    }

    /// Pending approvals.
    ///
    /// # Errors
    /// When the list is refused.
    pub async fn pending(&self) -> Result<Vec<Value>> {
        let page = self.get("/approvals?status=pending").await?.expect(200)?;
        Ok(page["items"].as_array().cloned().unwrap_or_default())
    }

    /// Waits until exactly one approval is pending.
    ///
    /// # Errors
    /// When that does not come about.
    pub async fn the_pending_one(&self) -> Result<Value> {
        wait::until("one approval is pending", async || match self.pending().await.ok()?.as_slice() {
            [one] => Some(one.clone()),
            _ => None,
        })
        .await
    }

    /// Waits until an approval has this status.
    ///
    /// # Errors
    /// When that does not come about.
    pub async fn wait_for_status(&self, id: &str, status: &str) -> Result<Value> {
        wait::until(&format!("approval {id} is {status}"), async || {
            self.approval(id).await.ok().filter(|view| view["status"] == status)
        })
        .await
    }

    /// The whole ledger, oldest entry first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn ledger(&self) -> Result<Vec<Value>> {
        self.ledger_from(0).await
    }

    /// The ledger from an index on.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn ledger_from(&self, from: usize) -> Result<Vec<Value>> {
        let mut entries: Vec<Value> = Vec::new();
        loop {
            let path = format!("/ledger/{ORG}/entries?from={}&limit=500", from + entries.len());
            let body = self.get(&path).await?.expect(200)?;
            let page = body.as_array().or_else(|| body["items"].as_array()).context("no list")?.clone();
            if page.is_empty() {
                return Ok(entries);
            }
            entries.extend(page);
        }
    }
}

/// Waits until nothing listens at `path` any more: for a server that must be down.
///
/// # Errors
/// When it stays.
pub async fn wait_until_silent(address: &str) -> Result<()> {
    wait::until(&format!("{address} is silent"), async || {
        tokio::net::TcpStream::connect(address).await.err().map(|_| ())
    })
    .await
}

/// A file in `dir` with this text.
///
/// # Errors
/// When it cannot be written.
pub fn write_file(dir: &Path, name: &str, text: &str) -> Result<PathBuf> {
    let path = dir.join(name);
    std::fs::write(&path, text)?;
    Ok(path)
}
