//! `bypass`: an emergency from a terminal. What raises a right is signed with the step-up key of this terminal.

use std::process::ExitCode;

use anyhow::Context as _;
use chrono::{DateTime, Local};
use navi_client::api::Client;
use navi_client::bypass::{BypassDraft, asked};
use navi_domain::bypass::{Act, BypassScope, Wish};
use navi_protocol::bypass::{BypassDetail, BypassList, BypassView};

use crate::cli::{BypassArgs, BypassCommand};
use crate::config::Config;
use crate::device::Terminal;
use crate::exit;
use crate::text::visible;

enum Told {
    List(Box<BypassList>),
    Detail(Box<BypassDetail>),
    One(Box<BypassView>),
}

/// Lists, asks, confirms, ends, reviews.
pub async fn bypass(args: &BypassArgs) -> ExitCode {
    match attempt(args).await {
        Ok(told) => {
            print(&told, args.json);
            exit::DONE.into()
        }
        Err(error) => {
            eprintln!("navi-gate: {}", visible(&format!("{error:#}")));
            exit::REFUSED.into()
        }
    }
}

async fn attempt(args: &BypassArgs) -> anyhow::Result<Told> {
    let one = |view| Told::One(Box::new(view));
    Ok(match &args.command {
        None | Some(BypassCommand::List) => Told::List(Box::new(reader(args)?.bypasses().await?)),
        Some(BypassCommand::Show { id }) => Told::Detail(Box::new(reader(args)?.bypass(id).await?)),
        Some(BypassCommand::End { id }) => one(reader(args)?.end_bypass(id).await?),
        Some(BypassCommand::Ask { incident, reason, minutes, request, repo, agent, everything: _ }) => {
            let terminal = Terminal::open(args.keystore.as_deref())?;
            let scope = match (request, repo, agent) {
                (Some(id), _, _) => BypassScope::Action(digest_of(&terminal.client, id).await?),
                (None, Some(repo), _) => BypassScope::Repo(repo.trim().to_owned()),
                (None, None, Some(agent)) => BypassScope::Agent(agent.trim().to_owned()),
                (None, None, None) => BypassScope::Everything,
            };
            let (incident, reason) = (incident.trim().to_owned(), reason.trim().to_owned());
            let wish = Wish { scope, incident, reason, minutes: *minutes };
            one(say(args, &terminal, None, Act::Ask(wish)).await?)
        }
        Some(BypassCommand::Confirm { id, number }) => {
            let terminal = Terminal::open(args.keystore.as_deref())?;
            let view = terminal.client.bypass(id).await?.bypass;
            anyhow::ensure!(
                asked(&view).is_some(),
                "what the server shows is not what {} signed; confirm nothing and verify the record",
                visible(&view.by)
            );
            if !args.json {
                eprintln!("{}", line(&view));
            }
            let (bypass_id, ask_sha256) = (id.clone(), view.ask_sha256);
            let act = Act::Confirm { bypass_id, ask_sha256, number: *number };
            one(say(args, &terminal, Some((id, "confirm")), act).await?)
        }
        Some(BypassCommand::Solo { id }) => {
            let terminal = Terminal::open(args.keystore.as_deref())?;
            let act = Act::Alone { bypass_id: id.clone() };
            one(say(args, &terminal, Some((id, "alone")), act).await?)
        }
        Some(BypassCommand::Review { id, finding }) => {
            let terminal = Terminal::open(args.keystore.as_deref())?;
            let act = Act::Review { bypass_id: id.clone(), finding: finding.trim().to_owned() };
            one(say(args, &terminal, Some((id, "review")), act).await?)
        }
    })
}

/// Who only reads or ends needs no key: this terminal's token where it is enrolled, else `NAVI_TOKEN`.
fn reader(args: &BypassArgs) -> anyhow::Result<Client> {
    let config = Config::load()?;
    match args.keystore.as_deref().or(config.keystore.as_deref()) {
        Some(keystore) => Ok(Terminal::open(Some(keystore))?.client),
        None => Ok(config.client()?),
    }
}

async fn digest_of(client: &Client, approval: &str) -> anyhow::Result<String> {
    let found = client.approval(approval).await?;
    Ok(found.with_context(|| format!("there is no approval {approval}"))?.digest)
}

