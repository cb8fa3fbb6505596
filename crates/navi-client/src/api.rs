//! Typed calls. Time-outs are always set, redirects are off, answers are bounded, and anything that is not the
//! contract's JSON is [`ClientError::Nonsense`].

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use navi_protocol::approvals::{ApprovalView, QueueStatus, VoteRequest, VoteResponse};
use navi_protocol::audit::{AuditEntry, ExportNote, ProofView};
use navi_protocol::delegations::DelegationView;
use navi_protocol::discussion::AnswerRequest;
use navi_protocol::envelopes::{GATE_HEADER, NEWS_HEADER};
use navi_protocol::evaluate::{EvaluateRequest, EvaluateResponse};
use navi_protocol::executions::{ExecutionView, FinishRequest, RedeemRequest};
use navi_protocol::freeze::{FreezeRequest, FreezeView};
use navi_protocol::grants::GrantView;
use navi_protocol::people::{EnrollRequest, EnrollResponse, ServerView, SessionView};
use navi_protocol::plans::PlanRunView;
use navi_protocol::problem::Problem;
use navi_protocol::rollback::{
    EndRequest, OfferView, PlanRequest, RollbackRequest, RollbackView, StartRequest, WorkAnswer, WorkRequest,
};
use navi_protocol::waiting::SnoozeRequest;
use navi_protocol::witness::{CosignatureRequest, CosignatureResponse, WitnessView};
use navi_protocol::{Page, paths};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ClientError;

/// Longest time for one ordinary call.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// Largest answer that is read into memory.
const MAX_ANSWER: usize = 16 * 1024 * 1024;
/// How often a safe call is repeated when the connection failed.
const RETRIES: u32 = 3;

/// A client of one server with one credential. Clones share the connection pool.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
    timeout: Duration,
    /// What a gate that is known by its key says of itself.
    gate: Option<String>,
    /// What the server last said about news for it.
    news: Arc<Mutex<Option<String>>>,
}

