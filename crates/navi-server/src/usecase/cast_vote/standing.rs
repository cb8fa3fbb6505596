//! What a vote stands on beside the voter's own right: a delegation, or the permission of a one-person team.

use navi_domain::UtcMicros;
use navi_domain::approval::{Approval, Standing};
use navi_domain::delegation::Delegation;
use navi_domain::people::Device;
use navi_store::{Expected, Key};

use crate::rules::voter;
use crate::usecase::version_key;
use crate::{App, Refusal};

/// What was read for one vote.
pub struct Stands<'a> {
    for_user: Option<&'a str>,
    delegations: Vec<Delegation>,
    self_approver: bool,
    read: Vec<(Key, Expected)>,
}

impl<'a> Stands<'a> {
    /// Reads it; nothing more than this vote needs.
    ///
    /// # Errors
    /// The store's refusal.
    pub async fn read(
        app: &App,
        approval: &Approval,
        device: &Device,
        for_user: Option<&'a str>,
        now: UtcMicros,
    ) -> Result<Self, Refusal> {
        let mut stands = Self { for_user, delegations: Vec::new(), self_approver: false, read: Vec::new() };
        if let Some(absent) = for_user {
            // A delegation passes on no more than its giver has.
            let giver = voter(app, absent).await?;
            if let Some(giver) = giver {
                stands.delegations = app.store.delegations(now - 1).await?;
                stands.delegations.retain(|d| d.from == absent && d.to == device.user);
                stands.read.push(version_key(Key::User(giver.id), giver.version));
            }
            stands.read.extend(
                stands.delegations.iter().map(|d| version_key(Key::Delegation(d.id.clone()), d.version)),
            );
        }
        if device.user == approval.requester {
            let settings = app.store.org_settings().await?.unwrap_or_default();
            stands.self_approver = settings.self_approvers.contains(&device.user);
            stands.read.push(version_key(Key::OrgSettings, settings.version));
        }
        Ok(stands)
    }

    /// For the domain.
    #[must_use]
    pub fn standing(&self) -> Standing<'_> {
        let Self { for_user, delegations, self_approver, .. } = self;
        Standing { for_user: *for_user, delegations, self_approver: *self_approver }
    }

    /// The rows that must not have changed when the vote is committed.
    pub fn rests_on(self) -> Vec<(Key, Expected)> {
        self.read
    }
}
