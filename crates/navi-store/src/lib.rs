//! The one write path: a [`Change`] commits with its ledger entries in one durable transaction, or not at all.
//!
//! A use case loads, decides in `navi-domain`, and hands over one [`Change`]. Batching (group commit) is inside.
//! Reads are one method per use. Beside the ledger only bookkeeping is written
//! ([`Store::put_checkpoint`], [`Store::put_cosignature`], [`Store::put_deliveries`]).

pub mod change;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod fault;
pub mod read;
pub mod sqlite;

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

pub use change::{
    Change, Expected, IdempotentAnswer, Key, Outcome, Record, RiskScope, SavedRisk, SignedVote,
};
pub use read::{
    AgentRecord, ApprovalFilter, ApprovalRow, AuditFilter, Became, Cosignature, Counter, CounterFilter,
    DecisionFeatures, DeliveryReport, DeskRow, Entry, Head, OrgVersions, Page, Place, SessionFilter,
    SessionStep, StatusCounts, Told, UnderWay, WitnessState,
};

/// Why the store could not answer. None of these may let an action run.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The queue of waiting changes is full: refuse now, try again later.
    #[error("too many changes are waiting")]
    Busy,
    /// The database said no (disk full, I/O error, corruption). Nothing of the change is in effect, unless
    /// `maybe_persisted` — then nobody knows, and the caller must look again before repeating it.
    #[error("the database could not {doing}")]
    Database {
        /// What was attempted.
        doing: &'static str,
        /// The flush may have reached the disk although it failed.
        maybe_persisted: bool,
        /// Cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The head is behind a checkpoint that was signed: fenced until a new origin starts.
    #[error("the ledger is behind a checkpoint it once signed")]
    Fenced,
    /// A `put` without a matching `expect`, or a value without canonical form: a defect of the caller.
    #[error("malformed change: {0}")]
    Malformed(String),
    /// A cursor that is none of ours: the reader's mistake.
    #[error("{0:?} is no cursor")]
    Cursor(String),
    /// The store is shutting down.
    #[error("the store is closed")]
    Closed,
}

