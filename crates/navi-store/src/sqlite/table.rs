//! The governed tables: how a row's version is read and how its next version is written.
//!
//! Every statement takes id, version and body; what else a table needs is derived inside the statement.

use crate::change::Key;

/// Statements of one table.
pub(super) struct Table {
    /// Its name in SQL.
    pub name: &'static str,
    /// Column of the row's id.
    pub id: &'static str,
    /// Whether the entry that wrote a row carries its text beside its tag, so that it can be put back. Not of what is
    /// large, written with every decision, or of credentials.
    pub carried: bool,
    /// Referenced tables come first, so that foreign keys hold at each statement.
    pub rank: u8,
    /// `?1` id → version.
    pub version: &'static str,
    /// `?1` id, `?2` version, `?3` body.
    pub insert: &'static str,
    /// `?1` id, `?2` new version, `?3` body; hits only the row of the version before.
    pub update: &'static str,
}

macro_rules! table {
    ($rank:literal, $name:literal, $id:literal) => {
        table!(
            $rank,
            $name,
            $id,
            concat!("INSERT INTO ", $name, " (", $id, ", version, body) VALUES (?1, ?2, ?3)")
        )
    };
    ($rank:literal, $name:literal, $id:literal, $insert:expr) => {
        Table {
            name: $name,
            id: $id,
            carried: carried($name),
            rank: $rank,
            version: concat!("SELECT version FROM ", $name, " WHERE ", $id, " = ?1"),
            insert: $insert,
            update: concat!(
                "UPDATE ",
                $name,
                " SET version = ?2, body = ?3 WHERE ",
                $id,
                " = ?1 AND version = ?2 - 1"
            ),
        }
    };
}

const fn carried(name: &str) -> bool {
    // Neither decisions, approvals and executions (`governance_…`) nor tokens, invites and what pipelines sent.
    !matches!(
        name.as_bytes(),
        [b'g', b'o', b'v', ..] | [b't', b'o', b'k', ..] | [b'i', b'n', b'v', ..] | [b'p', b'i', b'p', ..]
    )
}

static USERS: Table = table!(0, "users", "id");
static DEVICES: Table = table!(1, "devices", "id");
static TOKENS: Table = table!(2, "tokens", "hash");
static INVITES: Table = table!(3, "invites", "hash");
static POLICIES: Table = table!(4, "autonomy_policies", "id");
static DECISIONS: Table = table!(
    5,
    "governance_decisions",
    "id",
    "INSERT INTO governance_decisions (id, version, body, org_id, features)
     SELECT ?1, ?2, ?3, org, ?4 FROM ledger_head"
);
static APPROVALS: Table = Table {
    name: "governance_approvals",
    id: "id",
    carried: false,
    rank: 6,
    version: "SELECT version FROM governance_approvals WHERE id = ?1",
    insert: "INSERT INTO governance_approvals
             (id, version, body, org_id, user_id, status, level, action_type, repo, resubmission_key, effect_key,
              agent)
             SELECT ?1, ?2, ?3, d.org_id, ?3 ->> '$.requester', ?3 ->> '$.status', ?3 ->> '$.level',
                    d.action_type, d.repo, d.body ->> '$.resubmission_key',
                    nullif(d.body ->> '$.effect_key', ''), d.body ->> '$.action.agent'
             FROM governance_decisions d WHERE d.id = ?3 ->> '$.decision_id'",
    update: "UPDATE governance_approvals
             SET version = ?2, body = ?3, user_id = ?3 ->> '$.requester', status = ?3 ->> '$.status',
                 level = ?3 ->> '$.level'
             WHERE id = ?1 AND version = ?2 - 1",
};
static PERMITS: Table = table!(8, "permits", "id");
static EXECUTIONS: Table = table!(
    9,
    "governance_executions",
    "id",
    "INSERT INTO governance_executions (id, version, body, org_id) SELECT ?1, ?2, ?3, org FROM ledger_head"
);

static ORG_SETTINGS: Table = table!(4, "org_settings", "id");
static FREEZES: Table = table!(4, "freezes", "id");
static BYPASSES: Table = table!(4, "bypasses", "id");
static ON_CALL: Table = table!(4, "oncall", "id");
static ORG_TEXTS: Table = table!(4, "guardrails", "id");
static RISK_SETTINGS: Table = table!(4, "risk_settings", "id");
static GRANTS: Table = table!(8, "grants", "id");
static DELEGATIONS: Table = table!(4, "delegations", "id");
static PROPOSALS: Table = table!(4, "proposals", "id");
static GATES: Table = table!(4, "gates", "id");
static ENVELOPES: Table = table!(4, "envelopes", "id");
static PLANS: Table = table!(9, "governance_plans", "id");
static PIPELINES: Table = table!(9, "pipeline_checks", "id");

static ROLLBACKS: Table = table!(
    10,
    "governance_rollbacks",
    "id",
    "INSERT INTO governance_rollbacks (id, version, body, org_id) SELECT ?1, ?2, ?3, org FROM ledger_head"
);

/// Rank of `governance_votes`: after approvals.
pub(super) const VOTES_RANK: u8 = 7;
/// Rank of `idempotency`: last.
pub(super) const IDEMPOTENCY_RANK: u8 = 11;

/// All governed tables whose rows have a body.
pub(super) static ALL: [&Table; 23] = [
    &USERS,
    &DEVICES,
    &TOKENS,
    &INVITES,
    &POLICIES,
    &ORG_SETTINGS,
    &FREEZES,
    &BYPASSES,
    &ON_CALL,
    &ORG_TEXTS,
    &RISK_SETTINGS,
    &DELEGATIONS,
    &PROPOSALS,
    &GATES,
    &ENVELOPES,
    &DECISIONS,
    &APPROVALS,
    &PERMITS,
    &GRANTS,
    &EXECUTIONS,
    &PLANS,
    &PIPELINES,
    &ROLLBACKS,
];

/// Where a key's row stands; `None` for idempotency rows, which have no version.
pub(super) fn of(key: &Key) -> Option<&'static Table> {
    Some(match key {
        Key::Decision(_) => &DECISIONS,
        Key::Approval(_) => &APPROVALS,
        Key::Permit(_) => &PERMITS,
        Key::Execution(_) => &EXECUTIONS,
        Key::Policy(_) => &POLICIES,
        Key::User(_) => &USERS,
        Key::Device(_) => &DEVICES,
        Key::Token(_) => &TOKENS,
        Key::Invite(_) => &INVITES,
        Key::OrgSettings => &ORG_SETTINGS,
        Key::Freezes => &FREEZES,
        Key::Bypasses => &BYPASSES,
        Key::OnCall => &ON_CALL,
        Key::OrgText(_) => &ORG_TEXTS,
        Key::RiskSettings(_) => &RISK_SETTINGS,
        Key::Grant(_) => &GRANTS,
        Key::Delegation(_) => &DELEGATIONS,
        Key::Proposal(_) => &PROPOSALS,
        Key::Gate(_) => &GATES,
        Key::Envelope(_) => &ENVELOPES,
        Key::Plan(_) => &PLANS,
        Key::Pipeline(_) => &PIPELINES,
        Key::Rollback(_) => &ROLLBACKS,
        Key::Idempotency(..) => return None,
    })
}
