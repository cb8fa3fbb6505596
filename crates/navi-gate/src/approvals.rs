//! `approvals`: what waits, and what people ask about it; `answer`: the agent answers.

use std::process::ExitCode;

use crate::cli::{AnswerArgs, ApprovalsArgs};
use crate::config::Config;
use crate::exit;
use crate::permission::open_questions;
use crate::text::{left, visible};

/// Lists approvals.
pub async fn list(args: ApprovalsArgs) -> ExitCode {
    if let Some(id) = &args.id {
        return show(id, args.json).await;
    }
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
        Err(error) => return refused(&crate::text::one_line(&error)),
    };
    if args.json {
        println!("{}", serde_json::json!({"approvals": approvals}));
    } else if approvals.is_empty() {
        println!("Nothing is {}.", args.status);
    } else {
        for a in approvals {
            let time =
                if a.status == "pending" { format!("{} left", left(a.left(now))) } else { a.status.clone() };
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

async fn show(id: &str, json: bool) -> ExitCode {
    let found = async { Config::load()?.client()?.approval(id).await }.await;
    let approval = match found {
        Ok(Some(approval)) => approval,
        Ok(None) => return refused(&format!("there is no approval {}", visible(id))),
        Err(error) => return refused(&crate::text::one_line(&error)),
    };
    if json {
        println!("{}", serde_json::json!(approval));
        return exit::DONE.into();
    }
    println!("{}  {}  {}", approval.id, approval.status, visible(&approval.title));
    for remark in &approval.discussion {
        println!("  {} {} {}: {}", remark.id, remark.kind, visible(&remark.user), visible(&remark.text));
    }
    for question in open_questions(&approval) {
        println!("Answer with: navi-gate answer {} {} TEXT", approval.id, question.id);
    }
    exit::DONE.into()
}

/// Answers a question.
pub async fn answer(args: AnswerArgs) -> ExitCode {
    let answered =
        async { Config::load()?.client()?.answer(&args.id, &args.question, &args.text).await }.await;
    match answered {
        Ok(_) => {
            println!("Answered. The request still waits for people.");
            exit::DONE.into()
        }
        Err(error) => refused(&crate::text::one_line(&error)),
    }
}

fn refused(line: &str) -> ExitCode {
    eprintln!("navi-gate: {line}");
    exit::REFUSED.into()
}
