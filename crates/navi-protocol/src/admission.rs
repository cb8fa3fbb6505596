//! `/webhooks/kubernetes`: a validating admission webhook (`admission.k8s.io/v1`).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// What the API server of a cluster sends, and what it is answered. Fields that are not used here are ignored.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdmissionReview {
    /// `admission.k8s.io/v1`.
    pub api_version: String,
    /// `AdmissionReview`.
    pub kind: String,
    /// What is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<AdmissionRequest>,
    /// What is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<AdmissionResponse>,
}

/// A change of the cluster that waits.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdmissionRequest {
    /// Unique for this call.
    pub uid: String,
    /// Group, version and kind of the object.
    #[serde(default)]
    pub kind: ObjectKind,
    /// `status`, `scale` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_resource: Option<String>,
    /// Name of the object; absent when the cluster will make one up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Namespace; absent for what lies in none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// `CREATE`, `UPDATE`, `DELETE` or `CONNECT`.
    pub operation: String,
    /// Who changes it.
    #[serde(default)]
    pub user_info: UserInfo,
    /// The object as it will be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<Value>,
    /// The object as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_object: Option<Value>,
    /// Nothing will be stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
}

/// Group, version, kind.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct ObjectKind {
    /// Empty for the core group.
    #[serde(default)]
    pub group: String,
    /// For example `v1`.
    #[serde(default)]
    pub version: String,
    /// For example `Deployment`.
    #[serde(default)]
    pub kind: String,
}

/// Who changes it, as the cluster authenticated them.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct UserInfo {
    /// For example `system:serviceaccount:shop:deployer`.
    #[serde(default)]
    pub username: String,
}

/// The verdict.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AdmissionResponse {
    /// The request's.
    pub uid: String,
    /// Whether it is stored.
    pub allowed: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<AdmissionStatus>,
    /// Shown to whoever changes it, also when it is allowed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// Why not.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AdmissionStatus {
    /// HTTP status that the client of the cluster sees.
    pub code: u16,
    /// The sentence it sees.
    pub message: String,
}

impl AdmissionReview {
    /// The answer to a request.
    #[must_use]
    pub fn answer(uid: &str, refused: Option<AdmissionStatus>) -> Self {
        let response = AdmissionResponse {
            uid: uid.to_owned(),
            allowed: refused.is_none(),
            status: refused,
            warnings: Vec::new(),
        };
        Self {
            api_version: "admission.k8s.io/v1".to_owned(),
            kind: "AdmissionReview".to_owned(),
            request: None,
            response: Some(response),
        }
    }
}
