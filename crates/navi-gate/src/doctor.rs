//! `doctor`: is the gate set up, and does the server know it?

use std::process::ExitCode;

use crate::config::Config;
use crate::exit;

/// Checks and tells.
pub async fn doctor() -> ExitCode {
    let checked = async {
        let config = Config::load()?;
        println!("server      {}", config.url()?);
        let session = config.client()?.session().await?;
        let agent = session.agent.map(|a| format!(" as agent {a}")).unwrap_or_default();
        println!("credential  {} for {}{agent} in {}", session.role, session.user, session.org);
        println!("ledger key  {}", session.ledger_vkey);
        Ok::<_, navi_client::ClientError>(())
    };
    match checked.await {
        Ok(()) => exit::DONE.into(),
        Err(error) => {
            eprintln!("navi-gate: {}", crate::text::one_line(&error));
            exit::REFUSED.into()
        }
    }
}
