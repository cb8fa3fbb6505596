//! Follows the copy and tells the person; keeps what became of each notification; carries presses out.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use navi_domain::UtcMicros;
use navi_domain::delivery::Step;
use navi_domain::delivery::desk::Desk;
use navi_replica::{
    About, FreezeOrder, OnScreen, OutboxItem, OutboxState, QueueItem, Replica, ReplicaError, ReplicaEvent,
};
use tauri::{AppHandle, Manager as _};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::{mpsc, watch};

use super::board::{Board, Item, Moment, Plan};
use super::held::Hand;
use super::rules::{self, Decider};
use super::{Button, Found, Heard, Leads, Note, Notifier, Press, grave, votes};
use crate::console::{Console, onit};
use crate::desktop;
use crate::language::{Language, Spoken};
use crate::tray::state::is_signed;
use crate::window::{self, Focus};

/// What waits is looked at again this often, whatever happens: it expires, or rings again.
const TICK: Duration = Duration::from_secs(5);
/// The same while a rejection is to be signed.
const TICK_HELD: Duration = Duration::from_secs(1);
/// Looking may take this part of the time at most, whatever happens in the copy.
const SHARE: u32 = 4;

struct Announcer {
    app: AppHandle,
    console: Arc<Console>,
    replica: Replica,
    notifier: Arc<dyn Notifier>,
    board: Board,
    /// What everything is said in.
    spoken: watch::Receiver<Language>,
    /// What the desktop can do, once it is known.
    found: Option<Found>,
    /// Requests whose rejection is to be signed soon.
    holds: BTreeSet<String>,
    /// Requests whose rejection this run let go to be signed.
    signed: BTreeSet<String>,
    /// Whether the window has the focus.
    focus: watch::Receiver<bool>,
    /// Pauses ordered here that had no effect, as far as the person was told.
    refused: BTreeSet<String>,
    /// What happened while the console was away is coming in.
    behind: bool,
}

/// Starts telling, until its task is ended. Hears everything that happens in the copy after this call.
pub(crate) fn start(app: &AppHandle, console: Arc<Console>, replica: Replica) -> tokio::task::JoinHandle<()> {
    let (send, heard) = mpsc::unbounded_channel();
    let events = replica.subscribe();
    let left = replica.on_screen().unwrap_or_else(|error| {
        tracing::error!(%error, "the local copy could not be read");
        Vec::new()
    });
    let notifier: Arc<dyn Notifier> = Arc::from(super::notifier(send, left.clone()));
    // What was said about votes and events is over; what asks is shown anew.
    let (asks, over): (Vec<OnScreen>, Vec<OnScreen>) = left.into_iter().partition(OnScreen::asks);
    for said in over {
        notifier.withdraw(&said.key);
    }
    let bubbles = replica.bubbles().unwrap_or_else(|error| {
        tracing::error!(%error, "the local copy could not be read");
        Vec::new()
    });
    let refused = refused_stops(&replica).map(|stops| stops.into_iter().map(|stop| stop.id).collect());
    let announcer = Announcer {
        app: app.clone(),
        console,
        replica,
        notifier,
        board: Board::with(asks.into_iter().map(|one| (one.key, one.covers)), bubbles),
        spoken: app.state::<Spoken>().watch(),
        found: None,
        holds: BTreeSet::new(),
        signed: BTreeSet::new(),
        focus: app.state::<Focus>().watch(),
        refused: refused.unwrap_or_default(),
        behind: false,
    };
    tokio::spawn(announcer.run(events, heard))
}

fn refused_stops(replica: &Replica) -> Result<Vec<FreezeOrder>, ReplicaError> {
    let orders = replica.freeze_orders()?.into_iter();
    Ok(orders.filter(|order| order.state == OutboxState::NeedsYou).collect())
}

impl Announcer {
    async fn run(
        mut self,
        mut events: broadcast::Receiver<ReplicaEvent>,
        mut heard: mpsc::UnboundedReceiver<Heard>,
    ) {
        let mut not_before = Instant::now();
        // Preferences, quiet, and standing change without an event.
        let (mut state, mut spoken, mut focus) =
            (self.replica.watch(), self.spoken.clone(), self.focus.clone());
        let mut skipped = false;
        loop {
            let pause = if self.holds.is_empty() { TICK } else { TICK_HELD };
            let next = if skipped { not_before } else { Instant::now() + pause };
            let tick = tokio::time::sleep_until(next.into());
            let done = tokio::select! {
                event = events.recv() => match event {
                    Ok(event) => self.happened(event),
                    // What is missing stands in the copy.
                    Err(RecvError::Lagged(_)) => Ok(()),
                    Err(RecvError::Closed) => return,
                },
                Some(heard) = heard.recv() => self.hear(heard),
                changed = state.changed() => if changed.is_ok() { Ok(()) } else { return },
                changed = focus.changed() => if changed.is_ok() { Ok(()) } else { return },
                changed = spoken.changed() => if changed.is_ok() { Ok(()) } else { return },
                () = tick => Ok(()),
            };
            let mut done = done;
            while let (true, Ok(event)) = (done.is_ok(), events.try_recv()) {
                done = self.happened(event);
            }
            let began = Instant::now();
            skipped = began < not_before;
            if done.is_ok() && !skipped {
                done = self.look();
                not_before = Instant::now() + began.elapsed() * SHARE;
            }
            if let Err(error) = done {
                tracing::error!(%error, "the local copy could not be read");
            }
        }
    }

