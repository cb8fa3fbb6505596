//! A decorator that makes a store fail as scripted, for tests of whoever uses one.
//!
//! The two ways that matter: the change failed, and the change failed *but persisted*, so that nobody may take an
//! error for "nothing happened".

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use navi_domain::UtcMicros;
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
use navi_ledger::tile::Tile;

use crate::{
    AgentRecord, ApprovalFilter, ApprovalRow, AuditFilter, Became, Change, Cosignature, Counter,
    CounterFilter, DecisionFeatures, DeliveryReport, DeskRow, Entry, Head, IdempotentAnswer, OrgVersions,
    Outcome, Page, RiskScope, SavedRisk, SessionFilter, SessionStep, SignedVote, StatusCounts, Store,
    StoreError, Told, UnderWay, WitnessState,
};

/// What happens to one commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It goes through.
    None,
    /// Nothing persists, and the caller is told so.
    Fail,
    /// It persists, and the caller is told that nobody knows.
    FailButPersisted,
    /// The queue is full.
    Busy,
}

/// See the module. Reads can be made to fail too: [`Self::fail_reads`].
pub struct FaultyStore<S: Store + ?Sized> {
    inner: Arc<S>,
    script: Mutex<VecDeque<Fault>>,
    reads_fail: AtomicBool,
}

impl<S: Store + ?Sized> FaultyStore<S> {
    /// A store that does what `inner` does until told otherwise.
    #[must_use]
    pub fn new(inner: Arc<S>) -> Self {
        Self { inner, script: Mutex::default(), reads_fail: AtomicBool::new(false) }
    }

    /// Adds what happens to the next commits, one each; after the last they go through.
    pub fn script(&self, faults: impl IntoIterator<Item = Fault>) {
        self.script.lock().unwrap_or_else(PoisonError::into_inner).extend(faults);
    }

    /// Makes every read fail, or not.
    pub fn fail_reads(&self, fail: bool) {
        self.reads_fail.store(fail, Ordering::SeqCst);
    }

    /// The store behind it, without faults.
    #[must_use]
    pub fn inner(&self) -> &Arc<S> {
        &self.inner
    }

    fn next(&self) -> Fault {
        self.script.lock().unwrap_or_else(PoisonError::into_inner).pop_front().unwrap_or(Fault::None)
    }

    fn reading(&self) -> Result<&S, StoreError> {
        if self.reads_fail.load(Ordering::SeqCst) {
            return Err(StoreError::Database {
                doing: "read",
                maybe_persisted: false,
                source: "scripted fault".into(),
            });
        }
        Ok(&self.inner)
    }
}

fn failed(maybe_persisted: bool) -> StoreError {
    StoreError::Database { doing: "commit", maybe_persisted, source: "scripted fault".into() }
}

#[async_trait]
impl<S: Store + ?Sized> Store for FaultyStore<S> {
    async fn commit(&self, change: Change) -> Result<Outcome, StoreError> {
        match self.next() {
            Fault::None => self.inner.commit(change).await,
            Fault::Fail => Err(failed(false)),
            Fault::FailButPersisted => match self.inner.commit(change).await? {
                Outcome::Committed { .. } => Err(failed(true)),
                lost => Ok(lost),
            },
            Fault::Busy => Err(StoreError::Busy),
        }
    }

    fn now(&self) -> UtcMicros {
        self.inner.now()
    }

    fn org(&self) -> &str {
        self.inner.org()
    }

    fn watch_head(&self) -> tokio::sync::watch::Receiver<u64> {
        self.inner.watch_head()
    }

    async fn decision(&self, id: &str) -> Result<Option<DecisionRecord>, StoreError> {
        self.reading()?.decision(id).await
    }

    async fn approval(&self, id: &str) -> Result<Option<Approval>, StoreError> {
        self.reading()?.approval(id).await
    }

    async fn approvals(&self, filter: &ApprovalFilter) -> Result<Page<ApprovalRow>, StoreError> {
        self.reading()?.approvals(filter).await
    }

