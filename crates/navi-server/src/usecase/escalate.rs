//! A request that waits climbs the line: at its part of the time allowed, or at once while nobody who was told can be
//! reached. What waited longer than the target is marked. A claim stops the ringing.

use std::collections::BTreeSet;

use navi_domain::UtcMicros;
use navi_domain::approval::Approval;
use navi_domain::event::{Event, EventKind};
use navi_domain::oncall::OnCall;
use navi_domain::oncall::line::{Alert, Reach};
use navi_domain::oncall::rota::on_call;
use navi_domain::people::{Right, User};
use navi_store::{Change, Record};
use serde_json::json;

use super::{claim, commit, system_event};
use crate::rules::Rules;
use crate::{App, Refusal};

/// A request is given this long before it counts that nobody can be reached: consoles come back after a short loss.
const GRACE: i64 = 60 * 1_000_000;

/// Alerts whoever is next of every request whose step is due.
///
/// # Errors
/// The store's refusal; what was not done is done the next time.
pub async fn climb(app: &App) -> Result<(), Refusal> {
    let waiting = app.store.approvals_ringing().await?;
    if waiting.is_empty() {
        return Ok(());
    }
    let around = Around {
        book: app.store.on_call().await?.unwrap_or_default(),
        people: app.store.users().await?,
        rules: app.rules.newest(app.store.as_ref()).await?,
        reached: app.presence.people(),
        settled: app.presence.since() + GRACE,
    };
    for approval in waiting {
        let now = app.store.now();
        if let Some((next, events)) = around.step(&approval, now) {
            let change = events.into_iter().fold(Change::default(), Change::event);
            commit(app, change.put(Record::Approval(next))).await?;
        }
    }
    Ok(())
}

struct Around {
    book: OnCall,
    people: Vec<User>,
    rules: std::sync::Arc<Rules>,
    reached: BTreeSet<String>,
    settled: UtcMicros,
}

impl Around {
    fn step(&self, approval: &Approval, now: UtcMicros) -> Option<(Approval, Vec<Event>)> {
        let links = claim::links(approval);
        let mut events = Vec::new();
        let mut next = approval.clone();
        if let Some(late) = next.missed_target(&self.book.line, now) {
            let payload = json!({
                "target_minutes": self.book.line.target_minutes,
                "waited_secs": approval.waited(now) / 1_000_000,
            });
            events.push(system_event(EventKind::TargetMissed, &approval.id, &links, payload));
            next = late;
        }
        let nobody = approval.waited(now) >= GRACE && now >= self.settled && self.nobody_for(approval);
        if let Some((nth, cause)) = next.next_alert(&self.book.line, nobody, now) {
            let users = self.who(usize::from(nth), approval, now);
            let alert = Alert { step: nth, users, cause, at: now };
            let payload = json!({
                "alert": alert,
                "whom": self.book.line.steps.get(usize::from(nth)),
                "waited_secs": approval.waited(now) / 1_000_000,
            });
            events.push(system_event(EventKind::ApprovalEscalated, &approval.id, &links, payload));
            next = next.alerted(alert);
        }
        (!events.is_empty()).then_some((next, events))
    }

    /// Whether nobody who may vote on others' requests has a console open.
    fn nobody_for(&self, approval: &Approval) -> bool {
        !self.people.iter().any(|person| {
            self.reached.contains(&person.id) && self.may_vote(person) && person.id != approval.requester
        })
    }

    fn may_vote(&self, person: &User) -> bool {
        self.rules.may(&person.id, person.role, Right::Vote)
    }

    /// Those whom a step reaches and who may vote on this.
    fn who(&self, nth: usize, approval: &Approval, now: UtcMicros) -> Vec<String> {
        let Some(step) = self.book.line.steps.get(nth) else { return Vec::new() };
        let named = |person: &&User| match &step.reach {
            Reach::Schedule(id) => {
                let on_call = self.book.schedule(id).and_then(|schedule| on_call(schedule, now));
                on_call.is_some_and(|(user, _)| user == person.id)
            }
            Reach::User(user) => *user == person.id,
            Reach::Role(role) => *role == person.role,
        };
        let people = self.people.iter().filter(named);
        people.filter(|p| p.id != approval.requester && self.may_vote(p)).map(|p| p.id.clone()).collect()
    }
}
