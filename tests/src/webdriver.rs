//! Windows and pages driven through WebDriver: the console's WebKit windows and the server's page in Chromium.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::desktop::Desktop;
use crate::process::{self, Daemon};
use crate::{binaries, desktop, wait};

/// A browser session and the driver behind it. Dropping it ends both.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    driver: Daemon,
    _profile: TempDir,
}

impl Browser {
    /// Starts `program args…` on `desktop` under `WebKitWebDriver`, which drives its web view.
    ///
    /// # Errors
    /// When the driver or the program does not start.
    pub async fn of_app(
        desktop: &Desktop,
        program: &Path,
        args: &[&str],
        environment: &[(&str, &str)],
    ) -> Result<Self> {
        let port = free_port()?;
        let mut command = desktop.command("WebKitWebDriver");
        command
            .arg(format!("--port={port}"))
            .env("TAURI_AUTOMATION", "true")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .envs(environment.iter().copied());
        let driver = desktop.spawn("webkit-driver", command)?;
        let capabilities = json!({
            "browserName": "wry",
            "webkitgtk:browserOptions": { "binary": program, "args": args },
        });
        Self::connect(driver, port, capabilities, tempfile::tempdir()?).await
    }

    /// A headless Chromium with an empty profile that speaks only to loopback.
    ///
    /// # Errors
    /// When Chromium or its driver is not installed.
    pub async fn chromium() -> Result<Self> {
        let port = free_port()?;
        let profile = tempfile::Builder::new().prefix("navi-chromium-").tempdir()?;
        let home = profile.path().join("home");
        desktop::private_folder(&home)?;
        let mut command = Command::new("chromedriver");
        command
            .arg(format!("--port={port}"))
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("HOME", &home)
            .env("LANG", "C.UTF-8");
        let driver = Daemon::spawn("chromedriver", command, profile.path())?;
        let data = format!("--user-data-dir={}", profile.path().join("data").display());
        let capabilities = json!({
            "browserName": "chrome",
            "goog:chromeOptions": { "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-dev-shm-usage", "--window-size=1280,900", data,
            ] },
        });
        Self::connect(driver, port, capabilities, profile).await
    }

    async fn connect(driver: Daemon, port: u16, capabilities: Value, profile: TempDir) -> Result<Self> {
        let Value::Object(capabilities) = capabilities else { anyhow::bail!("no capabilities") };
        let url = format!("http://127.0.0.1:{port}");
        wait::until("the web driver listens", async || {
            tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok()
        })
        .await?;
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let mut builder = ClientBuilder::new(connector);
        let opening = builder.capabilities(capabilities).connect(&url);
        // A driver waits for ever for a program that ended instead of showing a window.
        let client = tokio::time::timeout(wait::PATIENCE * 2, opening)
            .await
            .with_context(|| format!("no window came; the driver's log:\n{}", driver.log_text()))?
            .with_context(|| format!("no browser session; the driver's log:\n{}", driver.log_text()))?;
        Ok(Self { client, driver, _profile: profile })
    }

    /// The WebDriver client, for what has no shorthand here.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Opens a page.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub async fn open(&self, url: &str) -> Result<()> {
        self.client.goto(url).await.with_context(|| format!("cannot open {url}"))
    }

    /// Waits for an element that is on the screen.
    ///
    /// # Errors
    /// When it does not come; with the page's text.
    pub async fn find(&self, css: &str) -> Result<Element> {
        let found = wait::until(&format!("an element {css:?}"), async || {
            let element = self.client.find(Locator::Css(css)).await.ok()?;
            element.is_displayed().await.ok()?.then_some(element)
        })
        .await;
        match found {
            Ok(element) => Ok(element),
            Err(error) => Err(error.context(format!("the page says:\n{}", self.text().await))),
        }
    }

    /// Waits for an element that is on the screen, and reads it.
    ///
    /// # Errors
    /// When it does not come; with the page's text.
    pub async fn text_of(&self, css: &str) -> Result<String> {
        let found = wait::until(&format!("an element {css:?}"), async || {
            let element = self.client.find(Locator::Css(css)).await.ok()?;
            // Where it is drawn anew between the steps, it is looked for again.
            if !element.is_displayed().await.ok()? {
                return None;
            }
            element.text().await.ok()
        })
        .await;
        match found {
            Ok(text) => Ok(text),
            Err(error) => Err(error.context(format!("the page says:\n{}", self.text().await))),
        }
    }

    /// Waits until no such element is there any more.
    ///
    /// # Errors
    /// When it stays; with the page's text.
    pub async fn wait_until_gone(&self, css: &str) -> Result<()> {
        let gone = wait::until(&format!("{css:?} is gone"), async || {
            match self.client.find_all(Locator::Css(css)).await {
                Ok(found) => found.is_empty().then_some(()),
                Err(_) => None,
            }
        })
        .await;
        match gone {
            Ok(()) => Ok(()),
            Err(error) => Err(error.context(format!("the page says:\n{}", self.text().await))),
        }
    }

    /// Whether such an element is there now.
    pub async fn has(&self, css: &str) -> bool {
        self.client.find(Locator::Css(css)).await.is_ok()
    }

    /// Waits for an element that can be clicked, and clicks it until the page has heard it.
    ///
    /// # Errors
    /// When it never takes the click.
    pub async fn click(&self, css: &str) -> Result<()> {
        self.click_at(Locator::Css(css)).await
    }

    /// The same for an element that is found in any way.
    ///
    /// # Errors
    /// When it never takes the click.
    pub async fn click_at(&self, locator: Locator<'_>) -> Result<()> {
        let mut said = String::from("nothing");
        let clicked =
            wait::until(&format!("a click on {locator:?}"), async || match self.try_click(locator).await {
                Ok(is_heard) => is_heard.then_some(()),
                Err(error) => {
                    said = format!("{error:#}");
                    None
                }
            })
            .await;
        match clicked {
            Ok(()) => Ok(()),
            Err(error) => {
                Err(error.context(format!("it said {said}; the page says:\n{}", self.text().await)))
            }
        }
    }

    /// Clicks once; whether the page heard it. A driver looks where the element is, moves the pointer there and presses: what
    /// moved or was drawn anew meanwhile gets nothing of it, and the driver calls it a success all the same.
    ///
    /// # Errors
    /// When it is not there or cannot be clicked now.
    pub async fn try_click(&self, locator: Locator<'_>) -> Result<bool> {
        let element = self.client.find(locator).await?;
        if !element.is_enabled().await? {
            return Ok(false);
        }
        let css = match locator {
            Locator::Css(css) => Value::from(css),
            _ => Value::Null,
        };
        // What took its place and is found in the same way counts too.
        let listen = "const [element, css] = arguments; \
            removeEventListener('click', window.heardByTest, true); \
            window.clickedByTest = false; \
            window.heardByTest = ({ target }) => { \
              const hit = target instanceof Element && (element.contains(target) || (css !== null && target.closest(css) !== null)); \
              window.clickedByTest ||= hit; \
            }; \
            addEventListener('click', window.heardByTest, true);";
        self.client.execute(listen, vec![serde_json::to_value(&element)?, css]).await?;
        element.click().await?;
        // A page that is another one by now remembers nothing, or is not there yet: the click led there.
        let heard = self.client.execute("return window.clickedByTest ?? true", vec![]).await;
        Ok(heard.map_or(true, |heard| heard != Value::Bool(false)))
    }

    /// Types into a field, in place of what is in it, until it holds just that: what draws the field anew while it is typed
    /// into would swallow a part.
    ///
    /// # Errors
    /// When it is not there or holds something else.
    pub async fn fill(&self, css: &str, text: &str) -> Result<()> {
        let field = self.find(css).await?;
        // As a person empties it: the page must hear of it, which WebDriver's own clearing does not make sure of.
        let empty = "const [field] = arguments; \
            Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value').set.call(field, ''); \
            field.dispatchEvent(new Event('input', { bubbles: true }));";
        let mut field = Some(field);
        let mut held = Value::Null;
        let filled = wait::until(&format!("{css:?} holds what is typed"), async || {
            let found = match field.take() {
                Some(found) => found,
                None => self.client.find(Locator::Css(css)).await.ok()?,
            };
            let handle = serde_json::to_value(&found).ok()?;
            self.client.execute(empty, vec![handle.clone()]).await.ok()?;
            found.send_keys(text).await.ok()?;
            held = self.client.execute("return arguments[0].value", vec![handle]).await.ok()?;
            (held == text).then_some(())
        })
        .await;
        match filled {
            Ok(()) => Ok(()),
            Err(error) => {
                // What it holds may be a secret of the tests only.
                Err(error.context(format!("it holds {held}; the page says:\n{}", self.text().await)))
            }
        }
    }

    /// The page's visible text.
    pub async fn text(&self) -> String {
        match self.client.find(Locator::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(error) => format!("(no page: {error})"),
        }
    }

    /// Waits until the page says `text`.
    ///
    /// # Errors
    /// When it does not; with what it says.
    pub async fn wait_for_text(&self, text: &str) -> Result<()> {
        let found = wait::until(&format!("the page says {text:?}"), async || {
            self.text().await.contains(text).then_some(())
        })
        .await;
        match found {
            Ok(()) => Ok(()),
            Err(error) => Err(error.context(format!("the page says:\n{}", self.text().await))),
        }
    }

    /// Keeps a picture of the page among the artefacts, as `NAME.png`.
    ///
    /// # Errors
    /// When it cannot be taken.
    pub async fn screenshot(&self, name: &str) -> Result<()> {
        let png = self.client.screenshot().await?;
        std::fs::write(binaries::artifacts()?.join(format!("{name}.png")), png)?;
        Ok(())
    }

    /// Ends the session and the browser in order, and waits until all of it is gone.
    ///
    /// # Errors
    /// When something stays.
    pub async fn close(self) -> Result<()> {
        let family = process::descendants(self.driver.pid());
        // A driver that does not answer is ended with what it started.
        let _ = tokio::time::timeout(wait::PATIENCE, self.client.clone().close()).await;
        drop(self);
        wait::until("the browser has ended", async || {
            family.iter().all(|pid| process::has_ended(*pid)).then_some(())
        })
        .await
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
