//! `/webhooks/kubernetes`

use axum::Json;
use axum::extract::State;
use navi_protocol::admission::{AdmissionReview, AdmissionStatus};
use navi_protocol::problem::{Code, Problem};

use super::extract::Body;
use crate::auth::Caller;
use crate::usecase::admit;
use crate::{App, Refusal};

/// Answer a cluster's validating admission webhook.
///
/// Always answers with a verdict; where something fails the verdict is no.
#[utoipa::path(post, path = "/api/governance/webhooks/kubernetes", operation_id = "review_admission", tag = "webhooks",
    request_body = AdmissionReview,
    responses((status = 200, body = AdmissionReview), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn review_admission(
    State(app): State<App>,
    caller: Caller,
    body: Body<AdmissionReview>,
) -> Result<Json<AdmissionReview>, Refusal> {
    caller.may("review_admission")?;
    let Some(request) = &body.value.request else {
        return Err(Refusal::new(Code::Invalid, "An AdmissionReview to answer has a request."));
    };
    let refused = match admit::admit(&app, &caller, request).await {
        Ok(refused) => refused,
        Err(refusal) => {
            Some(AdmissionStatus { code: 403, message: format!("[navi] not decided: {}", refusal.detail) })
        }
    };
    Ok(Json(AdmissionReview::answer(&request.uid, refused)))
}