    async fn approval_counts(&self, requester: Option<&str>) -> Result<StatusCounts, StoreError> {
        self.reading()?.approval_counts(requester).await
    }

    async fn pending_like(
        &self,
        requester: &str,
        resubmission_key: &str,
    ) -> Result<Vec<ApprovalRow>, StoreError> {
        self.reading()?.pending_like(requester, resubmission_key).await
    }

    async fn approvals_due(&self, now: UtcMicros) -> Result<Vec<Approval>, StoreError> {
        self.reading()?.approvals_due(now).await
    }

    async fn permits_due(&self, now: UtcMicros) -> Result<Vec<Permit>, StoreError> {
        self.reading()?.permits_due(now).await
    }

    async fn permit(&self, id: &str) -> Result<Option<Permit>, StoreError> {
        self.reading()?.permit(id).await
    }

    async fn permit_of_approval(&self, approval_id: &str) -> Result<Option<Permit>, StoreError> {
        self.reading()?.permit_of_approval(approval_id).await
    }

    async fn votes(&self, approval_id: &str) -> Result<Vec<SignedVote>, StoreError> {
        self.reading()?.votes(approval_id).await
    }

    async fn execution(&self, id: &str) -> Result<Option<Execution>, StoreError> {
        self.reading()?.execution(id).await
    }

    async fn incidents_since(&self, repo: &str, since: UtcMicros) -> Result<u32, StoreError> {
        self.reading()?.incidents_since(repo, since).await
    }

    async fn policies_for(
        &self,
        user: &str,
        role: &str,
        repo: Option<&str>,
    ) -> Result<Vec<AutonomyPolicy>, StoreError> {
        self.reading()?.policies_for(user, role, repo).await
    }

    async fn policy(&self, scope: &PolicyScope) -> Result<Option<AutonomyPolicy>, StoreError> {
        self.reading()?.policy(scope).await
    }

    async fn org_versions(&self) -> Result<OrgVersions, StoreError> {
        self.reading()?.org_versions().await
    }

    async fn bypasses(&self) -> Result<Option<Standing>, StoreError> {
        self.reading()?.bypasses().await
    }

    async fn freezes(&self) -> Result<Option<Freezes>, StoreError> {
        self.reading()?.freezes().await
    }

    async fn on_call(&self) -> Result<Option<OnCall>, StoreError> {
        self.reading()?.on_call().await
    }

    async fn approvals_ringing(&self) -> Result<Vec<Approval>, StoreError> {
        self.reading()?.approvals_ringing().await
    }

    async fn under_way(&self) -> Result<UnderWay, StoreError> {
        self.reading()?.under_way().await
    }

    async fn stopped_by(&self, freeze_id: &str) -> Result<Vec<Execution>, StoreError> {
        self.reading()?.stopped_by(freeze_id).await
    }

    async fn org_settings(&self) -> Result<Option<OrgSettings>, StoreError> {
        self.reading()?.org_settings().await
    }

    async fn org_text(&self, kind: OrgTextKind) -> Result<Option<OrgText>, StoreError> {
        self.reading()?.org_text(kind).await
    }

    async fn risk_for(&self, user: &str, repo: Option<&str>) -> Result<Vec<SavedRisk>, StoreError> {
        self.reading()?.risk_for(user, repo).await
    }

    async fn risk_of(&self, scope: &RiskScope) -> Result<Option<SavedRisk>, StoreError> {
        self.reading()?.risk_of(scope).await
    }

    async fn execution_of_way_back(&self, rollback_id: &str) -> Result<Option<Execution>, StoreError> {
        self.reading()?.execution_of_way_back(rollback_id).await
    }

    async fn executions_with_way_back(
        &self,
        since: UtcMicros,
        limit: usize,
    ) -> Result<Vec<Execution>, StoreError> {
        self.reading()?.executions_with_way_back(since, limit).await
    }

    async fn rollback(&self, id: &str) -> Result<Option<Rollback>, StoreError> {
        self.reading()?.rollback(id).await
    }

