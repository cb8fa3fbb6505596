//! Where a call of a tool is decided, whatever it came by.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use navi_client::api::Client;
use navi_client::enroll::random_text;
use navi_protocol::approvals::ApprovalView;
use navi_protocol::discussion::Remark;
use navi_protocol::evaluate::Context;
use navi_protocol::executions::FinishRequest;
use serde_json::Value;

use crate::observe::Place;
use crate::permission::{Ask, Denied, Watch, obtain};
use crate::text::one_line;
use crate::told::{self, Silent};

/// How often a client that wants to know is told that the call still waits.
const STILL: Duration = Duration::from_secs(10);

/// The request that people see, once there is one.
pub type Seen = Rc<RefCell<Option<String>>>;

/// Asks for the calls of one server's tools.
pub struct Desk {
    /// Speaks to the oversight server.
    pub client: Client,
    /// How people know the tool server.
    pub server: String,
    /// How long a call may wait.
    pub patience: Duration,
    /// Where the gate runs.
    pub place: Place,
}

impl Desk {
    /// Decides about one call: the execution to report on, or what the client is told. `still` is called every ten seconds
    /// while it waits, with a number that grows.
    pub async fn decide(
        &self,
        (tool, arguments): (&str, Value),
        session: &str,
        seen: &Seen,
        still: impl AsyncFn(u64),
    ) -> Result<String, String> {
        let context = Context {
            tool: Some(format!("mcp__{}__{tool}", self.server)),
            args: (!arguments.is_null()).then_some(arguments),
            cwd: std::env::current_dir().ok().map(|cwd| cwd.display().to_string()),
            repo: self.place.repo.clone(),
            branch: self.place.branch.clone(),
            session_id: Some(session.to_owned()),
            ..Context::default()
        };
        let ask = Ask {
            action_type: "mcp_tool".to_owned(),
            context,
            request_key: None,
            patience: Some(self.patience),
            firm: true,
            run_nonce: random_text(16).map_err(|e| one_line(&e))?,
            plan: None,
            lease_secs: None,
        };
        let observe = || self.place.observed();
        let mut watch = Noted { silent: Silent::default(), seen: Rc::clone(seen) };
        let outcome = {
            let mut permitted = std::pin::pin!(obtain(&self.client, &ask, &observe, &mut watch));
            let mut done = 0;
            loop {
                tokio::select! {
                    outcome = &mut permitted => break outcome,
                    () = tokio::time::sleep(STILL) => {
                        done += 1;
                        still(done).await;
                    }
                }
            }
        };
        if matches!(outcome, Err(Denied::Stopped(_))) {
            // A call that is made again has another id: nobody would come back for this request.
            self.withdraw(seen).await;
        }
        outcome.map(|permitted| permitted.execution_id).map_err(|denied| told::why(&denied, &watch.silent))
    }

    /// Nobody waits for it any more: people are not asked in vain, and what they approve later is not run.
    pub async fn withdraw(&self, seen: &Seen) {
        let asked = seen.borrow().clone();
        if let Some(id) = asked
            && let Err(error) = self.client.cancel(&id).await
        {
            eprintln!("[navi] the request could not be withdrawn: {}", one_line(&error));
        }
    }
}

/// Reports how a call ended; `None`: nobody can tell.
pub async fn report(client: &Client, execution: &str, failed: Option<bool>) {
    let status = match failed {
        Some(true) => "failed",
        Some(false) => "succeeded",
        None => "unknown",
    };
    let report =
        FinishRequest { status: status.into(), exit_code: None, artifacts: Value::Null, run_nonce: None };
    if let Err(error) = crate::glass::offline::finish(client, execution, &report).await {
        eprintln!("[navi] the end of the tool call could not be reported: {}", one_line(&error));
    }
}

/// Notes which request waits, so that it can be withdrawn.
struct Noted {
    silent: Silent,
    seen: Seen,
}

impl Watch for Noted {
    fn asks(&mut self, approval_id: &str) {
        *self.seen.borrow_mut() = Some(approval_id.to_owned());
    }
    fn waiting(&mut self, approval: &ApprovalView) {
        *self.seen.borrow_mut() = Some(approval.id.clone());
    }
    fn still(&mut self, approval: &ApprovalView) {
        *self.seen.borrow_mut() = Some(approval.id.clone());
    }
    fn asked(&mut self, approval: &ApprovalView, questions: &[&Remark]) -> Result<(), String> {
        self.silent.asked(approval, questions)
    }
    fn away(&mut self, _: &str) {}
    fn over(&mut self) {}
}
