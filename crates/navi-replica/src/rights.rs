//! Standing rights as the server last told them: what agents may repeat, and who votes for whom. Nothing is decided by
//! them here; they say what can be shown and asked for while the server is away.

use navi_domain::UtcMicros;
use navi_protocol::delegations::DelegationView;
use navi_protocol::grants::GrantView;

use crate::decide::DecideRefusal;
use crate::state::ReplicaEvent;
use crate::{Replica, ReplicaError, db};

impl Replica {
    /// The grants that could be used when the server last told them, each with whether it still can; `None` before it
    /// ever did.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn grants(&self) -> Result<Option<Vec<GrantView>>, ReplicaError> {
        let now = self.server_now();
        let kept: Option<Vec<GrantView>> = db::meta(&*self.db()?, "grants")?;
        let still = |grant: GrantView| GrantView { live: grant.live && now <= grant.expires_at, ..grant };
        Ok(kept.map(|grants| grants.into_iter().map(still).collect()))
    }

    /// The delegations that have not ended, as the server last told them; `None` before it ever did.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn delegations(&self) -> Result<Option<Vec<DelegationView>>, ReplicaError> {
        let now = self.server_now();
        let kept: Option<Vec<DelegationView>> = db::meta(&*self.db()?, "delegations")?;
        let still = |d: DelegationView| DelegationView { in_force: d.holds_at(now), ..d };
        let open = |d: &DelegationView| d.ends_at >= now;
        Ok(kept.map(|all| all.into_iter().filter(open).map(still).collect()))
    }

    pub(crate) fn keep_rights(
        &self,
        grants: &[GrantView],
        delegations: &[DelegationView],
    ) -> Result<(), ReplicaError> {
        {
            let db = self.db()?;
            db::set_meta(&db, "grants", &grants)?;
            db::set_meta(&db, "delegations", &delegations)?;
        }
        self.emit(ReplicaEvent::RightsChanged);
        Ok(())
    }
}

/// Whether `user` may cast a vote for `absent`, as far as is known here.
pub(crate) fn stands_for(
    user: &str,
    absent: &str,
    known: &[DelegationView],
    now: UtcMicros,
) -> Result<(), DecideRefusal> {
    let is_given = known.iter().any(|d| d.to == user && d.from == absent && d.holds_at(now));
    if is_given { Ok(()) } else { Err(DecideRefusal::NotDelegated(absent.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delegation(from: &str, to: &str, starts_at: i64, ends_at: i64) -> DelegationView {
        DelegationView {
            id: "d".into(),
            from: from.into(),
            to: to.into(),
            starts_at,
            ends_at,
            reason: String::new(),
            created_at: 0,
            revoked_at: None,
            in_force: true,
        }
    }

    #[test]
    fn a_delegation_counts_between_its_two_dates_for_the_two_it_names() {
        let all = [delegation("alice", "bob", 10, 20)];
        assert!(stands_for("bob", "alice", &all, 10).is_ok() && stands_for("bob", "alice", &all, 20).is_ok());
        for (user, absent, now) in
            [("bob", "alice", 9), ("bob", "alice", 21), ("alice", "bob", 15), ("bob", "carol", 15)]
        {
            let refused = stands_for(user, absent, &all, now);
            assert!(matches!(refused, Err(DecideRefusal::NotDelegated(_))), "{user} {absent} {now}");
        }
        let ended = DelegationView { revoked_at: Some(12), ..delegation("alice", "bob", 10, 20) };
        assert!(stands_for("bob", "alice", &[ended], 12).is_err(), "it was ended early");
    }
}