    fn happened(&mut self, event: ReplicaEvent) -> Result<(), ReplicaError> {
        match event {
            ReplicaEvent::Bootstrapped { .. } => self.board.look_anew(),
            ReplicaEvent::NewApproval(_)
            | ReplicaEvent::ApprovalChanged(_)
            | ReplicaEvent::OncallChanged
            | ReplicaEvent::RightsChanged
            | ReplicaEvent::WitnessVanished(_) => {}
            ReplicaEvent::EmergencyChanged => self.stops_ended()?,
            ReplicaEvent::NotTakenBack(id) => {
                let signing = self.signed.contains(&id);
                self.hand().undone_too_late(&id, signing)?;
            }
            ReplicaEvent::VoteOutcome(item) => self.vote_ended(&item)?,
            ReplicaEvent::LedgerFollowed(words) => {
                self.notifier.show(rules::followed(self.language(), &words))
            }
            ReplicaEvent::IntegrityBroken(why) => self.notifier.show(rules::broken(self.language(), &why)),
            ReplicaEvent::Recorded(entry) => {
                let user = self.replica.identity()?.map(|identity| identity.user).unwrap_or_default();
                let now = self.replica.server_now();
                if let Some(note) = grave::note(&entry, &user, now, self.language()) {
                    self.notifier.show(note);
                }
            }
        }
        Ok(())
    }

    /// A pause that was ordered here and has no effect is told, wherever it was ordered.
    fn stops_ended(&mut self) -> Result<(), ReplicaError> {
        for stop in refused_stops(&self.replica)? {
            if self.refused.insert(stop.id.clone()) {
                self.notifier.show(grave::without_effect(&stop, self.language()));
            }
        }
        Ok(())
    }

    fn vote_ended(&self, item: &OutboxItem) -> Result<(), ReplicaError> {
        match votes::without_effect(self.language(), item) {
            Some(note) => self.notifier.show(note),
            // Whatever was said about this vote before is over.
            None => self.notifier.withdraw(&votes::vote_key(&item.approval_id)),
        }
        if item.state == OutboxState::Recorded
            && let Some(found) = self.replica.approval(&item.approval_id)?
        {
            self.replica.step(&rules::about(&found.approval), Step::Decided)?;
        }
        Ok(())
    }

    /// What the desktop says about a notification is kept; what a person does with it is carried out.
    fn hear(&mut self, heard: Heard) -> Result<(), ReplicaError> {
        match heard {
            Heard::Accepted(note) => self.step(&note, Step::Accepted),
            Heard::Seen(note) => self.step(&note, Step::Shown),
            Heard::Hindered(note, why) => self.step(&note, Step::Hindered(why)),
            Heard::Closed(key) => {
                self.board.closed(&key);
                Ok(())
            }
            Heard::OnScreen(now) => self.replica.set_on_screen(&now),
            Heard::Desktop(found) => {
                tracing::info!(
                    service = found.service,
                    silent = found.do_not_disturb,
                    "the desktop was looked at"
                );
                self.found = Some(found);
                Ok(())
            }
            Heard::Press(press) => self.pressed(*press),
        }
    }

    /// A step of every request that a notification stands for.
    fn step(&self, note: &Note, step: Step) -> Result<(), ReplicaError> {
        // What is said about a vote is no news of its request.
        let covers: Vec<About> =
            note.covers.iter().filter(|about| !about.digest.is_empty()).cloned().collect();
        self.replica.steps(&covers, step).map(|_| ())
    }

    fn pressed(&mut self, press: Press) -> Result<(), ReplicaError> {
        let Press { button, note, activation_token } = press;
        match (button, note.subject()) {
            (Button::Approve, Some(about)) => self.hand().approve(about, &note.policy_hash),
            (Button::Reject, Some(about)) => {
                // At once: it may be taken back before the next look.
                if self.hand().reject(about, &note.policy_hash)? {
                    self.signed.remove(&about.approval_id);
                    self.holds.insert(about.approval_id.clone());
                }
                Ok(())
            }
            (Button::Snooze, _) => {
                for about in &note.covers {
                    self.hand().put_off(&about.approval_id)?;
                }
                Ok(())
            }
            // What becomes of it is told at the next look or event, wherever it was pressed.
            (Button::Undo, Some(about)) => self.replica.take_back_reject(&about.approval_id).map(|_| ()),
            (_, subject) => {
                if subject.is_some() {
                    self.step(&note, Step::Opened)?;
                }
                match note.leads() {
                    Leads::Request(id) => window::open_with(&self.app, Some(&id), activation_token),
                    Leads::Queue => window::open_at_with(&self.app, window::QUEUE, activation_token),
                    Leads::Emergency => window::open_at_with(&self.app, window::EMERGENCY, activation_token),
                    Leads::Window => window::open_with(&self.app, None, activation_token),
                }
                Ok(())
            }
        }
    }

