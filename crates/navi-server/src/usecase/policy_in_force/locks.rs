//! Which action types a guardrail holds, whatever an autonomy policy says: asked about harmless actions of each type.

use navi_domain::action::KNOWN_TYPES;
use navi_domain::guardrail::{Answer, Determining};
use navi_domain::people::Role;
use navi_domain::policy::PolicyScope;
use navi_domain::risk::{Assessment, Level};
use navi_domain::words::Slot;
use navi_guardrail::{Person, RunQuestion};
use navi_protocol::policy::LockView;
use navi_protocol::words::Worded;

use crate::{App, Refusal};

/// The action types that guardrails hold at a scope, for an action of low risk without facts. An action with facts may be
/// held as well; this is what no setting of the policy can change.
///
/// # Errors
/// The store's refusal.
pub async fn locks(app: &App, scope: &PolicyScope) -> Result<Vec<LockView>, Refusal> {
    let rules = app.rules.newest(app.store.as_ref()).await?;
    let (id, repo) = match scope {
        PolicyScope::UserRepo { user, repo } => (user.as_str(), Some(repo.as_str())),
        PolicyScope::User { user } => (user.as_str(), None),
        PolicyScope::Role { .. } | PolicyScope::Default => ("somebody", None),
    };
    let role = match scope {
        PolicyScope::UserRepo { .. } | PolicyScope::User { .. } => {
            app.store.user(id).await?.map_or(Role::Developer, |user| user.role)
        }
        PolicyScope::Role { role } => {
            Role::ALL.into_iter().find(|known| known.as_str() == role).unwrap_or(Role::Developer)
        }
        PolicyScope::Default => Role::Developer,
    };
    let groups = rules.settings.groups_of(id);
    let assessment = Assessment { score: 0, level: Level::Low, factors: Vec::new() };
    let asked = |action_type: &&'static str| {
        let answer = rules.ask_run(&RunQuestion {
            person: Person { id, role, groups: &groups },
            agent: None,
            repo,
            action_type,
            known_type: true,
            facts: &[],
            assessment: &assessment,
            tool: None,
            branch: None,
            environment: None,
            programs: &[],
            paths: &[],
        });
        match (answer.run.allowed, answer.run_unattended.allowed) {
            (false, _) => Some(lock(action_type, "block", &answer.run)),
            (true, false) => Some(lock(action_type, "ask", &answer.run_unattended)),
            (true, true) => None,
        }
    };
    Ok(KNOWN_TYPES.iter().filter_map(asked).collect())
}

fn lock(action_type: &str, held: &str, answer: &Answer) -> LockView {
    let by = answer.determining.first();
    let mut words: Vec<Worded> = match answer.why() {
        Slot::Said(said) => vec![Worded::from(&said)],
        _ => Vec::new(),
    };
    words.extend(by.and_then(Determining::said_instead).as_ref().map(Worded::from));
    LockView {
        action_type: action_type.to_owned(),
        held: held.to_owned(),
        guardrail: by.map(|policy| policy.id.clone()).unwrap_or_default(),
        reason: answer.why().english(),
        words,
        instead: by.and_then(|policy| policy.annotations.get("instead").cloned()),
    }
}