impl Client {
    /// A client of `url` (`http://…` or `https://…`, no path), with a bearer token or none.
    ///
    /// # Errors
    /// [`ClientError::Setup`] for a URL that is none.
    pub fn new(url: &str, token: Option<String>) -> Result<Self, ClientError> {
        let base = url.trim_end_matches('/').to_owned();
        let plain = base.starts_with("http://");
        if !plain && !base.starts_with("https://") {
            return Err(ClientError::Setup(format!("{url:?} is no http:// or https:// address")));
        }
        if token.as_ref().is_some_and(|t| !t.chars().all(|c| c.is_ascii_graphic())) {
            return Err(ClientError::Setup("the token holds characters that no token has".into()));
        }
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(5));
        if plain {
            // Loading the system's root certificates would cost more than the whole call.
            builder = builder.tls_certs_only([]).no_proxy();
        }
        let http = builder.build().map_err(|e| ClientError::Setup(e.to_string()))?;
        Ok(Self { http, base, token, timeout: CALL_TIMEOUT, gate: None, news: Arc::default() })
    }

    /// The same client with another longest time for one call.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The same client for a gate that is known by its key: each request says how far its records go
    /// (`GATE_ID SIZE HASH`).
    #[must_use]
    pub fn of_gate(mut self, said: String) -> Self {
        self.gate = Some(said);
        self
    }

    /// A word that changes whenever the gate should be in contact; `None`: no answer said one.
    #[must_use]
    pub fn news(&self) -> Option<String> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The server's address.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base
    }

    pub(crate) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// `POST /evaluate`. Not repeated: a lost answer is a refusal for the caller.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn evaluate(&self, request: &EvaluateRequest) -> Result<EvaluateResponse, ClientError> {
        let answer: EvaluateResponse =
            self.send(self.request(Method::POST, paths::EVALUATE).json(request)).await?;
        if !matches!(answer.decision.as_str(), "AUTO" | "APPROVAL" | "BLOCKED") {
            return Err(ClientError::Nonsense(format!("unknown decision {:?}", answer.decision)));
        }
        Ok(answer)
    }

    /// One approval; `None` when there is no such approval for this credential.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn approval(&self, id: &str) -> Result<Option<ApprovalView>, ClientError> {
        self.find(&format!("{}/{}", paths::APPROVALS, segment(id))).await
    }

    /// One approval, after waiting up to `wait` for it to leave `pending`, or to have another version than `seen`.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn wait_for_approval(
        &self,
        id: &str,
        wait: Duration,
        seen: Option<u64>,
    ) -> Result<ApprovalView, ClientError> {
        let seen = seen.map(|v| format!("&seen={v}")).unwrap_or_default();
        let path = format!("{}/{}?wait={}{seen}", paths::APPROVALS, segment(id), wait.as_secs());
        self.send(self.request(Method::GET, &path).timeout(wait + self.timeout)).await
    }

    /// Answers a person's question about one's own request. Not repeated: a lost answer may have been written.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn answer(
        &self,
        approval_id: &str,
        question_id: &str,
        text: &str,
    ) -> Result<ApprovalView, ClientError> {
        let path = format!("{}/{}/answers", paths::APPROVALS, segment(approval_id));
        let answer = AnswerRequest { question_id: question_id.to_owned(), text: text.to_owned() };
        self.call(Method::POST, &path, &answer).await
    }

    /// What agents may repeat, newest first; `live`: only what can be used now.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn grants(&self, live: bool) -> Result<Vec<GrantView>, ClientError> {
        self.get(&format!("{}?live={live}", paths::GRANTS)).await
    }

    /// Takes a grant back.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn revoke_grant(&self, id: &str) -> Result<GrantView, ClientError> {
        self.call(Method::DELETE, &format!("{}/{}", paths::GRANTS, segment(id)), &()).await
    }

    /// Who votes for whom: the delegations that have not ended.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn delegations(&self) -> Result<Vec<DelegationView>, ClientError> {
        self.get(paths::DELEGATIONS).await
    }

    /// A page of approvals, newest first.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn approvals(
        &self,
        status: Option<&str>,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<ApprovalView>, ClientError> {
        let mut query = vec![("limit", limit.to_string())];
        query.extend(status.map(|s| ("status", s.to_owned())));
        query.extend(cursor.map(|c| ("cursor", c.to_owned())));
        self.get(&with_query(paths::APPROVALS, &query)).await
    }

    /// How many wait.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn queue_status(&self) -> Result<QueueStatus, ClientError> {
        self.get(paths::APPROVALS_STATUS).await
    }

    /// Casts a signed vote. `idempotency_key` makes a repeat return the first answer.
    ///
    /// # Errors
    /// [`ClientError::Refused`] says why the vote has no effect.
    pub async fn cast(
        &self,
        approval_id: &str,
        vote: &VoteRequest,
        idempotency_key: &str,
    ) -> Result<VoteResponse, ClientError> {
        let path = format!("{}/{}", paths::APPROVALS, segment(approval_id));
        self.repeatable(|| {
            self.request(Method::POST, &path).header("Idempotency-Key", idempotency_key).json(vote)
        })
        .await
    }

    /// Puts a pending request off for oneself until an instant (microseconds, UTC).
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn snooze(&self, approval_id: &str, until: i64) -> Result<ApprovalView, ClientError> {
        let path = format!("{}/{}/snooze", paths::APPROVALS, segment(approval_id));
        self.repeatable(|| self.request(Method::POST, &path).json(&SnoozeRequest { until })).await
    }

    /// Ends one's own snooze.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn wake(&self, approval_id: &str) -> Result<ApprovalView, ClientError> {
        let path = format!("{}/{}/snooze", paths::APPROVALS, segment(approval_id));
        self.repeatable(|| self.request(Method::DELETE, &path)).await
    }

    /// Withdraws one's own pending request.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn cancel(&self, approval_id: &str) -> Result<ApprovalView, ClientError> {
        self.send(self.request(Method::DELETE, &format!("{}/{}", paths::APPROVALS, segment(approval_id))))
            .await
    }

    /// Redeems a permit. Repeated on a broken connection: the run's nonce makes it one execution.
    ///
    /// # Errors
    /// [`ClientError`]; nothing may run then.
    pub async fn redeem(&self, request: &RedeemRequest) -> Result<ExecutionView, ClientError> {
        self.repeatable(|| self.request(Method::POST, paths::EXECUTIONS).json(request)).await
    }

    /// Reports the end of an execution. Repeating the same report is harmless.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn finish(
        &self,
        execution_id: &str,
        report: &FinishRequest,
    ) -> Result<ExecutionView, ClientError> {
        let path = format!("{}/{}", paths::EXECUTIONS, segment(execution_id));
        self.repeatable(|| self.request(Method::PATCH, &path).json(report)).await
    }

    /// One execution, after waiting up to `wait` for its end or for the wish that it ends.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn execution(&self, id: &str, wait: Duration) -> Result<ExecutionView, ClientError> {
        let path = format!("{}/{}?wait={}", paths::EXECUTIONS, segment(id), wait.as_secs());
        self.send(self.request(Method::GET, &path).timeout(wait + self.timeout)).await
    }

    /// A plan that runs or ran; `None` when there is no such plan for this credential.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn plan(&self, id: &str) -> Result<Option<PlanRunView>, ClientError> {
        self.find(&format!("{}/{}", paths::PLANS, segment(id))).await
    }

    /// Plans, newest first; `open`: only those that did not end.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn plans(&self, open: bool) -> Result<Vec<PlanRunView>, ClientError> {
        self.get(&format!("{}?open={open}", paths::PLANS)).await
    }

    /// Wants something undone, or rehearsed. Not repeated: a lost answer may have been a rollback.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn roll_back(&self, request: &RollbackRequest) -> Result<RollbackView, ClientError> {
        self.call(Method::POST, paths::ROLLBACK, request).await
    }

    /// The same with a key: sent again when the connection fails, also by a process that comes after this one, it is one
    /// rollback.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn roll_back_once(
        &self,
        request: &RollbackRequest,
        key: &str,
    ) -> Result<RollbackView, ClientError> {
        self.repeatable(|| {
            self.request(Method::POST, paths::ROLLBACK).header("Idempotency-Key", key).json(request)
        })
        .await
    }

    /// One rollback, after waiting up to `wait` for another status than `seen`.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn rollback(&self, id: &str, wait: Duration, seen: &str) -> Result<RollbackView, ClientError> {
        let path =
            format!("{}/{}?wait={}&seen={}", paths::ROLLBACK, segment(id), wait.as_secs(), segment(seen));
        self.send(self.request(Method::GET, &path).timeout(wait + self.timeout)).await
    }

    /// What can be rolled back now.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn rollbackable(&self) -> Result<Vec<OfferView>, ClientError> {
        self.get(&format!("{}/available", paths::ROLLBACK)).await
    }

    /// A runner's work at a place, after waiting up to `wait` for some.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn rollback_work(&self, place_key: &str, wait: Duration) -> Result<WorkAnswer, ClientError> {
        let body = WorkRequest { place_key: place_key.to_owned(), wait_secs: wait.as_secs() };
        let request = self.request(Method::POST, paths::RUNNER_WORK).json(&body);
        self.send(request.timeout(wait + self.timeout)).await
    }

    /// A runner has rehearsed a rollback.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn plan_rollback(&self, id: &str, request: &PlanRequest) -> Result<RollbackView, ClientError> {
        self.call(Method::POST, &format!("{}/{}/plan", paths::ROLLBACK, segment(id)), request).await
    }

    /// A runner begins. Repeated on a broken connection: the run's nonce makes it one execution.
    ///
    /// # Errors
    /// [`ClientError`]; nothing may be undone then.
    pub async fn start_rollback(
        &self,
        id: &str,
        request: &StartRequest,
    ) -> Result<RollbackView, ClientError> {
        let path = format!("{}/{}/start", paths::ROLLBACK, segment(id));
        self.repeatable(|| self.request(Method::POST, &path).json(request)).await
    }

    /// A runner reports the end. Repeating the same report is harmless.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn end_rollback(&self, id: &str, request: &EndRequest) -> Result<RollbackView, ClientError> {
        let path = format!("{}/{}/end", paths::ROLLBACK, segment(id));
        self.repeatable(|| self.request(Method::POST, &path).json(request)).await
    }

    /// The pauses in force.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn freezes(&self) -> Result<Vec<FreezeView>, ClientError> {
        self.get(paths::FREEZE).await
    }

    /// Pauses an agent, a repository or everything. Sent once; with the same key it can be sent again until an answer comes.
    ///
    /// # Errors
    /// [`ClientError`]; unless it [never arrived](ClientError::never_arrived), it may be in force.
    pub async fn begin_freeze(&self, request: &FreezeRequest, key: &str) -> Result<FreezeView, ClientError> {
        self.send(self.request(Method::PUT, paths::FREEZE).header("Idempotency-Key", key).json(request)).await
    }

    /// The same, sent again when the connection fails.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn begin_freeze_once(
        &self,
        request: &FreezeRequest,
        key: &str,
    ) -> Result<FreezeView, ClientError> {
        self.repeatable(|| {
            self.request(Method::PUT, paths::FREEZE).header("Idempotency-Key", key).json(request)
        })
        .await
    }

    /// Lifts a pause.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn end_freeze(&self, id: &str) -> Result<FreezeView, ClientError> {
        self.call(Method::DELETE, &format!("{}/{}", paths::FREEZE, segment(id)), &()).await
    }

    /// Enrols a device with an invite.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn enroll(&self, request: &EnrollRequest) -> Result<EnrollResponse, ClientError> {
        self.send(self.request(Method::POST, paths::DEVICES).json(request)).await
    }

    /// Which server this is. Needs no credential.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn server(&self) -> Result<ServerView, ClientError> {
        self.get(paths::SERVER).await
    }

    /// Who this credential is.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn session(&self) -> Result<SessionView, ClientError> {
        self.get(paths::SESSION).await
    }

    /// The newest signed note.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn checkpoint(&self, org: &str) -> Result<String, ClientError> {
        self.text(&format!("{}/{}/checkpoint", paths::LEDGER, segment(org))).await
    }

    /// The newest signed note that at least this many witnesses cosigned; `None`: there is none yet.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn cosigned_checkpoint(&self, org: &str, at_least: u8) -> Result<Option<String>, ClientError> {
        let path = format!("{}/{}/checkpoint?cosigned={at_least}", paths::LEDGER, segment(org));
        match self.text(&path).await {
            Ok(note) => Ok(Some(note)),
            Err(ClientError::Refused(p)) if p.status == StatusCode::NOT_FOUND.as_u16() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Cosigns a checkpoint.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn cosign(
        &self,
        org: &str,
        request: &CosignatureRequest,
    ) -> Result<CosignatureResponse, ClientError> {
        let path = format!("{}/{}/cosignature", paths::LEDGER, segment(org));
        self.repeatable(|| self.request(Method::POST, &path).json(request)).await
    }

    /// Everybody who ever cosigned.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn witnesses(&self, org: &str) -> Result<Vec<WitnessView>, ClientError> {
        self.get(&format!("{}/{}/witnesses", paths::LEDGER, segment(org))).await
    }

    async fn text(&self, path: &str) -> Result<String, ClientError> {
        let answer = self.raw(self.request(Method::GET, path).timeout(self.timeout)).await?;
        let bytes = self.body(answer).await?;
        String::from_utf8(bytes).map_err(|_| ClientError::Nonsense("a checkpoint that is no text".into()))
    }

    /// The consistency proof between two sizes.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn consistency(&self, org: &str, old: u64, new: u64) -> Result<Vec<[u8; 32]>, ClientError> {
        let path = format!("{}/{}/proof/consistency?old={old}&new={new}", paths::LEDGER, segment(org));
        hashes(&self.get(&path).await?)
    }

    /// As [`Self::consistency`], of a ledger that was closed when a new origin began.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn consistency_of_closed(
        &self,
        org: &str,
        origin: &str,
        old: u64,
        new: u64,
    ) -> Result<Vec<[u8; 32]>, ClientError> {
        let path = format!(
            "{}/{}/proof/consistency?old={old}&new={new}&origin={}",
            paths::LEDGER,
            segment(org),
            segment(origin)
        );
        hashes(&self.get(&path).await?)
    }

    /// The note that was signed at exactly this size; `None`: none was.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn checkpoint_at(&self, org: &str, size: u64) -> Result<Option<String>, ClientError> {
        let path = format!("{}/{}/checkpoint?at={size}", paths::LEDGER, segment(org));
        match self.text(&path).await {
            Ok(note) => Ok(Some(note)),
            Err(ClientError::Refused(p)) if p.status == StatusCode::NOT_FOUND.as_u16() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The inclusion proof of an entry in a tree of `size`.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn inclusion(&self, org: &str, index: u64, size: u64) -> Result<Vec<[u8; 32]>, ClientError> {
        let path = format!("{}/{}/proof/inclusion?index={index}&size={size}", paths::LEDGER, segment(org));
        hashes(&self.get(&path).await?)
    }

    /// The hashes of a tile of the log, by its C2SP path (`0/x001/067`, `0/003.p/12`).
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn tile(&self, org: &str, tile: &str) -> Result<Vec<[u8; 32]>, ClientError> {
        let path = format!("{}/{}/tile/{tile}", paths::LEDGER, segment(org));
        let answer = self.raw(self.request(Method::GET, &path).timeout(self.timeout)).await?;
        let bytes = self.body(answer).await?;
        let (hashes, rest) = bytes.as_chunks::<32>();
        if rest.is_empty() { Ok(hashes.to_vec()) } else { Err(ClientError::Nonsense("a cut tile".into())) }
    }

    /// Ledger entries of these kinds (joined by commas), newest first, not after an instant in UTC microseconds.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn audit(
        &self,
        kinds: &str,
        to: i64,
        cursor: Option<&str>,
    ) -> Result<Page<AuditEntry>, ClientError> {
        let cursor = cursor.map(|c| format!("&cursor={}", segment(c))).unwrap_or_default();
        self.get(&format!("{}?kind={kinds}&to={to}&limit=500{cursor}", paths::AUDIT)).await
    }

    /// Tells that a file was written from the copy here. `key` makes a repeat one entry.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn note_export(&self, note: &ExportNote, key: &str) -> Result<ExportNote, ClientError> {
        self.repeatable(|| {
            self.request(Method::POST, paths::AUDIT_EXPORTS).header("Idempotency-Key", key).json(note)
        })
        .await
    }

    /// Ledger entries from an index on.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn entries(&self, org: &str, from: u64, limit: usize) -> Result<Page<AuditEntry>, ClientError> {
        self.get(&format!("{}/{}/entries?from={from}&limit={limit}", paths::LEDGER, segment(org))).await
    }

    /// The one-file bundle, to be read in chunks with [`Response::chunk`].
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn bundle(&self, org: &str, compress: bool) -> Result<Response, ClientError> {
        let path = format!("{}/{}/bundle?compress={compress}", paths::LEDGER, segment(org));
        self.raw(self.request(Method::GET, &path).timeout(Duration::from_secs(3600))).await
    }

    /// Any call of the API, for a transport that only passes on: status and JSON body, also of refusals.
    ///
    /// # Errors
    /// [`ClientError`], but never [`ClientError::Refused`].
    pub async fn pass(
        &self,
        method: &str,
        path: &str,
        body: Option<&serde_json::Value>,
    ) -> Result<(u16, serde_json::Value), ClientError> {
        let method = Method::from_bytes(method.as_bytes()).map_err(|e| ClientError::Setup(e.to_string()))?;
        if !path.starts_with(paths::PREFIX) || path.contains("..") {
            return Err(ClientError::Setup(format!("{path:?} is not a path of the API")));
        }
        let mut request = self.request(method, path).timeout(self.timeout);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.map_err(|e| self.broken(e))?;
        let status = answer.status().as_u16();
        let bytes = self.body(answer).await?;
        let value = if bytes.is_empty() { serde_json::Value::Null } else { parse(&bytes)? };
        Ok((status, value))
    }

    /// A `GET` of any JSON of the API.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        self.repeatable(|| self.request(Method::GET, path)).await
    }

    /// A call with a JSON body, sent once.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn call<B: Serialize + ?Sized, T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &B,
    ) -> Result<T, ClientError> {
        self.send(self.request(method, path).json(body)).await
    }

    async fn find<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, ClientError> {
        match self.get(path).await {
            Ok(found) => Ok(Some(found)),
            Err(ClientError::Refused(p)) if p.status == StatusCode::NOT_FOUND.as_u16() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base)).timeout(self.timeout);
        let request = match &self.gate {
            Some(gate) => request.header(GATE_HEADER, gate),
            None => request,
        };
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends something that may be sent twice, again after a failed connection, with growing pauses.
    async fn repeatable<T: DeserializeOwned>(
        &self,
        build: impl Fn() -> RequestBuilder,
    ) -> Result<T, ClientError> {
        let mut pause = Duration::from_millis(50);
        for _ in 1..RETRIES {
            match self.send(build()).await {
                Err(ClientError::Unreachable { .. }) => {}
                other => return other,
            }
            tokio::time::sleep(jittered(pause)).await;
            pause *= 4;
        }
        self.send(build()).await
    }

    async fn send<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, ClientError> {
        let answer = self.raw(request).await?;
        parse(&self.body(answer).await?)
    }

    /// Sends, and turns everything but 2xx into an error.
    async fn raw(&self, request: RequestBuilder) -> Result<Response, ClientError> {
        let answer = request.send().await.map_err(|e| self.broken(e))?;
        let status = answer.status();
        if let Some(news) = answer.headers().get(NEWS_HEADER).and_then(|v| v.to_str().ok()) {
            *self.news.lock().unwrap_or_else(PoisonError::into_inner) = Some(news.to_owned());
        }
        if status.is_success() {
            return Ok(answer);
        }
        let bytes = self.body(answer).await?;
        match serde_json::from_slice::<Problem>(&bytes) {
            Ok(problem) if !status.is_redirection() => Err(ClientError::Refused(problem)),
            // What stands before the server found none behind it: that is no answer of the server.
            _ if matches!(status.as_u16(), 502..=504) => Err(ClientError::Unreachable {
                url: self.base.clone(),
                source: format!("what answers there says {status}").into(),
            }),
            _ => Err(ClientError::Nonsense(format!("status {status} without a problem"))),
        }
    }

    async fn body(&self, mut answer: Response) -> Result<Vec<u8>, ClientError> {
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|e| self.broken(e))? {
            if bytes.len() + chunk.len() > MAX_ANSWER {
                return Err(ClientError::Nonsense(format!("more than {MAX_ANSWER} bytes")));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    fn broken(&self, error: reqwest::Error) -> ClientError {
        let url = self.base.clone();
        if error.is_timeout() {
            ClientError::TimedOut { url }
        } else if error.is_decode() || error.is_body() {
            ClientError::Nonsense("the answer broke off".into())
        } else {
            ClientError::Unreachable { url, source: Box::new(error.without_url()) }
        }
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ClientError> {
    serde_json::from_slice(bytes).map_err(|e| ClientError::Nonsense(e.to_string()))
}

fn hashes(proof: &ProofView) -> Result<Vec<[u8; 32]>, ClientError> {
    let hash = |text: &String| hex::decode(text).ok().and_then(|b| b.try_into().ok());
    proof
        .hashes
        .iter()
        .map(|h| {
            hash(h).ok_or_else(|| ClientError::Nonsense("a proof with something that is no hash".into()))
        })
        .collect()
}

/// One path segment, percent-encoded (RFC 3986 unreserved characters stay).
pub(crate) fn segment(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(b).to_string(),
            _ => format!("%{b:02X}"),
        })
        .collect()
}

fn with_query(path: &str, query: &[(&str, String)]) -> String {
    let pairs: Vec<String> = query.iter().map(|(k, v)| format!("{k}={}", segment(v))).collect();
    format!("{path}?{}", pairs.join("&"))
}

/// A pause between half and the whole of `pause`.
pub(crate) fn jittered(pause: Duration) -> Duration {
    let mut byte = [0_u8; 1];
    let share = if getrandom::fill(&mut byte).is_ok() { f64::from(byte[0]) / 255.0 } else { 1.0 };
    pause.mul_f64(0.5 + share / 2.0)
}