    fn language(&self) -> Language {
        *self.spoken.borrow()
    }

    fn hand(&self) -> Hand<'_> {
        let (console, replica, notifier) = (&self.console, &self.replica, &self.notifier);
        Hand { console, replica, notifier, language: self.language() }
    }

    /// Signs rejections whose time is over, and tells of those that were taken back: here, in the window or in the tray.
    fn look_at_held(&mut self) -> Result<(), ReplicaError> {
        let signed = self.hand().sign_due()?;
        let held: BTreeSet<String> =
            self.replica.held_rejects()?.into_iter().map(|held| held.approval_id).collect();
        for id in self.holds.iter().filter(|id| !held.contains(*id) && !signed.contains(*id)) {
            self.notifier.show(votes::taken_back(self.language(), id));
        }
        self.holds = held;
        self.signed.extend(signed);
        Ok(())
    }

    /// Brings the screen to what it should be now.
    fn look(&mut self) -> Result<(), ReplicaError> {
        self.look_at_held()?;
        onit::give_back_due(&self.console, &self.replica)?;
        let (behind, on_call) = {
            let state = self.replica.watch();
            let state = state.borrow();
            (state.behind, state.on_call)
        };
        if std::mem::replace(&mut self.behind, behind) && !behind {
            // Counted, not told one by one.
            self.board.look_anew();
        }
        if behind {
            return Ok(());
        }
        let Some(identity) = self.replica.identity()? else { return Ok(()) };
        let allowed = self.replica.watch().borrow().allowances.notification;
        let decider = Decider::new(&identity, self.replica.server_now()).within(allowed);
        let preferences = self.replica.notify_preferences()?;
        let asked_for = self.replica.quiet_until()?;
        let quiet = preferences.quiet.ends(decider.now).max(asked_for);
        self.tell_desk(quiet.filter(|_| !on_call), decider.now)?;

        let (queue, tracked) = (self.replica.queue()?, self.replica.tracked()?);
        let open = |item: &&QueueItem| !is_signed(item) && !self.holds.contains(&item.approval.id);
        let items: Vec<Item<'_>> = queue
            .iter()
            .filter(open)
            .map(|item| Item {
                view: &item.approval,
                tracked: tracked.get(&rules::about(&item.approval)),
                snoozed: item.approval.snoozed_until.is_some_and(|until| decider.now < until),
            })
            .collect();
        let in_view = if *self.focus.borrow() { self.replica.reading() } else { None };
        let moment = Moment {
            decider: &decider,
            preferences: &preferences,
            language: self.language(),
            quiet: quiet.is_some(),
            on_call,
            seen_by_others: self.found.as_ref().is_some_and(Found::seen_by_others),
            in_view: in_view.as_deref(),
            digest_at: self.replica.digest_at()?,
        };
        let plan = self.board.plan(&items, &moment);
        self.carry_out(plan, decider.now)
    }

    /// First what is kept, then what is shown: an end between the two is found at the next start.
    fn carry_out(&self, plan: Plan, now: UtcMicros) -> Result<(), ReplicaError> {
        self.replica.note_created(&plan.created)?;
        for (about, why) in &plan.hindered {
            self.replica.step(about, Step::Hindered(*why))?;
        }
        for (about, alerts) in &plan.alerts {
            self.replica.alerts_told(about, *alerts)?;
        }
        if plan.summed_up {
            self.replica.set_digest_at(now)?;
        }
        if let Some(bubbles) = &plan.bubbles {
            self.replica.set_bubbles(bubbles)?;
        }
        for key in &plan.withdraw {
            self.notifier.withdraw(key);
        }
        for showing in plan.show {
            if showing.rings {
                self.step(&showing.note, Step::Dispatched)?;
            }
            self.notifier.show(showing.note);
        }
        Ok(())
    }

    fn tell_desk(&self, quiet_until: Option<UtcMicros>, at: UtcMicros) -> Result<(), ReplicaError> {
        let Some(found) = &self.found else { return Ok(()) };
        self.replica.set_desk(&Desk {
            service: found.service.clone(),
            actions: found.actions,
            do_not_disturb: found.do_not_disturb,
            locked: found.locked,
            tray: desktop::has_tray(&self.app),
            quiet_until,
            at,
        })
    }
}
