//! Envelopes and gates for the wire.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use navi_domain::UtcMicros;
use navi_domain::bypass::BypassScope;
use navi_domain::envelope::gate::Gate;
use navi_domain::envelope::issued::{Fate, Issued};
use navi_protocol::envelopes::{EnvelopeView, GateView};

/// Builds the view of an envelope.
#[must_use]
pub fn build(issued: &Issued, gate_name: &str, now: UtcMicros) -> EnvelopeView {
    let envelope = &issued.envelope;
    let (scope, name) = match &envelope.scope {
        BypassScope::Repo(name) => ("repo", name.clone()),
        BypassScope::Agent(name) => ("agent", name.clone()),
        BypassScope::Action(name) => ("action", name.clone()),
        BypassScope::Everything => ("everything", String::new()),
    };
    let (status, ended_at) = match &issued.fate {
        Fate::Sealed if now >= envelope.not_after => ("expired", None),
        Fate::Sealed => ("sealed", None),
        Fate::Revoked { at, .. } => ("revoked", Some(*at)),
        Fate::Opened { at, .. } => ("opened", Some(*at)),
    };
    EnvelopeView {
        id: envelope.id.clone(),
        envelope: envelope.bytes().map(|bytes| STANDARD.encode(bytes)).unwrap_or_default(),
        signature: issued.signature.clone(),
        gate_id: envelope.gate_id.clone(),
        gate_name: gate_name.to_owned(),
        scope: scope.to_owned(),
        name,
        minutes: envelope.minutes,
        not_after: envelope.not_after,
        holder: issued.holder.clone(),
        device_id: issued.device_id.clone(),
        issued_by: issued.issued_by.clone(),
        issued_at: issued.issued_at,
        status: status.to_owned(),
        ended_at,
        bypass_id: matches!(issued.fate, Fate::Opened { .. }).then(|| envelope.id.clone()),
        server_time: now,
    }
}

/// Builds the view of a gate.
#[must_use]
pub fn gate(gate: &Gate) -> GateView {
    GateView {
        id: gate.id.clone(),
        name: gate.name.clone(),
        user: gate.user.clone(),
        agent: gate.agent.clone(),
        enrolled_at: gate.enrolled_at,
        records: gate.head.size,
        suspected: gate.suspected(),
    }
}
