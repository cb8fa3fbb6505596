//! A rule ends: by its time, which the server sees to, or because somebody ends it. Both are recorded.

use navi_domain::event::EventKind;
use navi_domain::settings::OrgSettings;
use navi_protocol::problem::Code;
use navi_store::{Change, Record};

use crate::auth::Caller;
use crate::usecase::save_settings::{SUBJECT, recorded};
use crate::usecase::{TRIES, commit, event, lost_races, system_event};
use crate::{App, Refusal};

/// Ends a rule at once. Permits that it issued and that were not used yet end with it.
///
/// # Errors
/// `already_ended` when there is no such rule.
pub async fn end(app: &App, caller: &Caller, id: &str) -> Result<(), Refusal> {
    for _ in 0..TRIES {
        let old = app.store.org_settings().await?.unwrap_or_default();
        let new = without(&old, |rule| rule != id);
        if new.allow_rules.len() == old.allow_rules.len() {
            return Err(Refusal::new(Code::AlreadyEnded, "There is no such allow rule, or it has ended."));
        }
        let ended = event(EventKind::SettingsChanged, caller, SUBJECT, &[], recorded(&old, &new));
        if commit(app, Change::default().event(ended).put(Record::OrgSettings(new))).await?.is_some() {
            return Ok(());
        }
    }
    Err(lost_races())
}

/// Ends the rules whose time is over. They cover nothing already; this is their record.
///
/// # Errors
/// The store's refusal; what was not ended is ended the next time.
pub async fn all_due(app: &App) -> Result<(), Refusal> {
    let now = app.store.now();
    let Some(old) = app.store.org_settings().await? else { return Ok(()) };
    let live: Vec<String> = old.allow_rules.iter().filter(|r| r.is_live(now)).map(|r| r.id.clone()).collect();
    if live.len() == old.allow_rules.len() {
        return Ok(());
    }
    let new = without(&old, |rule| live.iter().any(|id| id == rule));
    let ended = system_event(EventKind::SettingsChanged, SUBJECT, &[], recorded(&old, &new));
    commit(app, Change::default().event(ended).put(Record::OrgSettings(new))).await?;
    Ok(())
}

/// The settings with only the rules that stay.
fn without(old: &OrgSettings, stays: impl Fn(&str) -> bool) -> OrgSettings {
    let mut new = old.clone();
    new.allow_rules.retain(|rule| stays(&rule.id));
    new
}