    async fn rollbacks_of(&self, execution_id: &str) -> Result<Vec<Rollback>, StoreError> {
        self.reading()?.rollbacks_of(execution_id).await
    }

    async fn rollbacks_at(&self, place: &str) -> Result<Vec<Rollback>, StoreError> {
        self.reading()?.rollbacks_at(place).await
    }

    async fn grant(&self, id: &str) -> Result<Option<Grant>, StoreError> {
        self.reading()?.grant(id).await
    }

    async fn grants(&self, user: Option<&str>, live_at: Option<UtcMicros>) -> Result<Vec<Grant>, StoreError> {
        self.reading()?.grants(user, live_at).await
    }

    async fn plan(&self, id: &str) -> Result<Option<PlanRun>, StoreError> {
        self.reading()?.plan(id).await
    }

    async fn plans(&self, user: Option<&str>, open: bool) -> Result<Vec<PlanRun>, StoreError> {
        self.reading()?.plans(user, open).await
    }

    async fn pipeline(&self, id: &str) -> Result<Option<PipelineCheck>, StoreError> {
        self.reading()?.pipeline(id).await
    }

    async fn pipelines_open(&self) -> Result<Vec<PipelineCheck>, StoreError> {
        self.reading()?.pipelines_open().await
    }

    async fn pipelines_followed_by(&self, name: &str) -> Result<Vec<PipelineCheck>, StoreError> {
        self.reading()?.pipelines_followed_by(name).await
    }

    async fn runs_started(&self) -> Result<Vec<Execution>, StoreError> {
        self.reading()?.runs_started().await
    }

    async fn delegations(&self, after: UtcMicros) -> Result<Vec<Delegation>, StoreError> {
        self.reading()?.delegations(after).await
    }

    async fn delegation(&self, id: &str) -> Result<Option<Delegation>, StoreError> {
        self.reading()?.delegation(id).await
    }

    async fn proposal(&self, id: &str) -> Result<Option<Proposal>, StoreError> {
        self.reading()?.proposal(id).await
    }

    async fn open_proposals(&self) -> Result<Vec<Proposal>, StoreError> {
        self.reading()?.open_proposals().await
    }

    async fn gate(&self, id: &str) -> Result<Option<Gate>, StoreError> {
        self.reading()?.gate(id).await
    }

    async fn gates(&self) -> Result<Vec<Gate>, StoreError> {
        self.reading()?.gates().await
    }

    async fn envelope(&self, id: &str) -> Result<Option<Issued>, StoreError> {
        self.reading()?.envelope(id).await
    }

    async fn envelopes(&self, gate: Option<&str>, after: UtcMicros) -> Result<Vec<Issued>, StoreError> {
        self.reading()?.envelopes(gate, after).await
    }

    async fn rejected_effect(&self, effect_key: &str) -> Result<Option<String>, StoreError> {
        self.reading()?.rejected_effect(effect_key).await
    }

    async fn open_requests(&self, agent: &str, limit: u32) -> Result<u32, StoreError> {
        self.reading()?.open_requests(agent, limit).await
    }

    async fn session_steps(&self, filter: &SessionFilter) -> Result<Vec<SessionStep>, StoreError> {
        self.reading()?.session_steps(filter).await
    }

    async fn became(&self, decisions: &[String]) -> Result<Vec<Became>, StoreError> {
        self.reading()?.became(decisions).await
    }

    async fn agent_record(
        &self,
        agent: &str,
        user: Option<&str>,
        since: UtcMicros,
    ) -> Result<AgentRecord, StoreError> {
        self.reading()?.agent_record(agent, user, since).await
    }

    async fn features(&self, limit: usize) -> Result<Vec<DecisionFeatures>, StoreError> {
        self.reading()?.features(limit).await
    }

    async fn user(&self, id: &str) -> Result<Option<User>, StoreError> {
        self.reading()?.user(id).await
    }

    async fn users(&self) -> Result<Vec<User>, StoreError> {
        self.reading()?.users().await
    }

