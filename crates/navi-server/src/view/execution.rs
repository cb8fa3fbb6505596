//! An execution for the wire.

use navi_domain::execution::Execution;
use navi_protocol::executions::ExecutionView;

use super::name;

/// Builds the view.
#[must_use]
pub fn build(e: &Execution) -> ExecutionView {
    ExecutionView {
        id: e.id.clone(),
        status: name(&e.status),
        permit_id: e.permit_id.clone(),
        action_id: e.decision_id.clone(),
        approval_id: e.approval_id.clone(),
        bypass_id: e.bypass_id.clone(),
        exit_code: e.exit_code,
        artifacts: e.artifacts.clone(),
        stop_requested_at: e.stop.as_ref().map(|stop| stop.requested_at),
        started_at: e.started_at,
        finished_at: e.finished_at,
    }
}
