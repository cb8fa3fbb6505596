//! Follows the copy and tells the person; carries presses out.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use navi_domain::vote::{Surface, VoteScope, VoteVerdict};
use navi_protocol::approvals::ApprovalView;
use navi_replica::{Draft, Replica, ReplicaError, ReplicaEvent};
use tauri::AppHandle;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::mpsc;

use super::burst::{Burst, Plan};
use super::rules::{self, Decider};
use super::{Button, Notifier, Press, Subject};
use crate::console::{Console, Decision, Standing};
use crate::tray::state::is_signed;
use crate::window;

/// Up to this many at once are told one by one when the copy is first filled; more become one count.
const ONE_BY_ONE: usize = 3;
/// Expired requests leave the screen at the latest after this.
const TICK: Duration = Duration::from_secs(5);

struct Announcer {
    app: AppHandle,
    console: Arc<Console>,
    replica: Replica,
    notifier: Arc<dyn Notifier>,
    burst: Burst,
    started: Instant,
    /// Approvals with a notification of their own.
    on_screen: HashSet<String>,
}

/// Starts telling, until its task is ended. Hears everything that happens in the copy after this call.
pub(crate) fn start(app: &AppHandle, console: Arc<Console>, replica: Replica) -> tokio::task::JoinHandle<()> {
    let (send, presses) = mpsc::unbounded_channel();
    let events = replica.subscribe();
    let announcer = Announcer {
        app: app.clone(),
        console,
        replica,
        notifier: Arc::from(super::notifier(send)),
        burst: Burst::default(),
        started: Instant::now(),
        on_screen: HashSet::new(),
    };
    tokio::spawn(announcer.run(events, presses))
}

impl Announcer {
    async fn run(
        mut self,
        mut events: broadcast::Receiver<ReplicaEvent>,
        mut presses: mpsc::UnboundedReceiver<Press>,
    ) {
        loop {
            let done = tokio::select! {
                event = events.recv() => match event {
                    Ok(event) => self.happened(event),
                    // Too much at once to tell one by one.
                    Err(RecvError::Lagged(_)) => self.tell_count(),
                    Err(RecvError::Closed) => return,
                },
                Some(press) = presses.recv() => {
                    self.pressed(press);
                    Ok(())
                }
                () = tokio::time::sleep(TICK) => Ok(()),
            };
            if let Err(error) = done.and_then(|()| self.withdraw_ended()) {
                tracing::error!(%error, "the local copy could not be read");
            }
        }
    }

    fn happened(&mut self, event: ReplicaEvent) -> Result<(), ReplicaError> {
        match event {
            ReplicaEvent::NewApproval(view) => self.announce(&view),
            ReplicaEvent::Bootstrapped { unannounced } => self.greet(unannounced),
            ReplicaEvent::ApprovalChanged(_) | ReplicaEvent::WitnessVanished(_) => Ok(()),
            ReplicaEvent::VoteOutcome(item) => {
                match rules::without_effect(&item) {
                    Some(note) => self.notifier.show(note),
                    // Whatever was said about this vote before is over.
                    None => self.notifier.withdraw(&rules::vote_key(&item.approval_id)),
                }
                Ok(())
            }
            ReplicaEvent::LedgerFollowed(words) => {
                self.notifier.show(rules::followed(&words));
                Ok(())
            }
            ReplicaEvent::IntegrityBroken(why) => {
                self.notifier.show(rules::broken(&why));
                Ok(())
            }
        }
    }

    /// What waited before this console was looking.
    fn greet(&mut self, unannounced: usize) -> Result<(), ReplicaError> {
        if unannounced > ONE_BY_ONE {
            return self.tell_count();
        }
        let mut waiting = self.replica.queue()?;
        waiting.retain(|item| !self.on_screen.contains(&item.approval.id));
        waiting.sort_by_key(|item| std::cmp::Reverse(item.approval.created_at));
        for item in waiting.iter().take(unannounced) {
            self.announce(&item.approval)?;
        }
        Ok(())
    }

    fn tell_count(&self) -> Result<(), ReplicaError> {
        let Some(identity) = self.replica.identity()? else { return Ok(()) };
        let decider = Decider::new(&identity, self.replica.server_now());
        let queue = self.replica.queue()?;
        let mine: Vec<&ApprovalView> =
            queue.iter().map(|item| &item.approval).filter(|view| decider.is_asked(view)).collect();
        if let Some(note) = rules::waiting(&mine) {
            self.notifier.show(note);
        }
        Ok(())
    }

    fn announce(&mut self, view: &ApprovalView) -> Result<(), ReplicaError> {
        let Some(identity) = self.replica.identity()? else { return Ok(()) };
        let decider = Decider::new(&identity, self.replica.server_now());
        let Some(note) = rules::new_approval(view, &decider) else { return Ok(()) };
        let now_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        match self.burst.offer(now_ms) {
            Plan::Show => {
                self.on_screen.insert(view.id.clone());
                self.notifier.show(note);
            }
            Plan::Digest(count) => self.notifier.show(rules::digest(count)),
        }
        Ok(())
    }

    /// Takes away the notifications of what was decided elsewhere, has expired, or was decided here.
    fn withdraw_ended(&mut self) -> Result<(), ReplicaError> {
        if self.on_screen.is_empty() {
            return Ok(());
        }
        let (queue, now) = (self.replica.queue()?, self.replica.server_now());
        let waits = |id: &String| {
            let found = queue.iter().find(|item| item.approval.id == *id);
            found.is_some_and(|i| i.approval.left(now) > 0 && !is_signed(i))
        };
        let ended: Vec<String> = self.on_screen.iter().filter(|id| !waits(id)).cloned().collect();
        for id in ended {
            self.on_screen.remove(&id);
            self.notifier.withdraw(&rules::approval_key(&id));
        }
        Ok(())
    }

    fn pressed(&self, press: Press) {
        let Press { button, subject, activation_token } = press;
        let verdict = match button {
            Button::Approve => Some(VoteVerdict::Approve),
            Button::Reject => Some(VoteVerdict::Reject),
            Button::Review => None,
        };
        match (verdict, subject) {
            (Some(verdict), Some(subject)) => {
                tokio::spawn(decide(Arc::clone(&self.console), Arc::clone(&self.notifier), subject, verdict));
            }
            (_, subject) => {
                let id = subject.as_ref().map(|s| s.approval_id.as_str());
                window::open_with(&self.app, id, activation_token);
            }
        }
    }
}

/// Carries a press out. Whatever keeps it from counting is told.
async fn decide(console: Arc<Console>, notifier: Arc<dyn Notifier>, subject: Subject, verdict: VoteVerdict) {
    let (word, reason) = match verdict {
        VoteVerdict::Approve => ("approve", ""),
        VoteVerdict::Reject => ("reject", "from notification"),
    };
    let draft = Draft {
        approval_id: subject.approval_id.clone(),
        digest: subject.digest,
        verdict,
        scope: VoteScope::Once,
        reason: reason.to_owned(),
        surface: Surface::Notification,
    };
    let outcome = console.decide(Decision { draft, passphrase: None }).await;
    match outcome.state {
        Standing::Recorded => {
            tracing::info!(approval = subject.approval_id, word, "decided from a notification")
        }
        Standing::Queued => notifier.show(rules::queued(&subject.approval_id, word)),
        Standing::Refused => {
            let why = outcome.message.as_deref().unwrap_or("It was refused.");
            notifier.show(rules::refused(&subject.approval_id, word, why));
        }
    }
}
