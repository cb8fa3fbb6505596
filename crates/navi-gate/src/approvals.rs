//! `approvals`: what waits.

use std::process::ExitCode;

use crate::cli::ApprovalsArgs;
use crate::config::Config;
use crate::exit;
use crate::text::{left, visible};

/// Lists approvals.
pub async fn list(args: ApprovalsArgs) -> ExitCode {
    let listed = async {
        let client = Config::load()?.client()?;
        let (mut all, mut cursor) = (Vec::new(), None);
        loop {
            let page = client.approvals(Some(&args.status), cursor.as_deref(), 200).await?;
            let time = page.server_time;
            all.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok::<_, navi_client::ClientError>((all, time));
            }
        }
    };
    let (approvals, now) = match listed.await {
        Ok(found) => found,
        Err(error) => {
            eprintln!("navi-gate: {}", crate::text::one_line(&error));
            return exit::REFUSED.into();
        }
    };
    if args.json {
        println!("{}", serde_json::json!({"approvals": approvals}));
    } else if approvals.is_empty() {
        println!("Nothing is {}.", args.status);
    } else {
        for a in approvals {
            let time = if a.status == "pending" {
                format!("{} left", left(a.expires_at - now))
            } else {
                a.status.clone()
            };
            println!(
                "{}  {:8} {:.3}  {:>12}  {}/{}  {}",
                a.id,
                a.level,
                a.risk_score,
                time,
                a.votes.len(),
                a.quorum,
                visible(&a.title)
            );
        }
    }
    exit::DONE.into()
}
