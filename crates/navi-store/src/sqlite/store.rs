//! The trait's methods: each commit goes through the queue, each read to the right pool.

use async_trait::async_trait;
use navi_domain::approval::Approval;
use navi_domain::bypass::Standing;
use navi_domain::decision::DecisionRecord;
use navi_domain::delegation::Delegation;
use navi_domain::envelope::gate::Gate;
use navi_domain::envelope::issued::Issued;
use navi_domain::event::EventKind;
use navi_domain::execution::Execution;
use navi_domain::freeze::Freezes;
use navi_domain::grant::Grant;
use navi_domain::oncall::OnCall;
use navi_domain::people::{Device, Invite, Token, User};
use navi_domain::permit::Permit;
use navi_domain::pipeline::PipelineCheck;
use navi_domain::plan::run::PlanRun;
use navi_domain::policy::{AutonomyPolicy, PolicyScope};
use navi_domain::proposal::Proposal;
use navi_domain::rollback::Rollback;
use navi_domain::settings::{OrgSettings, OrgText, OrgTextKind};
use navi_domain::{SECOND, UtcMicros};
use navi_ledger::tile::Tile;
use rusqlite::OptionalExtension;
use tokio::sync::{oneshot, watch};

use super::prepared::{Prepared, scope_id};
use super::writer::Job;
use super::{
    Committing, SqliteStore, background, batch, delivery, features, index, join, ledger, state, tiles,
    witness,
};
use crate::{
    AgentRecord, ApprovalFilter, ApprovalRow, AuditFilter, Became, Change, Cosignature, Counter,
    CounterFilter, DecisionFeatures, DeliveryReport, DeskRow, Entry, Head, IdempotentAnswer, OrgVersions,
    Outcome, Page, RiskScope, SavedRisk, SessionFilter, SessionStep, SignedVote, StatusCounts, Store,
    StoreError, Told, UnderWay, WitnessState,
};

/// Entries that go into the index at once: a few milliseconds of the writer.
const STRETCH: usize = 256;

/// A cursor of ours; none: from the newest.
fn cursor(text: Option<&str>) -> Result<i64, StoreError> {
    text.map_or(Ok(i64::MAX), |t| t.parse().map_err(|_| StoreError::Cursor(t.to_owned())))
}

