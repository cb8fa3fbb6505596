//! The product's page, in the console's window or in a browser, by the handles that `ui/README.md` promises.

use anyhow::{Context, Result};
use fantoccini::Locator;

use crate::console::PASSPHRASE;
use crate::wait;
use crate::webdriver::Browser;

/// Selector of a handle.
#[must_use]
pub fn by(testid: &str) -> String {
    format!("[data-testid='{testid}']")
}

/// Opens a request from the list and reads on until a decision is offered or it says why not. Requests that came while
/// another one was open are held behind a pill, which is clicked then.
///
/// # Errors
/// When the request is not listed; with what the page says.
pub async fn open_request(browser: &Browser, id: &str) -> Result<()> {
    let opened = wait::until(&format!("request {id} is open"), async || {
        click_now(browser, &by("new-requests")).await;
        click_now(browser, &format!("[data-approval-id='{id}'][data-testid='approval-row']")).await;
        browser.has(&format!("[data-approval-id='{id}'][data-testid='detail']")).await.then_some(())
    })
    .await;
    if let Err(error) = opened {
        return Err(error.context(format!("the page says:\n{}", browser.text().await)));
    }
    wait::until("a decision is offered", async || {
        click_now(browser, &by("read-on")).await;
        (browser.has(&by("approve")).await || browser.has(&by("why-not")).await).then_some(())
    })
    .await
    .with_context(|| format!("request {id} offers neither a decision nor a reason"))
}

/// Enrols a console with its form, both steps, as a person with the passphrase of the tests; ends at the first checks.
///
/// # Errors
/// When the form refuses.
pub async fn enrol(browser: &Browser, link: &str, name: &str, shared: bool) -> Result<()> {
    browser.fill(&by("enroll-link"), link).await?;
    browser.click(&by("enroll-next")).await?;
    browser.find(&by("enroll-server")).await?;
    browser.fill(&by("enroll-name"), name).await?;
    browser.fill(&by("enroll-passphrase"), PASSPHRASE).await?;
    browser.fill(&by("enroll-passphrase-again"), PASSPHRASE).await?;
    if !shared {
        browser.click(&by("enroll-shared")).await?;
    }
    browser.click(&by("enroll-submit")).await?;
    browser.find(&by("first-run")).await?;
    Ok(())
}

/// Goes to a screen by its place in the rail, or to any address of the page.
///
/// # Errors
/// When the page does not take it.
pub async fn go(browser: &Browser, hash: &str) -> Result<()> {
    let script = "location.hash = arguments[0]";
    browser
        .client()
        .execute(script, vec![hash.into()])
        .await
        .with_context(|| format!("cannot go to {hash}"))?;
    Ok(())
}

async fn click_now(browser: &Browser, css: &str) {
    // Not there, or not to be clicked now: the next round looks again.
    let _ = browser.try_click(Locator::Css(css)).await;
}