    async fn device(&self, id: &str) -> Result<Option<Device>, StoreError> {
        self.reading()?.device(id).await
    }

    async fn devices(&self, user: Option<&str>) -> Result<Vec<Device>, StoreError> {
        self.reading()?.devices(user).await
    }

    async fn token(&self, hash: &str) -> Result<Option<Token>, StoreError> {
        self.reading()?.token(hash).await
    }

    async fn token_by_id(&self, id: &str) -> Result<Option<Token>, StoreError> {
        self.reading()?.token_by_id(id).await
    }

    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        self.reading()?.tokens().await
    }

    async fn invite(&self, hash: &str) -> Result<Option<Invite>, StoreError> {
        self.reading()?.invite(hash).await
    }

    async fn invites(&self) -> Result<Vec<Invite>, StoreError> {
        self.reading()?.invites().await
    }

    async fn idempotent(&self, token_id: &str, key: &str) -> Result<Option<IdempotentAnswer>, StoreError> {
        self.reading()?.idempotent(token_id, key).await
    }

    async fn head(&self) -> Result<Head, StoreError> {
        self.reading()?.head().await
    }

    async fn entries(&self, from: u64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.reading()?.entries(from, limit).await
    }

    async fn audit(&self, filter: &AuditFilter) -> Result<Page<Entry>, StoreError> {
        self.reading()?.audit(filter).await
    }

    async fn index_to(&self, most: usize) -> Result<u64, StoreError> {
        self.inner.index_to(most).await
    }

    async fn counters(&self, days: (i64, i64), of: &CounterFilter) -> Result<Vec<Counter>, StoreError> {
        self.reading()?.counters(days, of).await
    }

    async fn chain(&self, id: &str) -> Result<Vec<Entry>, StoreError> {
        self.reading()?.chain(id).await
    }

    async fn prunable(
        &self,
        kinds: &[EventKind],
        before: UtcMicros,
        limit: usize,
    ) -> Result<Vec<u64>, StoreError> {
        self.reading()?.prunable(kinds, before, limit).await
    }

    async fn closed_leaf_hashes(&self, origin: &str) -> Result<Vec<[u8; 32]>, StoreError> {
        self.reading()?.closed_leaf_hashes(origin).await
    }

    async fn leaf_hashes(&self, size: u64) -> Result<Vec<[u8; 32]>, StoreError> {
        self.reading()?.leaf_hashes(size).await
    }

    async fn tile(&self, tile: Tile) -> Result<Vec<[u8; 32]>, StoreError> {
        self.reading()?.tile(tile).await
    }

    async fn checkpoint(&self) -> Result<Option<(u64, String)>, StoreError> {
        self.reading()?.checkpoint().await
    }

    async fn put_checkpoint(&self, size: u64, note: &str) -> Result<(), StoreError> {
        self.inner.put_checkpoint(size, note).await
    }

    async fn note_at(&self, size: u64) -> Result<Option<String>, StoreError> {
        self.reading()?.note_at(size).await
    }

    async fn witnesses(&self) -> Result<Vec<WitnessState>, StoreError> {
        self.reading()?.witnesses().await
    }

    async fn cosignatures(&self, size: u64) -> Result<Vec<String>, StoreError> {
        self.reading()?.cosignatures(size).await
    }

    async fn newest_cosigned(&self, at_least: u8) -> Result<Option<(u64, String)>, StoreError> {
        self.reading()?.newest_cosigned(at_least).await
    }

    async fn put_cosignature(&self, cosignature: &Cosignature) -> Result<bool, StoreError> {
        self.inner.put_cosignature(cosignature).await
    }

    async fn put_deliveries(&self, report: &DeliveryReport) -> Result<u64, StoreError> {
        self.inner.put_deliveries(report).await
    }

    async fn deliveries(&self, approval_id: &str) -> Result<Vec<Told>, StoreError> {
        self.reading()?.deliveries(approval_id).await
    }

    async fn desks(&self) -> Result<Vec<DeskRow>, StoreError> {
        self.reading()?.desks().await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.reading()?.ping().await
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}