#[async_trait]
impl Store for SqliteStore {
    async fn commit(&self, change: Change) -> Result<Outcome, StoreError> {
        let prepared = Prepared::new(change, &self.shared.org, &self.org_key)?;
        let _committing = Committing::enter(&self.committing);
        // Lets whoever is ready reach this place too: only a caller that is really alone writes by itself.
        tokio::task::yield_now().await;
        let prepared = match self.commit_alone(prepared) {
            Ok(outcome) => return outcome,
            Err(prepared) => prepared,
        };
        let (reply, answer) = oneshot::channel();
        self.send(Job::Change(prepared, reply))?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    fn now(&self) -> UtcMicros {
        self.shared.now()
    }

    fn org(&self) -> &str {
        &self.shared.org
    }

    fn watch_head(&self) -> watch::Receiver<u64> {
        self.shared.head.subscribe()
    }

    async fn decision(&self, id: &str) -> Result<Option<DecisionRecord>, StoreError> {
        self.point("read a decision", |c| {
            state::one(c, "SELECT body FROM governance_decisions WHERE id = ?1", [id])
        })
    }

    async fn approval(&self, id: &str) -> Result<Option<Approval>, StoreError> {
        self.point("read an approval", |c| {
            state::one(c, "SELECT body FROM governance_approvals WHERE id = ?1", [id])
        })
    }

    async fn approvals(&self, filter: &ApprovalFilter) -> Result<Page<ApprovalRow>, StoreError> {
        let (before, filter) = (cursor(filter.cursor.as_deref())?, filter.clone());
        self.list("list approvals", move |c| state::approvals(c, &filter, before)).await
    }

    async fn approval_counts(&self, requester: Option<&str>) -> Result<StatusCounts, StoreError> {
        let requester = requester.map(str::to_owned);
        self.list("count approvals", move |c| state::approval_counts(c, requester.as_deref())).await
    }

    async fn pending_like(
        &self,
        requester: &str,
        resubmission_key: &str,
    ) -> Result<Vec<ApprovalRow>, StoreError> {
        self.point("find pending approvals", |c| state::pending_like(c, requester, resubmission_key))
    }

    async fn approvals_due(&self, now: UtcMicros) -> Result<Vec<Approval>, StoreError> {
        self.point("find approvals that ran out", |c| {
            let sql = "SELECT body FROM governance_approvals INDEXED BY governance_approvals_due
                       WHERE status = 'pending' AND expires_at < ?1 AND body ->> '$.frozen_at' IS NULL
                       ORDER BY expires_at LIMIT 500";
            state::all(c, sql, [now])
        })
    }

    async fn permits_due(&self, now: UtcMicros) -> Result<Vec<Permit>, StoreError> {
        self.point("find permits that ran out", |c| {
            let sql = "SELECT body FROM permits INDEXED BY permits_due
                       WHERE status = 'issued' AND expires_at < ?1 AND body ->> '$.frozen_at' IS NULL
                       ORDER BY expires_at LIMIT 500";
            state::all(c, sql, [now])
        })
    }

    async fn permit(&self, id: &str) -> Result<Option<Permit>, StoreError> {
        self.point("read a permit", |c| state::one(c, "SELECT body FROM permits WHERE id = ?1", [id]))
    }

    async fn permit_of_approval(&self, approval_id: &str) -> Result<Option<Permit>, StoreError> {
        self.point("read a permit", |c| {
            state::one(c, "SELECT body FROM permits WHERE approval_id = ?1", [approval_id])
        })
    }

    async fn votes(&self, approval_id: &str) -> Result<Vec<SignedVote>, StoreError> {
        self.point("read votes", |c| {
            let sql = "SELECT device_id, device_seq, user_id, vote, signature, created_at
                       FROM governance_votes WHERE approval_id = ?1 ORDER BY created_at, device_id";
            let vote = |row: &rusqlite::Row<'_>| {
                Ok(SignedVote {
                    approval_id: approval_id.to_owned(),
                    device_id: row.get(0)?,
                    device_seq: super::unsigned(row.get(1)?),
                    user: row.get(2)?,
                    vote: row.get(3)?,
                    signature: row.get(4)?,
                    at: row.get(5)?,
                })
            };
            c.prepare_cached(sql)?.query_map([approval_id], vote)?.collect()
        })
    }

    async fn execution(&self, id: &str) -> Result<Option<Execution>, StoreError> {
        self.point("read an execution", |c| {
            state::one(c, "SELECT body FROM governance_executions WHERE id = ?1", [id])
        })
    }

    async fn incidents_since(&self, repo: &str, since: UtcMicros) -> Result<u32, StoreError> {
        self.point("count incidents", |c| state::incidents_since(c, repo, since))
    }

    async fn policies_for(
        &self,
        user: &str,
        role: &str,
        repo: Option<&str>,
    ) -> Result<Vec<AutonomyPolicy>, StoreError> {
        let [a, b, c, d] = state::scopes(user, role, repo);
        let ids = [scope_id(&a)?, scope_id(&b)?, scope_id(&c)?, scope_id(&d)?];
        self.point("read policies", |c| state::policies(c, &ids))
    }

    async fn policy(&self, scope: &PolicyScope) -> Result<Option<AutonomyPolicy>, StoreError> {
        let id = scope_id(scope)?;
        self.point("read a policy", |c| {
            state::one(c, "SELECT body FROM autonomy_policies WHERE id = ?1", [id])
        })
    }

