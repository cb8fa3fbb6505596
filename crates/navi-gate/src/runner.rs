//! `runner`: carries out rollbacks of what ran at this place. It has a credential of its own, asks the server for its work,
//! rehearses it, and begins only with the server's permit. What it began before it died it finishes, or tells.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};
use navi_client::ClientError;
use navi_client::api::Client;
use navi_client::enroll::random_text;
use navi_domain::rollback::Outcome;
use navi_protocol::rollback::{BegunView, EndRequest, PlanRequest, StartRequest, WorkView};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::cli::RunnerArgs;
use crate::config::Config;
use crate::exit;
use crate::text::visible;
use crate::undo::{Journal, Place, Shelf, carry_out, forget_old, rehearse};

/// One look for work lasts at most this long.
const LOOK: Duration = Duration::from_secs(25);

/// Runs until it is told to end.
pub async fn runner(args: RunnerArgs) -> ExitCode {
    match attempt(&args).await {
        Ok(()) => exit::DONE.into(),
        Err(error) => {
            eprintln!("navi-gate: {}", visible(&format!("{error:#}")));
            exit::REFUSED.into()
        }
    }
}

/// A place, its files and the server.
struct Runner {
    client: Client,
    shelf: Shelf,
    place: Place,
    /// Whether it is told to end.
    ending: watch::Receiver<bool>,
}

/// Hears what ends a program from now on.
fn hear() -> std::io::Result<watch::Receiver<bool>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (tell, ending) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tell.send_replace(true);
        // It stays told for as long as anybody asks.
        tell.closed().await;
    });
    Ok(ending)
}

async fn attempt(args: &RunnerArgs) -> Result<()> {
    let client = Config::load()?.client()?;
    let shelf = Shelf::own()?;
    let place = Place::of(&shelf)?;
    let lock = shelf.lock()?;
    if lock.try_lock().is_err() {
        bail!("another runner works at this place");
    }
    if let Err(error) = forget_old(&shelf) {
        eprintln!("navi-gate: old captures could not be removed: {error:#}");
    }
    eprintln!("navi-gate: runner of place {} is ready", place.name);
    let runner = Runner { client, shelf, place, ending: hear()? };
    crate::freeze::contact::here().await;
    runner.finish_begun().await?;
    let mut pause = Duration::from_millis(500);
    // What was begun is asked for at once.
    let mut wait = Duration::ZERO;
    while !runner.is_ending() {
        crate::freeze::contact::here().await;
        let asked = tokio::select! {
            work = runner.client.rollback_work(&runner.place.key, wait) => work,
            () = runner.ended() => break,
        };
        match asked {
            Ok(work) => {
                pause = Duration::from_millis(500);
                wait = if args.once { Duration::ZERO } else { LOOK };
                let idle = work.plan.is_empty() && work.run.is_empty();
                runner.tell_not_begun(&work.begun).await?;
                for item in &work.plan {
                    runner.plan(item).await;
                }
                for item in &work.run {
                    if !runner.is_ending() {
                        runner.carry_out(item).await;
                    }
                }
                if args.once && idle {
                    return Ok(());
                }
            }
            Err(ClientError::Refused(p)) if matches!(p.status, 401 | 403) => {
                bail!(ClientError::Refused(p));
            }
            Err(error) if args.once => bail!(error),
            Err(error) => {
                eprintln!("navi-gate: {}; trying again", crate::text::one_line(&error));
                runner.rest(pause).await;
                pause = (pause * 2).min(Duration::from_secs(15));
            }
        }
    }
    Ok(())
}

impl Runner {
    fn is_ending(&self) -> bool {
        *self.ending.borrow()
    }

    /// Waits until it is told to end.
    async fn ended(&self) {
        let _ = self.ending.clone().wait_for(|ending| *ending).await;
    }