async fn say(
    args: &BypassArgs,
    terminal: &Terminal,
    step: Option<(&str, &str)>,
    act: Act,
) -> anyhow::Result<BypassView> {
    let key = match act.needs_step_up() {
        true => terminal.step_up_key(args.passphrase_file.as_deref(), "a bypass")?,
        false => terminal.vote_key()?,
    };
    let signing = terminal.signing().await?;
    let draft = BypassDraft {
        act,
        origin: &signing.origin,
        org: &signing.org,
        device_seq: signing.device_seq,
        made_at: signing.made_at,
    };
    let request = draft.sign(&key)?;
    Ok(match step {
        None => terminal.client.ask_bypass(&request).await?,
        Some((id, step)) => terminal.client.step_bypass(id, step, &request).await?,
    })
}

fn print(told: &Told, json: bool) {
    if json {
        let text = match told {
            Told::List(list) => serde_json::to_string(list),
            Told::Detail(detail) => serde_json::to_string(detail),
            Told::One(view) => serde_json::to_string(view),
        };
        println!("{}", text.unwrap_or_default());
        return;
    }
    match told {
        Told::List(list) => print_list(list),
        Told::One(view) => {
            println!("{}", line(view));
            next(view);
        }
        Told::Detail(detail) => {
            println!("{}", line(&detail.bypass));
            next(&detail.bypass);
            if detail.runs.is_empty() {
                println!("  Nothing ran by it.");
            }
            for run in &detail.runs {
                println!(
                    "  {}  {}  {} for {}: {} (without it {} by {})",
                    clock(run.at),
                    run.outcome,
                    visible(&run.actor),
                    visible(&run.user),
                    visible(&run.title),
                    run.would_be,
                    run.would_rule
                );
            }
        }
    }
}

fn print_list(list: &BypassList) {
    if list.open.is_empty() {
        println!("No bypass is in force, asked for or waiting for a review.");
    }
    for view in &list.open {
        println!("{}", line(view));
        next(view);
    }
    let minutes: Vec<String> = list.limits.minutes.iter().map(u32::to_string).collect();
    match minutes.as_slice() {
        [] => println!("The policy allows no bypass."),
        some => println!(
            "The policy allows {} minutes, {}.",
            some.join(", "),
            if list.limits.solo { "alone after a minute without an answer" } else { "only with two people" }
        ),
    }
    println!("Stays blocked: {}.", list.stays_blocked.join("; "));
    if let Some(why) = &list.may_not_because {
        println!("You may not ask for one: {}", visible(why));
    }
}

/// One bypass in one line.
fn line(view: &BypassView) -> String {
    let second = match (&view.with, view.alone) {
        (Some(with), _) => format!(" with {}", visible(with)),
        (None, true) => " alone".to_owned(),
        (None, false) => String::new(),
    };
    format!(
        "{}  {}  {} for {} minutes  by {}{second}, {}: {}",
        view.id,
        if view.overdue { "ended, review late" } else { &view.state },
        visible(&view.covers),
        view.minutes,
        visible(&view.by),
        visible(&view.incident),
        visible(&view.reason)
    )
}

/// What there is to do about it.
fn next(view: &BypassView) {
    match view.state.as_str() {
        "asked" => {
            if let Some(number) = view.number {
                println!("  Read this number aloud to a second person on call: {number:02}");
                println!("  They run: navi-gate bypass confirm {} --number {number:02}", view.id);
            }
            if let Some(from) = view.alone_from {
                println!("  If nobody answers by {}: navi-gate bypass solo {}", clock(from), view.id);
            }
        }
        "active" => {
            let ends = view.ends_at.map(clock).unwrap_or_default();
            println!("  In force until {ends}; end it sooner: navi-gate bypass end {}", view.id);
        }
        "ended" => {
            let due = view.review_due_at.map(clock).unwrap_or_default();
            let what = format!("navi-gate bypass review {} --finding TEXT", view.id);
            let ran = if view.runs == 1 { "1 action".to_owned() } else { format!("{} actions", view.runs) };
            println!("  {ran} ran by it. Review by {due}, by another person: {what}");
        }
        "reviewed" => println!(
            "  Reviewed by {}: {}",
            visible(view.reviewed_by.as_deref().unwrap_or_default()),
            visible(view.finding.as_deref().unwrap_or_default())
        ),
        _ => {}
    }
}

fn clock(at: i64) -> String {
    DateTime::from_timestamp_micros(at)
        .map(|at| at.with_timezone(&Local).format("%Y-%m-%d %H:%M:%S %Z").to_string())
        .unwrap_or_default()
}