    async fn org_versions(&self) -> Result<OrgVersions, StoreError> {
        self.point("read the organisation's versions", |c| {
            c.prepare_cached(
                "SELECT (SELECT version FROM org_settings WHERE id = 'org'),
                        (SELECT version FROM guardrails WHERE id = 'guardrails'),
                        (SELECT version FROM guardrails WHERE id = 'catalogue'),
                        (SELECT version FROM freezes WHERE id = 'org'),
                        (SELECT version FROM bypasses WHERE id = 'org')",
            )?
            .query_row([], |row| {
                let version =
                    |column| row.get::<_, Option<i64>>(column).map(|v| super::unsigned(v.unwrap_or(0)));
                Ok(OrgVersions {
                    settings: version(0)?,
                    guardrails: version(1)?,
                    catalogue: version(2)?,
                    freezes: version(3)?,
                    bypasses: version(4)?,
                })
            })
        })
    }

    async fn bypasses(&self) -> Result<Option<Standing>, StoreError> {
        self.point("read the bypasses", |c| state::one(c, "SELECT body FROM bypasses WHERE id = 'org'", []))
    }

    async fn freezes(&self) -> Result<Option<Freezes>, StoreError> {
        self.point("read the freezes", |c| state::one(c, "SELECT body FROM freezes WHERE id = 'org'", []))
    }

    async fn on_call(&self) -> Result<Option<OnCall>, StoreError> {
        self.point("read who is on call", |c| state::one(c, "SELECT body FROM oncall WHERE id = 'org'", []))
    }

    async fn approvals_ringing(&self) -> Result<Vec<Approval>, StoreError> {
        self.list("find requests that wait", |c| {
            let sql = "SELECT body FROM governance_approvals INDEXED BY governance_approvals_due
                       WHERE status = 'pending' AND body ->> '$.frozen_at' IS NULL
                         AND (body ->> '$.claimed_by' IS NULL OR body ->> '$.target_missed_at' IS NULL)
                       ORDER BY expires_at";
            state::all(c, sql, [])
        })
        .await
    }

    async fn under_way(&self) -> Result<UnderWay, StoreError> {
        let since = self.now() - 24 * 3600 * SECOND;
        self.list("read what is under way", move |c| state::under_way(c, since)).await
    }

    async fn stopped_by(&self, freeze_id: &str) -> Result<Vec<Execution>, StoreError> {
        self.point("find runs that were asked to stop", |c| {
            let sql = "SELECT body FROM governance_executions INDEXED BY governance_executions_stop
                       WHERE stop_id = ?1 ORDER BY seq";
            state::all(c, sql, [freeze_id])
        })
    }

    async fn org_settings(&self) -> Result<Option<OrgSettings>, StoreError> {
        self.point("read the organisation's settings", |c| {
            state::one(c, "SELECT body FROM org_settings WHERE id = 'org'", [])
        })
    }

    async fn org_text(&self, kind: OrgTextKind) -> Result<Option<OrgText>, StoreError> {
        self.point("read a text of the organisation", |c| {
            state::one(c, "SELECT body FROM guardrails WHERE id = ?1", [kind.as_str()])
        })
    }

    async fn risk_for(&self, user: &str, repo: Option<&str>) -> Result<Vec<SavedRisk>, StoreError> {
        let user = RiskScope::User(user.to_owned()).id();
        let repo = repo.map(|repo| RiskScope::Repo(repo.to_owned()).id());
        self.point("read risk settings", |c| {
            let sql = "SELECT body FROM risk_settings WHERE id IN ('default', ?1, ?2)
                       ORDER BY id = 'default' DESC, id = ?2 DESC";
            state::all(c, sql, (user, repo))
        })
    }

    async fn risk_of(&self, scope: &RiskScope) -> Result<Option<SavedRisk>, StoreError> {
        self.point("read risk settings", |c| {
            state::one(c, "SELECT body FROM risk_settings WHERE id = ?1", [scope.id()])
        })
    }

