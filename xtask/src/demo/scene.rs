//! The demo's people and programs: a server with a policy, an approver, an auditor, and where they keep their things.

use std::fs;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::agent::Agent;
use super::field;
use crate::child::Running;
use crate::http::Connection;
use crate::stage::{command, output};
use crate::{invite, places};

const ORG: &str = "demo";
/// The person whose agent asks. It may not approve for itself.
pub const DEVELOPER: &str = "dana";
/// The person at the console.
const APPROVER: &str = "avery";

/// What runs, and what is needed to speak with it.
pub struct Scene {
    /// The demo's folder. Everything it writes lies here.
    pub folder: PathBuf,
    /// Where the server listens.
    pub url: String,
    vkey: String,
    // Ended in this order: the console before the server it speaks to.
    console: Option<Running>,
    server: Running,
}

impl Scene {
    /// A fresh organisation, its server, and the policy that makes every command ask.
    pub fn start() -> Result<Self> {
        let folder = places::root().join(".navi/demo");
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
        }
        fs::create_dir_all(&folder)?;
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
        let data = folder.join("server").to_string_lossy().into_owned();
        let made = output(&mut server(&["init", "--data-dir", &data, "--org", ORG]))?;
        let mut serve = server(&["serve", "--data-dir", &data, "--listen", "127.0.0.1:0"]);
        let (running, line) = Running::start_and_hear("navi-server", &mut serve, &folder.join("server.log"))?;
        let url = field(&line, "url")?;
        let scene = Self { folder, url, vkey: field(&made, "ledger_vkey")?, console: None, server: running };
        scene.set_policy()?;
        scene.write_environment()?;
        Ok(scene)
    }

    /// A token for a user in a role, with an agent's name for the role `agent`.
    pub fn token(&self, user: &str, role: &str, agent: Option<&str>) -> Result<String> {
        let mut create = self.server("token", user, role);
        if let Some(agent) = agent {
            create.args(["--agent", agent]);
        }
        field(&output(&mut create)?, "token")
    }

    /// Enrols the console by an invite and starts it.
    pub fn open_console(&mut self) -> Result<()> {
        let invite = field(&output(&mut self.server("invite", APPROVER, "approver"))?, "invite")?;
        let link = invite::link(&self.url, &invite, &self.vkey);
        let mut console = Command::new(places::debug_binary("navi-console"));
        console.arg("--data-dir").arg(self.folder.join("console")).args([
            "--enroll",
            &link,
            "--name",
            "Demo console",
            "--shared",
        ]);
        // Shared: the demo's agent runs on this machine as the same user, so its approvals are capped at medium risk.
        // The data directory is thrown away at the next start, so its keys do not go into the person's own keyring.
        console.env(
            "NAVI_CONSOLE_KEYSTORE",
            format!("file:{}", self.folder.join("console-keys.json").display()),
        );
        self.console = Some(Running::start("navi-console", &mut console, &self.folder.join("console.log"))?);
        Ok(())
    }

    /// Whether the console was started, and not the page.
    pub fn has_console(&self) -> bool {
        self.console.is_some()
    }

    /// Makes and prints a one-time link to the web page.
    pub fn print_web_link(&self) -> Result<()> {
        let mut link = server(&["web-link", "--data-dir"]);
        link.arg(self.folder.join("server"))
            .args(["--user", APPROVER, "--role", "approver", "--url", &self.url]);
        let link = field(&output(&mut link)?, "web_link")?;
        println!(
            "\n  Open the web console (once, within 60 seconds; press Enter here for a fresh link):\n\n    {link}"
        );
        Ok(())
    }

    /// Says what there is to see and how to check it.
    pub fn explain(&self, agent: &Agent) -> Result<()> {
        let gate = relative(&places::debug_binary("navi-gate"));
        let folder = relative(&self.folder);
        println!("\n  Server   {}   (log: {folder}/server.log)", self.url);
        println!("  Agent    Claude Code, its model a script: it wants to run  {}", agent.command());
        if self.has_console() {
            println!(
                "  Console  in your tray, enrolled as {APPROVER}: approve from the notification, or open the window"
            );
        } else {
            println!("  Console  no display is there: use the link above; you are enrolled as {APPROVER}");
        }
        println!(
            "\n  Until you approve, {}/greeting.txt does not exist. Afterwards verify the record, offline:\n",
            relative(&super::agent::project())
        );
        println!("    source {folder}/env");
        println!("    {gate} audit export --out {folder}/record.navi");
        println!("    {gate} audit verify {folder}/record.navi --vkey \"$NAVI_LEDGER_VKEY\"");
        println!("\n  Enter lets the agent ask again when it is done. Ctrl-C ends everything.\n");
        Ok(())
    }

    /// Fails when a program that should run has ended.
    pub fn check(&mut self) -> Result<()> {
        if let Some(status) = self.server.ended() {
            bail!("the server ended with {status}; see {}", self.folder.join("server.log").display());
        }
        if let Some(status) = self.console.as_mut().and_then(Running::ended) {
            self.console = None;
            println!(
                "The console ended with {status}; its log is {}",
                self.folder.join("console.log").display()
            );
            self.print_web_link()?;
        }
        Ok(())
    }

    fn set_policy(&self) -> Result<()> {
        let admin = self.token("admin", "admin", None)?;
        let policy = serde_json::json!({ "level": "standard", "require_approval_for": ["command_run"] });
        let path = format!("/api/governance/policy/{DEVELOPER}");
        Connection::open(&self.url, &admin)?.demand("PUT", &path, &policy.to_string())?;
        Ok(())
    }

    /// What an auditor's shell needs, in a file that only this user can read.
    fn write_environment(&self) -> Result<()> {
        let token = self.token("audra", "auditor", None)?;
        let (url, vkey) = (&self.url, &self.vkey);
        let text = format!(
            "export NAVI_URL='{url}'\nexport NAVI_TOKEN='{token}'\nexport NAVI_LEDGER_VKEY='{vkey}'\n"
        );
        let mut options = fs::OpenOptions::new();
        let mut file =
            options.write(true).create(true).truncate(true).mode(0o600).open(self.folder.join("env"))?;
        std::io::Write::write_all(&mut file, text.as_bytes())?;
        Ok(())
    }

    fn server(&self, noun: &str, user: &str, role: &str) -> Command {
        let mut command =
            server(&[noun, "create", "--org", ORG, "--user", user, "--role", role, "--data-dir"]);
        command.arg(self.folder.join("server"));
        command
    }
}

fn server(arguments: &[&str]) -> Command {
    command(places::debug_binary("navi-server"), arguments)
}

fn relative(path: &std::path::Path) -> String {
    path.strip_prefix(places::root()).unwrap_or(path).display().to_string()
}
