/** Policies with a server in memory, for tests of this folder. */
import { FakeProblem, FakeTransport } from "../test/FakeTransport";
import { NOW, consoleState } from "../test/fixtures";
import type { PolicyView, PreviewView, ProposalView, RiskView, SettingsView, TextView } from "./calls";

const LISTS = { auto_allowed_actions: ["file_read", "test_run"], require_approval_for: ["deploy", "deploy_prod"], blocked_actions: [] };

export function policy(more: Partial<PolicyView> = {}): PolicyView {
  return {
    user_id: "dana",
    level: "standard",
    max_risk_threshold: 0.6,
    ...LISTS,
    version: 3,
    source: "policy of dana",
    fields: { level: "policy of dana", max_risk_threshold: "default of level standard" },
    chain: [
      { scope: "policy of dana", version: 3, wins: true },
      { scope: "policy of role developer", version: 0, wins: false },
      { scope: "organisation default", version: 1, wins: false },
    ],
    ...more,
  };
}

const level = (name: string, threshold: number, ask: string[]): PolicyView =>
  policy({ user_id: "default", level: name, max_risk_threshold: threshold, require_approval_for: ask, auto_allowed_actions: ["file_read", "test_run"], version: 0 });

export const DEFAULTS = {
  default: policy({ user_id: "default" }),
  levels: [
    level("minimal", 0.2, ["command_run", "deploy", "deploy_prod", "git_push"]),
    level("standard", 0.6, ["deploy", "deploy_prod"]),
    level("elevated", 0.75, ["deploy_prod"]),
    level("full", 0.899, []),
  ],
  action_types: ["command_run", "deploy", "deploy_prod", "file_read", "git_push", "test_run"],
  auto_allow_ceiling: 0.699,
};

export function preview(more: Partial<PreviewView["counts"]> = {}): PreviewView {
  const counts = {
    considered: 40,
    auto_before: 20,
    auto_after: 22,
    asking_before: 18,
    asking_after: 16,
    blocked_before: 2,
    blocked_after: 2,
    newly_auto: 2,
    newly_asking: 0,
    newly_blocked: 0,
    newly_auto_that_people_rejected: 1,
    ...more,
  };
  const example = { created_at: NOW, user: "dana", repo: "payments", level: "medium", before: "APPROVAL", after: "AUTO", rule: "below_threshold" };
  return {
    counts,
    looked_at: 40,
    since: NOW,
    more: false,
    prompts_per_day_before: 6,
    prompts_per_day_after: 4.2,
    sentence: "",
    looser: ["the threshold goes up"],
    warnings: [],
    took_ms: 3,
    newly_auto: [
      { ...example, action_id: "act-1", action_type: "git_push", risk_score: 0.61, people: "approved" },
      { ...example, action_id: "act-2", action_type: "command_run", risk_score: 0.65, people: "rejected" },
    ],
    newly_asking: [],
    newly_blocked: [],
  };
}

export function proposal(more: Partial<ProposalView> = {}): ProposalView {
  return {
    id: "prop-1",
    kind: "policy",
    about: "policy of dana",
    base_version: 3,
    created_at: NOW,
    looser: ["the threshold goes up from 0.600 to 0.700"],
    proposed_by: "bob",
    request: {
      user_id: "dana",
      policy: { level: "standard", max_risk_threshold: 0.7, ...LISTS, reason: "practised" },
    } as unknown as ProposalView["request"],
    status: "open",
    ...more,
  };
}

export function orgText(more: Partial<TextView> = {}): TextView {
  return {
    text: "",
    shipped: "permit (principal, action, resource);",
    schema: "entity Person;",
    hash: "ab".repeat(32),
    matrix: "see_all: approver oncall auditor admin\nread_audit: approver oncall auditor admin\nedit_policy: admin\n",
    version: 0,
    ...more,
  };
}

const RISK: RiskView = {
  scope: "default",
  version: 0,
  weights: {},
  base: {},
  labels: {},
  in_force: {
    weights: { auth: 400, scope: 100 },
    base: { deploy: 250 },
    levels: { medium: 300, high: 700, critical: 900 },
    labels: {},
  },
};

const SETTINGS: SettingsView = {
  second_person_for_loosening: true,
  quorum_by_level: { low: 1, medium: 1, high: 1, critical: 2 },
  quorum_by_rule: {},
  self_approvers: [],
  groups: {},
  max_open_per_agent: 20,
  extension_secs: 3600,
  max_grant_minutes: 480,
  max_grant_uses: 100,
  version: 1,
};

/** What was asked, newest last, beside what is answered. */
export class FakePolicies extends FakeTransport {
  view = policy();
  text = orgText();
  risk = RISK;
  settings = SETTINGS;
  proposals: ProposalView[] = [];
  sent: { method: string; path: string; body: unknown }[] = [];

  constructor(role = "admin") {
    super();
    this.console = consoleState({ role, user: "alice", online: true });
    const ROOT = "/api/governance";
    const read = (path: RegExp, answer: () => unknown) => this.on("GET", path, answer);
    read(/\/policy\/[^/]+$/, () => this.view);
    read(/\/policy\/defaults$/, () => DEFAULTS);
    read(/\/policy\/suggestions$/, () => []);
    read(/\/policy\/[^/]+\/history$/, () => []);
    read(/\/proposals$/, () => this.proposals);
    read(/\/(guardrails|catalogue)$/, () => this.text);
    read(/\/settings$/, () => this.settings);
    read(/\/risk-settings\/[^/]+$/, () => this.risk);
    read(/\/(settings|risk-settings\/[^/]+)\/history$/, () => []);
    read(/\/audit$/, () => ({ items: [], as_of: "e:1", server_time: NOW }));
    this.writes("POST", /\/policy\/preview$/, () => preview());
    this.writes("PUT", new RegExp(`^${ROOT}/policy/`), () => (this.view = { ...this.view, version: this.view.version + 1 }));
  }

  /** Answers a change, and notes what was sent. */
  writes(method: string, path: RegExp, answer: (body: unknown) => unknown): this {
    return this.on(method, path, ({ pathname, body }) => {
      this.sent.push({ method, path: pathname, body });
      return answer(body);
    });
  }

  /** The newest body sent there. */
  last(path: RegExp): unknown {
    return this.sent.findLast((call) => path.test(call.path))?.body;
  }
}

export const refuse = (code: string, more: Record<string, unknown> = {}): never => {
  const status = { forbidden: 403, version_conflict: 409, already_decided: 409, invalid: 422, unavailable: 503 }[code] ?? 500;
  throw new FakeProblem({ status, code, detail: `refused: ${code}`, ...more });
};