    async fn execution_of_way_back(&self, rollback_id: &str) -> Result<Option<Execution>, StoreError> {
        self.point("read an execution", |c| {
            state::one(c, "SELECT body FROM governance_executions WHERE rollback_id = ?1", [rollback_id])
        })
    }

    async fn executions_with_way_back(
        &self,
        since: UtcMicros,
        limit: usize,
    ) -> Result<Vec<Execution>, StoreError> {
        self.point("list what has a way back", |c| {
            let sql = "SELECT body FROM governance_executions
                       WHERE rollback_id IS NOT NULL AND ended_at >= ?1 ORDER BY ended_at DESC, seq DESC LIMIT ?2";
            state::all(c, sql, (since, i64::try_from(limit).unwrap_or(i64::MAX)))
        })
    }

    async fn rollback(&self, id: &str) -> Result<Option<Rollback>, StoreError> {
        self.point("read a rollback", |c| {
            state::one(c, "SELECT body FROM governance_rollbacks WHERE id = ?1", [id])
        })
    }

    async fn rollbacks_of(&self, execution_id: &str) -> Result<Vec<Rollback>, StoreError> {
        self.point("list rollbacks", |c| {
            let sql = "SELECT body FROM governance_rollbacks WHERE execution_id = ?1 ORDER BY seq DESC";
            state::all(c, sql, [execution_id])
        })
    }

    async fn rollbacks_at(&self, place: &str) -> Result<Vec<Rollback>, StoreError> {
        self.point("list rollbacks at a place", |c| {
            let sql = "SELECT body FROM governance_rollbacks
                       WHERE place = ?1 AND status IN ('planning', 'decided', 'started') ORDER BY seq LIMIT 100";
            state::all(c, sql, [place])
        })
    }

    async fn grant(&self, id: &str) -> Result<Option<Grant>, StoreError> {
        self.point("read a grant", |c| state::one(c, "SELECT body FROM grants WHERE id = ?1", [id]))
    }

    async fn grants(&self, user: Option<&str>, live_at: Option<UtcMicros>) -> Result<Vec<Grant>, StoreError> {
        self.point("list grants", |c| {
            let sql = "SELECT body FROM grants
                       WHERE (?1 IS NULL OR user_id = ?1)
                         AND (?2 IS NULL OR (expires_at >= ?2 AND revoked_at IS NULL))
                       ORDER BY id DESC LIMIT 1000";
            let live = "SELECT body FROM grants
                        WHERE user_id = ?1 AND expires_at >= ?2 AND revoked_at IS NULL
                        ORDER BY id DESC LIMIT 1000";
            match (user, live_at) {
                (Some(user), Some(at)) => state::all(c, live, (user, at)),
                (user, at) => state::all(c, sql, (user, at)),
            }
        })
    }

    async fn plan(&self, id: &str) -> Result<Option<PlanRun>, StoreError> {
        self.point("read a plan", |c| state::one(c, "SELECT body FROM governance_plans WHERE id = ?1", [id]))
    }

    async fn plans(&self, user: Option<&str>, open: bool) -> Result<Vec<PlanRun>, StoreError> {
        self.point("list plans", |c| {
            let sql = "SELECT body FROM governance_plans
                       WHERE (?1 IS NULL OR user_id = ?1) AND (NOT ?2 OR ended_at IS NULL)
                       ORDER BY id DESC LIMIT 1000";
            state::all(c, sql, (user, open))
        })
    }

    async fn pipeline(&self, id: &str) -> Result<Option<PipelineCheck>, StoreError> {
        let sql = "SELECT body FROM pipeline_checks WHERE id = ?1";
        self.point("read what a pipeline asked", |c| state::one(c, sql, [id]))
    }