/// Everything the use cases need from a database.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Commits a change with its ledger entries: all or nothing, durable before it returns.
    ///
    /// # Errors
    /// [`StoreError`]. A lost race is [`Outcome::Conflict`], not an error.
    async fn commit(&self, change: Change) -> Result<Outcome, StoreError>;

    /// The store's clock: never below the last entry's instant.
    fn now(&self) -> UtcMicros;
    /// The organisation.
    fn org(&self) -> &str;
    /// Current ledger size; changes whenever entries became durable (also by another process).
    fn watch_head(&self) -> tokio::sync::watch::Receiver<u64>;

    /// A decision.
    async fn decision(&self, id: &str) -> Result<Option<DecisionRecord>, StoreError>;
    /// An approval.
    async fn approval(&self, id: &str) -> Result<Option<Approval>, StoreError>;
    /// Approvals, newest first, with their decisions.
    async fn approvals(&self, filter: &ApprovalFilter) -> Result<Page<ApprovalRow>, StoreError>;
    /// How many approvals are in each state, and pending by level.
    async fn approval_counts(&self, requester: Option<&str>) -> Result<StatusCounts, StoreError>;
    /// Pending approvals with this resubmission key and requester.
    async fn pending_like(
        &self,
        requester: &str,
        resubmission_key: &str,
    ) -> Result<Vec<ApprovalRow>, StoreError>;
    /// Pending approvals (or issued permits, see [`Store::permits_due`]) whose time is over.
    async fn approvals_due(&self, now: UtcMicros) -> Result<Vec<Approval>, StoreError>;
    /// Issued permits whose time is over.
    async fn permits_due(&self, now: UtcMicros) -> Result<Vec<Permit>, StoreError>;
    /// A permit.
    async fn permit(&self, id: &str) -> Result<Option<Permit>, StoreError>;
    /// The permit of an approval.
    async fn permit_of_approval(&self, approval_id: &str) -> Result<Option<Permit>, StoreError>;
    /// The votes that were counted for an approval, as received, in the order of their acceptance.
    async fn votes(&self, approval_id: &str) -> Result<Vec<SignedVote>, StoreError>;
    /// An execution.
    async fn execution(&self, id: &str) -> Result<Option<Execution>, StoreError>;
    /// The execution with this way back (its `rollback_id`).
    async fn execution_of_way_back(&self, rollback_id: &str) -> Result<Option<Execution>, StoreError>;
    /// Executions with a way back that ended after an instant, newest first: at most `limit`.
    async fn executions_with_way_back(
        &self,
        since: UtcMicros,
        limit: usize,
    ) -> Result<Vec<Execution>, StoreError>;
    /// A rollback.
    async fn rollback(&self, id: &str) -> Result<Option<Rollback>, StoreError>;
    /// Rollbacks of an execution, newest first.
    async fn rollbacks_of(&self, execution_id: &str) -> Result<Vec<Rollback>, StoreError>;
    /// Rollbacks at a place that wait for its runner, or that it began: oldest first, at most 100.
    async fn rollbacks_at(&self, place: &str) -> Result<Vec<Rollback>, StoreError>;
    /// Failed executions in a repository since an instant.
    async fn incidents_since(&self, repo: &str, since: UtcMicros) -> Result<u32, StoreError>;
    /// The saved policies that apply to a user, role and repository (at most four).
    async fn policies_for(
        &self,
        user: &str,
        role: &str,
        repo: Option<&str>,
    ) -> Result<Vec<AutonomyPolicy>, StoreError>;
    /// One saved policy.
    async fn policy(&self, scope: &PolicyScope) -> Result<Option<AutonomyPolicy>, StoreError>;
    /// Versions of the organisation's settings and texts, so that what is kept compiled is known to be the newest.
    async fn org_versions(&self) -> Result<OrgVersions, StoreError>;
    /// All pauses in force; `None`: there was never one.
    async fn freezes(&self) -> Result<Option<Freezes>, StoreError>;
    /// The bypasses that are asked for, in force or not reviewed; `None`: there was never one.
    async fn bypasses(&self) -> Result<Option<Standing>, StoreError>;
    /// Who is on call; `None`: nothing was ever saved.
    async fn on_call(&self) -> Result<Option<OnCall>, StoreError>;
    /// Pending approvals whose time runs and that nobody claimed, or that are not yet marked as late; soonest end first.
    async fn approvals_ringing(&self) -> Result<Vec<Approval>, StoreError>;
    /// Requests that wait, permits that were not used, and runs that did not end (of the last day).
    async fn under_way(&self) -> Result<UnderWay, StoreError>;
    /// Runs that a freeze asked to stop, oldest first.
    async fn stopped_by(&self, freeze_id: &str) -> Result<Vec<Execution>, StoreError>;
    /// The organisation's settings, if any were saved.
    async fn org_settings(&self) -> Result<Option<OrgSettings>, StoreError>;
    /// A text of the organisation.
    async fn org_text(&self, kind: OrgTextKind) -> Result<Option<OrgText>, StoreError>;
    /// Saved risk settings that apply to a person and a repository, the most general first (at most three).
    async fn risk_for(&self, user: &str, repo: Option<&str>) -> Result<Vec<SavedRisk>, StoreError>;
    /// Risk settings of one scope.
    async fn risk_of(&self, scope: &RiskScope) -> Result<Option<SavedRisk>, StoreError>;
    /// A grant.
    async fn grant(&self, id: &str) -> Result<Option<Grant>, StoreError>;
    /// Grants, newest first: one person's or everybody's; `live_at`: only those neither revoked nor over at that
    /// instant. At most 1000.
    async fn grants(&self, user: Option<&str>, live_at: Option<UtcMicros>) -> Result<Vec<Grant>, StoreError>;
    /// A plan that runs or ran.
    async fn plan(&self, id: &str) -> Result<Option<PlanRun>, StoreError>;
    /// Plans, newest first: one person's or everybody's; `open`: only those that did not end. At most 1000.
    async fn plans(&self, user: Option<&str>, open: bool) -> Result<Vec<PlanRun>, StoreError>;
    /// What a pipeline asked.
    async fn pipeline(&self, id: &str) -> Result<Option<PipelineCheck>, StoreError>;
    /// Pipelines that do not have their answer, oldest first. At most 1000.
    async fn pipelines_open(&self) -> Result<Vec<PipelineCheck>, StoreError>;
    /// What the end of a run under this name is the end of, newest first. At most 10.
    async fn pipelines_followed_by(&self, name: &str) -> Result<Vec<PipelineCheck>, StoreError>;
    /// Runs that did not end, oldest first. At most 1000.
    async fn runs_started(&self) -> Result<Vec<Execution>, StoreError>;
    /// Delegations that end after an instant.
    async fn delegations(&self, after: UtcMicros) -> Result<Vec<Delegation>, StoreError>;
    /// A delegation.
    async fn delegation(&self, id: &str) -> Result<Option<Delegation>, StoreError>;
    /// A proposal.
    async fn proposal(&self, id: &str) -> Result<Option<Proposal>, StoreError>;
    /// Proposals that wait, oldest first.
    async fn open_proposals(&self) -> Result<Vec<Proposal>, StoreError>;
    /// A gate that is known by its key.
    async fn gate(&self, id: &str) -> Result<Option<Gate>, StoreError>;
    /// All such gates, in the order of their ids.
    async fn gates(&self) -> Result<Vec<Gate>, StoreError>;
    /// A sealed envelope.
    async fn envelope(&self, id: &str) -> Result<Option<Issued>, StoreError>;
    /// Envelopes of one gate or of all whose life ends after an instant, oldest first; at most 1000.
    async fn envelopes(&self, gate: Option<&str>, after: UtcMicros) -> Result<Vec<Issued>, StoreError>;
    /// The newest rejected approval with this effect key.
    async fn rejected_effect(&self, effect_key: &str) -> Result<Option<String>, StoreError>;
    /// How many requests of an agent are pending; counts no further than `limit`.
    async fn open_requests(&self, agent: &str, limit: u32) -> Result<u32, StoreError>;
    /// The earlier steps of an agent's session, newest first.
    async fn session_steps(&self, filter: &SessionFilter) -> Result<Vec<SessionStep>, StoreError>;
    /// What became of decisions whose actions ran, in no order; at most 500 decisions are asked for.
    async fn became(&self, decisions: &[String]) -> Result<Vec<Became>, StoreError>;
    /// What became of what an agent asked for since an instant, for one person or for all.
    async fn agent_record(
        &self,
        agent: &str,
        user: Option<&str>,
        since: UtcMicros,
    ) -> Result<AgentRecord, StoreError>;
    /// The newest decisions' features, newest first, with what became of each: at most `limit`.
    async fn features(&self, limit: usize) -> Result<Vec<DecisionFeatures>, StoreError>;
    /// A person.
    async fn user(&self, id: &str) -> Result<Option<User>, StoreError>;
    /// Everybody.
    async fn users(&self) -> Result<Vec<User>, StoreError>;
    /// A device.
    async fn device(&self, id: &str) -> Result<Option<Device>, StoreError>;
    /// All devices, or one person's.
    async fn devices(&self, user: Option<&str>) -> Result<Vec<Device>, StoreError>;
    /// A token by the SHA-256 (hex) of its text.
    async fn token(&self, hash: &str) -> Result<Option<Token>, StoreError>;
    /// A token by its public id.
    async fn token_by_id(&self, id: &str) -> Result<Option<Token>, StoreError>;
    /// All tokens.
    async fn tokens(&self) -> Result<Vec<Token>, StoreError>;
    /// An invite by the SHA-256 (hex) of its text.
    async fn invite(&self, hash: &str) -> Result<Option<Invite>, StoreError>;
    /// All invites.
    async fn invites(&self) -> Result<Vec<Invite>, StoreError>;
    /// What an idempotency key answered during the last 24 hours.
    async fn idempotent(&self, token_id: &str, key: &str) -> Result<Option<IdempotentAnswer>, StoreError>;

    /// Size, root, epoch of the ledger.
    async fn head(&self) -> Result<Head, StoreError>;
    /// Entries `from..from+limit`, with payload and nonce where still present.
    async fn entries(&self, from: u64, limit: usize) -> Result<Vec<Entry>, StoreError>;
    /// Entries by filter, newest first.
    async fn audit(&self, filter: &AuditFilter) -> Result<Page<Entry>, StoreError>;
    /// Brings the index of words, facets and counters nearer to the head, by at most `most` entries; how many entries it
    /// then covers, from the first. Searches and counters answer for those. A fenced ledger's index stays as it is.
    async fn index_to(&self, most: usize) -> Result<u64, StoreError>;
    /// Counters of whole days (days since 1970, UTC, both included), of everything or of one repository, agent, or both.
    async fn counters(&self, days: (i64, i64), of: &CounterFilter) -> Result<Vec<Counter>, StoreError>;
    /// Every entry whose subject or links name this id, or an id linked with it (one action's whole chain), in order.
    async fn chain(&self, id: &str) -> Result<Vec<Entry>, StoreError>;
    /// Entries of these kinds from before an instant whose payloads are still there, oldest first.
    async fn prunable(
        &self,
        kinds: &[EventKind],
        before: UtcMicros,
        limit: usize,
    ) -> Result<Vec<u64>, StoreError>;
    /// All leaf hashes of the first `size` entries, for proofs.
    async fn leaf_hashes(&self, size: u64) -> Result<Vec<[u8; 32]>, StoreError>;
    /// All leaf hashes of a ledger that was closed when a new origin began; none of one that never was.
    async fn closed_leaf_hashes(&self, origin: &str) -> Result<Vec<[u8; 32]>, StoreError>;
    /// The hashes of a tile, as many as it is wide; fewer when the log is shorter than that.
    async fn tile(&self, tile: Tile) -> Result<Vec<[u8; 32]>, StoreError>;
    /// The last signed note and its size.
    async fn checkpoint(&self) -> Result<Option<(u64, String)>, StoreError>;
    /// Keeps a signed note durably, only if `size` is greater than the last one's. Bookkeeping: no ledger entry.
    async fn put_checkpoint(&self, size: u64, note: &str) -> Result<(), StoreError>;
    /// The signed note of exactly this size, if one was kept.
    async fn note_at(&self, size: u64) -> Result<Option<String>, StoreError>;
    /// Everybody who ever cosigned, in the order of joining.
    async fn witnesses(&self) -> Result<Vec<WitnessState>, StoreError>;
    /// Signature lines of witnesses over the note of this size.
    async fn cosignatures(&self, size: u64) -> Result<Vec<String>, StoreError>;
    /// The newest note that at least this many witnesses cosigned, with its size; the keys of one device count once.
    async fn newest_cosigned(&self, at_least: u8) -> Result<Option<(u64, String)>, StoreError>;
    /// Keeps a cosignature over a note that was kept, and its witness; `false` when that witness cosigned a larger
    /// size before, or joined as another device. Bookkeeping: no ledger entry.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] when there is no note of that size.
    async fn put_cosignature(&self, cosignature: &Cosignature) -> Result<bool, StoreError>;
    /// Keeps what a device reports about notifications, where it is newer than what is there; how many rows that were.
    /// Bookkeeping: no ledger entry.
    async fn put_deliveries(&self, report: &DeliveryReport) -> Result<u64, StoreError>;
    /// What every device said about a request, the newest first.
    async fn deliveries(&self, approval_id: &str) -> Result<Vec<Told>, StoreError>;
    /// What each device's desktop can show, as last reported.
    async fn desks(&self) -> Result<Vec<DeskRow>, StoreError>;
    /// Answers when the database can be read; for `/readyz`.
    async fn ping(&self) -> Result<(), StoreError>;
    /// Finishes what is queued and stops the writer.
    async fn close(&self);
}