    /// A pause, unless it is told to end.
    async fn rest(&self, pause: Duration) {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = self.ended() => {}
        }
    }

    /// What a runner began and did not end: it goes on.
    async fn finish_begun(&self) -> Result<()> {
        for journal in Journal::left(&self.shelf)? {
            if self.is_ending() {
                break;
            }
            eprintln!("navi-gate: rollback {} was cut off; it goes on", journal.rollback_id);
            self.go(journal).await;
        }
        Ok(())
    }

    /// What the server knows as begun and no journal does: the runner died in between, and nothing was undone.
    async fn tell_not_begun(&self, begun: &[BegunView]) -> Result<()> {
        if begun.is_empty() {
            return Ok(());
        }
        let known: Vec<String> =
            Journal::left(&self.shelf)?.into_iter().map(|left| left.rollback_id).collect();
        for begun in begun.iter().filter(|begun| !known.contains(&begun.id)) {
            self.report(&begun.id, &nothing("the runner died before it began; nothing was undone")).await;
        }
        Ok(())
    }

    async fn plan(&self, item: &WorkView) {
        let found = match rehearse(&self.shelf, &item.capture).await {
            Ok(found) => found,
            Err(error) => {
                eprintln!("navi-gate: rollback {} could not be rehearsed: {error:#}", item.id);
                return;
            }
        };
        let truth = found.truth.as_str();
        let request = PlanRequest { place_key: self.place.key.clone(), plan: found };
        match self.client.plan_rollback(&item.id, &request).await {
            Ok(view) => eprintln!("navi-gate: rollback {}: {truth}, {}", item.id, view.status),
            Err(error) => self.stumble(&item.id, &error).await,
        }
    }

    async fn carry_out(&self, item: &WorkView) {
        let (plan, nonce) = match (rehearse(&self.shelf, &item.capture).await, random_text(16)) {
            (Ok(plan), Ok(nonce)) => (plan, nonce),
            (Err(error), _) => {
                eprintln!("navi-gate: rollback {} could not be rehearsed: {error:#}", item.id);
                return;
            }
            (_, Err(error)) => return self.stumble(&item.id, &error).await,
        };
        let request = StartRequest { place_key: self.place.key.clone(), plan, run_nonce: nonce };
        let begun = match self.client.start_rollback(&item.id, &request).await {
            Ok(begun) => begun,
            Err(error) => return self.stumble(&item.id, &error).await,
        };
        let run_id = begun.run_id.unwrap_or_default();
        match Journal::begin(&self.shelf, &item.id, &run_id, &item.capture, &item.reason) {
            Ok(journal) => self.go(journal).await,
            Err(error) => {
                let why = format!("no journal could be kept, so nothing was undone: {error:#}");
                self.report(&item.id, &nothing(&why)).await;
            }
        }
    }

    /// Carries out what is begun, and reports its end.
    async fn go(&self, mut journal: Journal) {
        let id = journal.rollback_id.clone();
        let outcome = carry_out(&self.shelf, &mut journal, async || self.stopped(&id).await).await;
        let reported = self.report(&id, &outcome).await;
        eprintln!("navi-gate: rollback {id}: {}", outcome.status().as_str());
        // What is not known is looked at again when a runner starts the next time.
        if reported && outcome.success.is_some() {
            journal.close();
        }
    }

    /// Why no further step may begin.
    async fn stopped(&self, id: &str) -> Option<String> {
        // A server that is away asks nothing.
        let work = self.client.rollback_work(&self.place.key, Duration::ZERO).await.ok()?;
        let begun = work.begun.into_iter().find(|begun| begun.id == id)?;
        begun.stop.then(|| "a person stopped it".to_owned())
    }

    /// Reports until the server knows; `false`: it refuses, or this runner is told to end, and the next one reports.
    async fn report(&self, id: &str, outcome: &Outcome) -> bool {
        let request = EndRequest { place_key: self.place.key.clone(), outcome: outcome.clone() };
        let mut pause = Duration::from_millis(500);
        loop {
            match self.client.end_rollback(id, &request).await {
                Ok(_) => return true,
                Err(ClientError::Refused(p)) if p.status < 500 => {
                    let error = ClientError::Refused(p);
                    eprintln!(
                        "navi-gate: the end of rollback {id} is refused: {}",
                        crate::text::one_line(&error)
                    );
                    return false;
                }
                Err(error) => {
                    eprintln!("navi-gate: {}; trying again", crate::text::one_line(&error));
                    self.rest(pause).await;
                    if self.is_ending() {
                        eprintln!("navi-gate: the end of rollback {id} is reported by the next runner");
                        return false;
                    }
                    pause = (pause * 2).min(Duration::from_secs(15));
                }
            }
        }
    }

    /// A refusal is told; work that stays there is not asked for again at once.
    async fn stumble(&self, id: &str, error: &ClientError) {
        eprintln!("navi-gate: rollback {id}: {}", crate::text::one_line(error));
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

fn nothing(why: &str) -> Outcome {
    Outcome {
        success: Some(false),
        undone: Vec::new(),
        proof: Vec::new(),
        why: Some(why.to_owned()),
        afterwards: Vec::new(),
    }
}