    async fn pipelines_open(&self) -> Result<Vec<PipelineCheck>, StoreError> {
        self.point("find pipelines without an answer", |c| {
            let sql = "SELECT body FROM pipeline_checks INDEXED BY pipeline_checks_open
                       WHERE stage <> 'answered' ORDER BY asked_at, id LIMIT 1000";
            state::all(c, sql, [])
        })
    }

    async fn pipelines_followed_by(&self, name: &str) -> Result<Vec<PipelineCheck>, StoreError> {
        self.point("find what a run ends", |c| {
            let sql =
                "SELECT body FROM pipeline_checks WHERE follows = ?1 ORDER BY asked_at DESC, id LIMIT 10";
            state::all(c, sql, [name])
        })
    }

    async fn runs_started(&self) -> Result<Vec<Execution>, StoreError> {
        self.point("find runs that did not end", |c| {
            let sql = "SELECT body FROM governance_executions INDEXED BY governance_executions_started
                       WHERE execution_result = 'started' ORDER BY created_at LIMIT 1000";
            state::all(c, sql, [])
        })
    }

    async fn delegations(&self, after: UtcMicros) -> Result<Vec<Delegation>, StoreError> {
        self.point("list delegations", |c| {
            state::all(c, "SELECT body FROM delegations WHERE ends_at >= ?1 ORDER BY ends_at", [after])
        })
    }

    async fn delegation(&self, id: &str) -> Result<Option<Delegation>, StoreError> {
        self.point("read a delegation", |c| state::one(c, "SELECT body FROM delegations WHERE id = ?1", [id]))
    }

    async fn proposal(&self, id: &str) -> Result<Option<Proposal>, StoreError> {
        self.point("read a proposal", |c| state::one(c, "SELECT body FROM proposals WHERE id = ?1", [id]))
    }

    async fn open_proposals(&self) -> Result<Vec<Proposal>, StoreError> {
        self.point("list proposals", |c| {
            state::all(c, "SELECT body FROM proposals WHERE status = 'open' ORDER BY id", [])
        })
    }

    async fn gate(&self, id: &str) -> Result<Option<Gate>, StoreError> {
        self.point("read a gate", |c| state::one(c, "SELECT body FROM gates WHERE id = ?1", [id]))
    }

    async fn gates(&self) -> Result<Vec<Gate>, StoreError> {
        self.point("list gates", |c| state::all(c, "SELECT body FROM gates ORDER BY id LIMIT 1000", []))
    }

    async fn envelope(&self, id: &str) -> Result<Option<Issued>, StoreError> {
        self.point("read an envelope", |c| state::one(c, "SELECT body FROM envelopes WHERE id = ?1", [id]))
    }

    async fn envelopes(&self, gate: Option<&str>, after: UtcMicros) -> Result<Vec<Issued>, StoreError> {
        self.point("list envelopes", |c| match gate {
            Some(gate) => {
                let sql =
                    "SELECT body FROM envelopes WHERE gate_id = ?1 AND not_after > ?2 ORDER BY id LIMIT 1000";
                state::all(c, sql, (gate, after))
            }
            None => {
                let sql = "SELECT body FROM envelopes WHERE not_after > ?1 ORDER BY id LIMIT 1000";
                state::all(c, sql, [after])
            }
        })
    }

    async fn rejected_effect(&self, effect_key: &str) -> Result<Option<String>, StoreError> {
        self.point("look for a rejected effect", |c| {
            c.prepare_cached(
                "SELECT id FROM governance_approvals
                 WHERE effect_key = ?1 AND status = 'rejected' ORDER BY seq DESC LIMIT 1",
            )?
            .query_row([effect_key], |row| row.get(0))
            .optional()
        })
    }

