//! The English sentences with their codes, by where they stand. A code never changes its meaning; a sentence that says
//! something else gets another code.

use super::Phrase;

/// Names each phrase and lists those of a group.
macro_rules! phrases {
    ($(#[$doc:meta])* $group:ident: $($name:ident = $code:literal, $english:literal;)+) => {
        $(
            #[doc = $english]
            pub const $name: Phrase = Phrase { code: $code, english: $english };
        )+
        $(#[$doc])*
        pub const $group: &[Phrase] = &[$($name),+];
    };
}

phrases! {
    /// One line in our words: verb and target.
    TITLES:
    TITLE_ON = "title.on", "{subject} on {environment}";
    TITLE_IN = "title.in", "{subject} in {repo}";
    TITLE_KIND = "title.kind", "{kind}: {title}";
    TITLE_PLAN = "title.plan", "Plan “{name}”: {count} steps, at most {runs} runs within {minutes} minutes";
    DO_RUN = "do.run", "Run {command}";
    DO_EDIT = "do.edit", "Edit {path}";
    DO_CREATE = "do.create", "Create {path}";
    DO_DELETE = "do.delete", "Delete {path}";
    DO_READ = "do.read", "Read {path}";
    DO_EDIT_MORE = "do.edit_more", "Edit {path} and {count} more files";
    DO_CREATE_MORE = "do.create_more", "Create {path} and {count} more files";
    DO_DELETE_MORE = "do.delete_more", "Delete {path} and {count} more files";
    DO_READ_MORE = "do.read_more", "Read {path} and {count} more files";
    DO_CALL = "do.call", "Call {tool}";
    LINE_RUN = "line.run", "Run: {command}";
    LINE_EDIT = "line.edit", "Edit: {path}";
    LINE_CREATE = "line.create", "Create: {path}";
    LINE_DELETE = "line.delete", "Delete: {path}";
    LINE_READ = "line.read", "Read: {path}";
    LINE_AS = "line.as", "{line} · as {kind}";
    LINE_CWD = "line.in", "{line} · in {cwd}";
    LINE_REPO = "line.repo", "{line} · repo {repo}";
    LINE_BRANCH = "line.branch", "{line} · branch {branch}";
    LINE_ENV = "line.env", "{line} · env {environment}";
}

phrases! {
    /// Whose policy.
    SCOPES:
    SCOPE_USER_REPO = "scope.user_repo", "policy of {user} in {repo}";
    SCOPE_USER = "scope.user", "policy of {user}";
    SCOPE_ROLE = "scope.role", "policy of role {role}";
    SCOPE_DEFAULT = "scope.default", "organisation default";
    POLICY_LEVEL = "scope.level", "{scope} ({level})";
}

phrases! {
    /// Why a decision is what it is: the rule's own sentence.
    REASONS:
    STOPPED_EVERYTHING = "why.frozen_everything", "{by} stopped everything: {reason}";
    STOPPED_REPO = "why.frozen_repo", "{by} stopped repository {name}: {reason}";
    STOPPED_AGENT = "why.frozen_agent", "{by} stopped agent {name}: {reason}";
    BLOCKED_LIST = "why.blocked_list", "{type} is blocked by {source}";
    OVERSIGHT = "why.oversight_protected", "Would switch off or bypass this oversight";
    GUARDRAIL_BLOCKS = "why.guardrail_blocks", "Blocked by a guardrail: {reason}";
    GUARDRAIL_ASKS = "why.guardrail_asks", "A guardrail asks for a person: {reason}";
    GUARDRAIL_FAILED = "why.guardrail_failed", "a guardrail failed: {error}";
    GUARDRAIL_NONE = "why.guardrail_none", "no guardrail permits it";
    REJECTED_BEFORE = "why.rejected_before",
        "A person rejected this in the same session; asking in other words does not change it";
    UNKNOWN_TYPE = "why.unknown_action_type", "Unknown action type “{type}”";
    CRITICAL = "why.critical", "Critical risk always asks";
    ALWAYS_ASKS = "why.require_approval_list", "{type} always asks by {source}";
    FLOOD = "why.flood", "This agent asks too much at once; a person should look";
    GRAVE_FACT = "why.grave_fact", "{fact} asks at every autonomy level";
    SENSITIVE_FACT = "why.sensitive_fact", "{fact} asks at this autonomy level ({source})";
    RUNS_ALONE = "why.auto_allowed_list", "{type} runs alone by {source}";
    WITHIN = "why.below_threshold", "Risk {score} is within the threshold {limit} ({source})";
    ABOVE = "why.above_threshold", "Risk {score} is above the threshold {limit} ({source})";
    GRANTED = "why.grant", "{by} granted this until it runs out ({covers}, use {use} of {most})";
    PLANNED = "why.plan", "Step {step} of the approved plan “{name}”";
    PLAN_AGAIN = "why.plan_again", "Step {step} of the plan “{name}” asks again: {why}";
    BYPASSED = "why.bypass", "bypass {id} by {by} for {incident}: without it, {verdict} ({rule})";
}

phrases! {
    /// How a part of a plan leaves its bounds.
    OUTSIDE:
    PLAN_UNSIGNED = "plan.unsigned", "nobody signed the plan, because as a whole it asked nobody";
    PLAN_ITSELF = "plan.itself", "this asks for the step itself, also within an approved plan";
    PLAN_RISK = "plan.risk", "its risk is higher than that of the plan that was approved";
    PLAN_POLICY = "plan.policy", "the policy changed since the plan was approved";
    PLAN_SIGNATURES = "plan.signatures", "the signatures do not carry the plan; verify the ledger";
    PLAN_VERIFICATION = "plan.no_verification", "the plan has no such verification";
    PLAN_UNRUN = "plan.unrun", "it is verified before it ran";
    PLAN_PEOPLE = "plan.people", "it needs {people} people by itself, and the plan had {count}";
    PLAN_DEVIATED = "plan.deviated", "the plan is deviated: {why}";
    PLAN_REVOKED = "plan.revoked", "the plan is revoked: {why}";
    PLAN_ENDED = "plan.ended", "the plan has ended ({status})";
    PLAN_MINUTES = "plan.minutes", "the plan's {minutes} minutes are over";
    PLAN_RUNS = "plan.runs", "the plan's {runs} runs are used up";
    PLAN_STEP = "plan.no_step", "the plan has no step {step}";
    PLAN_TRIES = "plan.tries", "it was tried {count} times, and the plan says {allowed}";
    PLAN_ORDER = "plan.order", "step {step} must succeed first";
    PLAN_CHANGED = "plan.changed", "step {step} changed {path}, which it does not name";
    PLAN_DIFFERS = "plan.differs", "its {what} is not what the plan says";
    PLAN_FILE = "plan.file", "it names the file {path}, which the plan does not";
}

phrases! {
    /// What a fact rests on. Lines of a diff (`src/a.py:11: …`) hold no words.
    EVIDENCE:
    ON_SECRET_COMMAND = "evidence.secret_command", "a secret stands in the command";
    ON_SECRET_ARGUMENTS = "evidence.secret_arguments", "a secret stands in the arguments";
    ON_FILE = "evidence.file", "file {path}";
    ON_BRANCH = "evidence.branch", "branch {branch}";
    ON_ENVIRONMENT = "evidence.environment", "environment {environment}";
    ON_DIRECTORY = "evidence.directory", "directory {cwd}";
    ON_COMMAND = "evidence.command", "command: {command}";
    ON_SQL = "evidence.sql", "sql: {sql}";
    ON_TYPE = "evidence.type", "action type {type}";
    ON_REPOS = "evidence.repos", "repositories {repos}";
    ON_INCIDENTS = "evidence.incidents", "{count} failed or rolled back in the last 24 hours";
    ON_SCOPE = "evidence.scope", "{files} files, {lines} changed lines";
    ON_CLAIM = "evidence.claim", "the agent says {flag}";
    ON_MORE = "evidence.more", "{count} more like these";
    ON_PUSH = "evidence.push", "pushes to {branch}";
    ON_TOOL = "evidence.tool", "tool {tool}";
    ON_ADDRESS = "evidence.address", "address of {host}";
    ON_DESTROYS = "evidence.destroys", "the plan destroys {address}";
    ON_REPLACES = "evidence.replaces", "the plan replaces {address}";
    ON_FORGETS = "evidence.forgets", "the plan forgets {address}";
    ON_CHANGES = "evidence.changes", "the plan changes {address}";
    ON_UNKNOWN = "evidence.unknown", "the plan {action} of {address}";
    ON_CATALOGUE = "evidence.catalogue", "the catalogue of patterns: {error}";
    ON_ASSERTIONS = "evidence.assertions", "{path}: {removed} assertions removed, {added} added";
    ON_TESTS = "evidence.tests", "{path}: {removed} tests removed, {added} added";
    ON_STEP = "evidence.step", "step {step}: {evidence}";
}

phrases! {
    /// What a risk would be without.
    UNLESS:
    IN_ONE_REPO = "unless.one_repo", "in one repository at a time";
    ON_FEATURE_BRANCH = "unless.feature_branch", "on a feature branch";
    OUTSIDE_PRODUCTION = "unless.outside_production", "outside production";
    TO_STAGING = "unless.staging", "as a deployment to staging";
    SECRET_AWAY = "unless.secret_away", "with the secret in the environment";
    LEFT_IN_PLACE = "unless.left", "with {path} left in place";
    WITHOUT_IT = "unless.thing", "without {thing}";
}

phrases! {
    /// By how much.
    LOWER:
    LOWER_BY = "lower", "{score} lower {without}";
    BY_ITSELF = "by_itself", "{type} by itself";
}

phrases! {
    /// What was learned from votes.
    ADVICE:
    ADVICE_ALIKE = "advice.alike", "{rejected} of {count} like this were rejected: {type} {kinds}";
    ADVICE_RULE = "advice.rule",
        "{rejected} of {count} requests of type {type} that {rule} asked about were rejected; few were like this one";
    ADVICE_TYPE = "advice.type",
        "{rejected} of {count} requests of type {type} were rejected; few were like this one";
    ADVICE_FAILED = "advice.failed", "{failed} of the {count} that were approved failed when they ran";
    ADVICE_RAISED = "advice.raised",
        "Asked at level {to} instead of {from}, because people mostly reject this";
    KINDS_NONE = "kinds.none", "without any fact";
    KINDS_WITH = "kinds.with", "with {facts}";
    KINDS_AND = "kinds.and", "{facts} and {fact}";
    KINDS_MORE = "kinds.more", "{facts}, {fact}";
}

phrases! {
    /// What a grant covers.
    COVERS:
    COVERS_ACTION = "covers.action", "the same action in this session";
    COVERS_COMMAND = "covers.command", "command {command}";
    COVERS_RULE = "covers.rule", "{type} in {repo}";
    COVERS_RULE_ANYWHERE = "covers.rule_anywhere", "{type} in no repository";
}

phrases! {
    /// What a stop or a bypass reaches.
    REACHES:
    REACHES_EVERYTHING = "reaches.everything", "everything";
    REACHES_REPO = "reaches.repo", "repository {name}";
    REACHES_AGENT = "reaches.agent", "agent {name}";
    REACHES_ACTION = "reaches.action", "action {name}";
}

phrases! {
    /// What no bypass lifts, and why somebody may not ask for one.
    BYPASS:
    STAYS_POLICY = "stays.policy", "What the policy blocks, in every place";
    STAYS_GUARDRAIL = "stays.guardrail",
        "What a guardrail blocks, and whatever would switch off or get around this oversight";
    STAYS_FREEZE = "stays.freeze", "What a freeze stops";
    STAYS_REJECTED = "stays.rejected", "What a person rejected in the same session";
    ONLY_ON_CALL = "bypass.on_call", "Only people on call may; this credential is none of theirs.";
    TAKES_DEVICE = "bypass.device", "It takes a device; this credential belongs to none.";
    TAKES_STEP_UP = "bypass.step_up",
        "It takes the step-up key of an own device: not a browser, not a machine where agents run.";
    TAKES_CONFIRMED = "bypass.unconfirmed", "This device is not confirmed yet.";
}

phrases! {
    /// What can be undone, what cannot, and why. Also said by gates and runners.
    UNDOING:
    NOT_ENDED = "undo.still_runs", "it has not ended yet";
    NOTHING_CAPTURED = "undo.nothing_captured", "nothing was captured that could be undone";
    NOTHING_CHANGED = "undo.nothing_changed",
        "it changed nothing that is captured, so there is nothing to undo";
    WINDOW_CLOSED = "undo.window_closed", "its window of {minutes} minutes is over";
    ASKED_ALREADY = "undo.already_asked",
        "it was rolled back before, or a rollback of it is under way ({id})";
    DESTROYS_DATA = "undo.destroys_data", "the server found that it destroys data ({evidence})";
    EXPOSES_SECRET = "undo.exposes_secret", "the server found that it exposes a secret ({evidence})";
    REACHES_OTHERS = "undo.reaches_others",
        "the server found that it reaches others, which cannot be called back ({evidence})";
    NO_RUNNER = "undo.no_runner", "no runner came for it; start `navi-gate runner` where it ran";
    NOT_IN_TIME = "undo.not_in_time", "nobody decided in time";
    NOT_BEGUN = "undo.not_begun", "no runner began it while its permit was good";
    UNDER_FREEZE = "undo.frozen", "a freeze covers it";
    CREDENTIAL_GONE = "undo.credential", "the credential that asked for it is no longer good";
    RIGHT_GONE = "undo.right", "whoever asked for it may no longer roll back";
    TARGET_CHANGED = "undo.target", "the target changed since it was decided; ask again";
    PLAN_CHANGED_SINCE = "undo.plan", "what a runner would do now is not what was decided; ask again";
    WINDOW_WAITED = "undo.waited", "its window closed while it waited";
    KNOWN_LATER = "undo.known_later", "what it changes is only known after it ran";
    NOTHING_HERE = "undo.nothing_here",
        "nothing is captured here: no work tree, no named file, nothing declared";
    NOT_REHEARSED = "undo.not_rehearsed", "its down migration has not been rehearsed yet";
    OTHER_SCHEMA = "undo.other_schema", "the schema would not be exactly the one from before the run";
    HISTORY_STAYS = "undo.history",
        "The commits stay in the history; a new commit takes their changes back.";
    ROWS_STAY = "undo.rows", "Rows that were written meanwhile stay as they are.";
    FLAG_DONE = "undo.flag_done", "What was done for people while the flag was changed stays done.";
    ELSEWHERE_STAYS = "undo.elsewhere", "whatever else it does: calls over the network, other files";
    CANNOT = "undo.impossible", "it cannot be undone: {why}";
    NO_REHEARSAL = "undo.no_rehearsal", "it could not be rehearsed: {error}";
    NOT_ALL_KEPT = "undo.not_all_kept", "not everything could be kept: {what}";
    THESE_STAY = "undo.these_stay", "These stay as they are: {what}";
    MORE_COMMITS = "undo.more_commits", "{count} more commits";
    MORE_FILES = "undo.more_files", "{count} more files";
    COMMIT = "undo.commit", "commit {commit}";
    FILE = "undo.file", "file {path}";
    FLAG = "undo.flag", "flag {flag}";
    WORK_TREE = "undo.work_tree", "what it commits in {path}, and files there that it leaves changed";
    GOES_BACK = "undo.goes_back", "{what} goes from {from} back to {to}";
}

phrases! {
    /// What a change of the policy would have meant, and what is suggested.
    REPLAYS:
    REPLAY_NONE = "replay.none", "None of the recorded decisions is in the draft's scope.";
    REPLAY_SAME = "replay.same", "None of {count} recorded decisions would be decided otherwise.";
    REPLAY_CLEAN = "replay.clean",
        "Of {count} recorded decisions, {auto} more would run alone, none of which a person rejected; {asking} would ask and {blocked} would be blocked that now are not.";
    REPLAY_REJECTED = "replay.rejected",
        "Of {count} recorded decisions, {auto} more would run alone, {rejected} of which a person rejected; {asking} would ask and {blocked} would be blocked that now are not.";
    SUGGESTED = "suggested",
        "approved {count} of {count} like this, none of which failed: {type} {kinds}. Allow?";
}

phrases! {
    /// What a change of a policy or of settings means.
    CHANGES:
    LEVEL_UP = "change.level_up", "the level goes up from {from} to {to}";
    THRESHOLD_UP = "change.threshold_up", "the threshold goes up from {from} to {to}";
    UNBLOCKED = "change.unblocked", "{entry} is no longer blocked";
    UNASKED = "change.unasked", "{entry} no longer always asks";
    ALONE = "change.alone", "{entry} runs alone up to {limit}";
    LEVEL_NOW = "change.level", "level from {from} to {to}";
    THRESHOLD_NOW = "change.threshold", "threshold from {from} to {to}";
    ALONE_ADDED = "change.alone_added", "run alone: added {entries}";
    ALONE_REMOVED = "change.alone_removed", "run alone: removed {entries}";
    ASKING_ADDED = "change.asking_added", "always ask: added {entries}";
    ASKING_REMOVED = "change.asking_removed", "always ask: removed {entries}";
    BLOCKED_ADDED = "change.blocked_added", "blocked: added {entries}";
    BLOCKED_REMOVED = "change.blocked_removed", "blocked: removed {entries}";
    UNKNOWN_ENTRY = "change.unknown", "{entry} is no action type the product knows";
    ALONE_OVER_ASKS = "change.alone_over_asks",
        "{entry} (run alone) overlaps {by} (always ask); the stricter list wins where both match";
    ALONE_OVER_BLOCKED = "change.alone_over_blocked",
        "{entry} (run alone) overlaps {by} (blocked); the stricter list wins where both match";
    ASKS_OVER_BLOCKED = "change.asks_over_blocked",
        "{entry} (always ask) overlaps {by} (blocked); the stricter list wins where both match";
    ALONE_SECOND = "change.second", "a looser setting no longer needs a second person";
    FEWER_PEOPLE = "change.fewer_people", "{level} risk needs {to} instead of {from} people";
    FEWER_RULE = "change.fewer_rule", "what {rule} asks about needs {to} instead of {from} people";
    OWN_REQUESTS = "change.own", "{person} may approve own requests";
    OWN_NO_MORE = "change.own_no_more", "{person} may no longer approve own requests";
    FEWER_WITNESSES = "change.witnesses", "a checkpoint needs {to} instead of {from} witnesses";
    BYPASS_ALONE = "change.bypass_alone", "one person may begin a bypass alone when nobody answers";
    BYPASS_SECOND = "change.bypass_second", "a bypass always needs a second person";
    JOINS = "change.joins", "{person} joins group {group}";
    LEAVES = "change.leaves", "{person} leaves group {group}";
    FIRST = "change.first", "first version";
    FORBIDS_LESS = "change.forbids_less", "{policy} no longer forbids what it did";
    PERMITS_MORE = "change.permits_more", "{policy} permits more";
    PATTERN_GONE = "change.pattern_gone", "{entry} is gone or reads otherwise";
    PATTERN_KNOWN = "change.pattern_known", "{entry} makes known what nothing knew before";
    SECOND_ON = "change.second_on", "a second person for looser settings: on";
    SECOND_OFF = "change.second_off", "a second person for looser settings: off";
    PEOPLE = "change.people", "people for {level} risk from {from} to {to}";
    PEOPLE_RULE = "change.people_rule", "people for what {rule} asks about from {from} to {to}";
    REASON_NEVER = "change.reason_never", "an approve needs no reason";
    REASON_FROM = "change.reason_from", "an approve needs a reason from {level} risk on";
    OPEN_UP = "change.open_up", "open requests of one agent goes up from {from} to {to}";
    OPEN_NOW = "change.open", "open requests of one agent from {from} to {to}";
    EXTENSION_UP = "change.extension_up", "seconds of an extension goes up from {from} to {to}";
    EXTENSION_NOW = "change.extension", "seconds of an extension from {from} to {to}";
    GRANT_MINUTES_UP = "change.grant_minutes_up", "minutes of a grant goes up from {from} to {to}";
    GRANT_MINUTES_NOW = "change.grant_minutes", "minutes of a grant from {from} to {to}";
    GRANT_USES_UP = "change.grant_uses_up", "uses of a grant goes up from {from} to {to}";
    GRANT_USES_NOW = "change.grant_uses", "uses of a grant from {from} to {to}";
    BYPASS_MINUTES_UP = "change.bypass_minutes_up", "minutes of a bypass goes up from {from} to {to}";
    BYPASS_MINUTES_NOW = "change.bypass_minutes", "minutes of a bypass from {from} to {to}";
    OFFLINE_MINUTES_UP = "change.offline_minutes_up",
        "minutes for approving offline goes up from {from} to {to}";
    OFFLINE_MINUTES_NOW = "change.offline_minutes", "minutes for approving offline from {from} to {to}";
    OFFLINE_UP = "change.offline_up", "what may be approved offline goes up from {from} to {to}";
    OFFLINE_NOW = "change.offline", "what may be approved offline from {from} to {to}";
    NOTIFICATION_UP = "change.notification_up",
        "what may be approved in a notification goes up from {from} to {to}";
    NOTIFICATION_NOW = "change.notification", "what may be approved in a notification from {from} to {to}";
    WITNESSES_NOW = "change.witnesses_now", "witnesses of a checkpoint from {from} to {to}";
    KEPT = "change.kept", "{class} are kept for {to} instead of {from}";
    WINDOW = "change.window", "minutes for rolling back {type} from {from} to {to}";
    ALLOW_BEGINS = "change.allow_begins", "an allow rule begins: {rule}";
    ALLOW_ENDS = "change.allow_ends", "an allow rule ends: {rule}";
    ERASED = "change.erased", "it is erased for good: {reason}";
    WEIGHT_UP = "change.weight_up", "the weight of {factor} goes up from {from} to {to}";
    WEIGHT_DOWN = "change.weight_down", "the weight of {factor} goes down from {from} to {to}";
    BASE_UP = "change.base_up", "the base risk of {type} goes up from {from} to {to}";
    BASE_DOWN = "change.base_down", "the base risk of {type} goes down from {from} to {to}";
    BOUND_UP = "change.bound_up", "where {level} begins goes up from {from} to {to}";
    BOUND_DOWN = "change.bound_down", "where {level} begins goes down from {from} to {to}";
    CALLED = "change.called", "{level} is called \"{to}\" instead of \"{from}\"";
}

phrases! {
    /// Names and amounts within what a change means.
    AMOUNTS:
    RISK_NONE = "risk.none", "none";
    RISK_LOW = "risk.low", "low";
    RISK_MEDIUM = "risk.medium", "medium";
    RISK_HIGH = "risk.high", "high";
    RISK_CRITICAL = "risk.critical", "critical";
    OF_DECISIONS = "kept.decisions", "decisions";
    OF_DISCUSSIONS = "kept.discussions", "discussions";
    OF_EXECUTIONS = "kept.executions", "executions";
    FOR_EVER = "kept.ever", "ever";
    FOR_DAYS = "kept.days", "{count} days";
}

/// Every group.
const GROUPS: [&[Phrase]; 15] = [
    TITLES, SCOPES, REASONS, OUTSIDE, EVIDENCE, UNLESS, LOWER, ADVICE, COVERS, REACHES, BYPASS, UNDOING,
    REPLAYS, CHANGES, AMOUNTS,
];

/// Every phrase.
pub fn all() -> impl Iterator<Item = &'static Phrase> {
    GROUPS.into_iter().flatten()
}
