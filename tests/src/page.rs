//! The product's page, in the console's window or in a browser, by the handles that `ui/README.md` promises.

use anyhow::{Context, Result};
use fantoccini::Locator;

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

async fn click_now(browser: &Browser, css: &str) {
    if let Ok(element) = browser.client().find(Locator::Css(css)).await {
        let _ = element.click().await;
    }
}