    async fn open_requests(&self, agent: &str, limit: u32) -> Result<u32, StoreError> {
        self.point("count open requests", |c| {
            c.prepare_cached(
                "SELECT count(*) FROM (SELECT 1 FROM governance_approvals INDEXED BY governance_approvals_agent
                                       WHERE agent = ?1 AND status = 'pending' LIMIT ?2)",
            )?
            .query_row((agent, limit), |row| row.get(0))
        })
    }

    async fn session_steps(&self, filter: &SessionFilter) -> Result<Vec<SessionStep>, StoreError> {
        let filter = filter.clone();
        self.list("read the steps of a session", move |c| background::steps(c, &filter)).await
    }

    async fn became(&self, decisions: &[String]) -> Result<Vec<Became>, StoreError> {
        self.point("read what became of actions", |c| background::became(c, decisions))
    }

    async fn agent_record(
        &self,
        agent: &str,
        user: Option<&str>,
        since: UtcMicros,
    ) -> Result<AgentRecord, StoreError> {
        let (agent, user) = (agent.to_owned(), user.map(str::to_owned));
        self.list("read an agent's record", move |c| background::record(c, &agent, user.as_deref(), since))
            .await
    }

    async fn features(&self, limit: usize) -> Result<Vec<DecisionFeatures>, StoreError> {
        self.list("read what policies are tried on", move |c| features::newest(c, limit)).await
    }

    async fn user(&self, id: &str) -> Result<Option<User>, StoreError> {
        self.point("read a user", |c| state::one(c, "SELECT body FROM users WHERE id = ?1", [id]))
    }

    async fn users(&self) -> Result<Vec<User>, StoreError> {
        self.list("list users", |c| state::all(c, "SELECT body FROM users ORDER BY id", [])).await
    }

    async fn device(&self, id: &str) -> Result<Option<Device>, StoreError> {
        self.point("read a device", |c| state::one(c, "SELECT body FROM devices WHERE id = ?1", [id]))
    }

    async fn devices(&self, user: Option<&str>) -> Result<Vec<Device>, StoreError> {
        let user = user.map(str::to_owned);
        self.list("list devices", move |c| match user {
            Some(user) => state::all(c, "SELECT body FROM devices WHERE user_id = ?1 ORDER BY id", [user]),
            None => state::all(c, "SELECT body FROM devices ORDER BY id", []),
        })
        .await
    }

    async fn token(&self, hash: &str) -> Result<Option<Token>, StoreError> {
        self.point("read a token", |c| state::one(c, "SELECT body FROM tokens WHERE hash = ?1", [hash]))
    }

    async fn token_by_id(&self, id: &str) -> Result<Option<Token>, StoreError> {
        self.point("read a token", |c| state::one(c, "SELECT body FROM tokens WHERE id = ?1", [id]))
    }

    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        self.list("list tokens", |c| state::all(c, "SELECT body FROM tokens ORDER BY id", [])).await
    }

    async fn invite(&self, hash: &str) -> Result<Option<Invite>, StoreError> {
        self.point("read an invite", |c| state::one(c, "SELECT body FROM invites WHERE hash = ?1", [hash]))
    }

    async fn invites(&self) -> Result<Vec<Invite>, StoreError> {
        self.list("list invites", |c| state::all(c, "SELECT body FROM invites ORDER BY id", [])).await
    }

    async fn idempotent(&self, token_id: &str, key: &str) -> Result<Option<IdempotentAnswer>, StoreError> {
        let now = self.now();
        self.point("read an idempotent answer", |c| state::idempotent(c, token_id, key, now))
    }

    async fn head(&self) -> Result<Head, StoreError> {
        let head = self.point("read the ledger's head", batch::head_row)?.ok_or(StoreError::Closed)?;
        Ok(Head { size: head.size, root: head.root, epoch: head.epoch, origin: head.origin, at: head.at })
    }

    async fn entries(&self, from: u64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.list("read ledger entries", move |c| ledger::entries(c, from, limit)).await
    }

    async fn audit(&self, filter: &AuditFilter) -> Result<Page<Entry>, StoreError> {
        let (before, filter) = (cursor(filter.cursor.as_deref())?, filter.clone());
        self.list("search the ledger", move |c| ledger::audit(c, &filter, before)).await
    }

    async fn index_to(&self, most: usize) -> Result<u64, StoreError> {
        let mut left = most;
        loop {
            let stretch = left.min(STRETCH);
            let made = self.list("read what to index", move |c| index::make(c, stretch)).await?;
            let purge = self.point("look at the index", index::must_purge)?;
            if (made.is_none() && !purge) || left == 0 || self.is_fenced() {
                return self.point("look at the index", index::next);
            }
            left -= stretch;
            let (reply, answer) = oneshot::channel();
            self.send(Job::Index { made, reply })?;
            answer.await.map_err(|_| StoreError::Closed)??;
        }
    }

    async fn counters(&self, days: (i64, i64), of: &CounterFilter) -> Result<Vec<Counter>, StoreError> {
        let of = of.clone();
        self.list("read the counters", move |c| index::counters(c, days, &of)).await
    }

    async fn chain(&self, id: &str) -> Result<Vec<Entry>, StoreError> {
        let id = id.to_owned();
        self.list("follow an action", move |c| ledger::chain(c, &id)).await
    }

    async fn prunable(
        &self,
        kinds: &[EventKind],
        before: UtcMicros,
        limit: usize,
    ) -> Result<Vec<u64>, StoreError> {
        let kinds = kinds.to_vec();
        self.list("find what is too old", move |c| ledger::prunable(c, &kinds, before, limit)).await
    }

    async fn closed_leaf_hashes(&self, origin: &str) -> Result<Vec<[u8; 32]>, StoreError> {
        let closed = origin.to_owned();
        self.list("read a closed ledger", move |c| super::origin::closed(c, &closed)).await
    }

    async fn leaf_hashes(&self, size: u64) -> Result<Vec<[u8; 32]>, StoreError> {
        self.list("read leaf hashes", move |c| ledger::leaf_hashes(c, size)).await
    }

    async fn tile(&self, tile: Tile) -> Result<Vec<[u8; 32]>, StoreError> {
        self.point("read a tile", |c| tiles::read(c, tile))
    }

    async fn checkpoint(&self) -> Result<Option<(u64, String)>, StoreError> {
        self.point("read the last checkpoint", ledger::checkpoint)
    }

    async fn put_checkpoint(&self, size: u64, note: &str) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Note { size, note: note.to_owned(), reply })?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    async fn note_at(&self, size: u64) -> Result<Option<String>, StoreError> {
        self.point("read a checkpoint", |c| witness::note_at(c, size))
    }

    async fn witnesses(&self) -> Result<Vec<WitnessState>, StoreError> {
        self.point("list witnesses", witness::all)
    }

    async fn cosignatures(&self, size: u64) -> Result<Vec<String>, StoreError> {
        self.point("read cosignatures", |c| witness::lines(c, size))
    }

    async fn newest_cosigned(&self, at_least: u8) -> Result<Option<(u64, String)>, StoreError> {
        self.list("look for a cosigned checkpoint", move |c| witness::newest_cosigned(c, at_least)).await
    }

    async fn put_cosignature(&self, cosignature: &Cosignature) -> Result<bool, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Cosignature { given: cosignature.clone(), reply })?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    async fn put_deliveries(&self, report: &DeliveryReport) -> Result<u64, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Deliveries { report: report.clone(), reply })?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    async fn deliveries(&self, approval_id: &str) -> Result<Vec<Told>, StoreError> {
        self.point("read deliveries", |c| delivery::of(c, approval_id))
    }

    async fn desks(&self) -> Result<Vec<DeskRow>, StoreError> {
        self.point("read desktops", delivery::desks)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.point("answer", |c| c.query_row("SELECT 1 FROM ledger_head", [], |_| Ok(())))
    }

    async fn close(&self) {
        let threads = self.stop();
        if tokio::task::spawn_blocking(move || join(threads)).await.is_err() {
            tracing::error!("the store's threads could not be awaited");
        }
    }
}
