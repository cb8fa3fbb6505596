/** What this screen asks the server, and the names of the answers. */
import { httpOver, need } from "../api/client";
import { ApiError } from "../api/problem";
import type { components } from "../api/schema.gen";
import type { Transport } from "../api/transport";

type Schemas = components["schemas"];
export type PolicyView = Schemas["PolicyView"];
export type PolicyRequest = Schemas["PolicyRequest"];
export type PolicyDefaults = Schemas["PolicyDefaults"];
export type PolicyVersion = Schemas["PolicyVersion"];
export type PreviewView = Schemas["PreviewView"];
export type PreviewExample = Schemas["PreviewExample"];
export type ProposalView = Schemas["ProposalView"];
export type SuggestionView = Schemas["SuggestionView"];
export type RiskView = Schemas["RiskView"];
export type RiskRequest = Schemas["RiskRequest"];
export type SettingsView = Schemas["SettingsView"];
export type SettingsRequest = Schemas["SettingsRequest"];
export type SettingsVersion = Schemas["SettingsVersion"];
export type TextView = Schemas["TextView"];
export type TextProblem = Schemas["TextProblem"];
export type LockView = Schemas["LockView"];
export type EvaluateRequest = Schemas["EvaluateRequest"];
export type EvaluateResponse = Schemas["EvaluateResponse"];
export type AuditEntry = Schemas["AuditEntry"];

/** Whom a policy is for: `default`, `role:developer` or a person, who may have one of their own in a repository. */
export interface Scope {
  user: string;
  repo: string | null;
}

/** Texts that the organisation writes itself. */
export type TextKind = "guardrails" | "catalogue";

/** What became of a change: in force, or waiting for a second person. */
export type Answer<T> = { state: "saved"; now: T } | { state: "proposed"; proposal: ProposalView };

type Reply = Promise<{ data?: unknown; error?: unknown; response: Response }>;

async function answer<T>(reply: Reply): Promise<Answer<T>> {
  const { data, error, response } = await reply;
  if (data === undefined || !response.ok) throw ApiError.from(error, response.status);
  return response.status === 202
    ? { state: "proposed", proposal: data as ProposalView }
    : { state: "saved", now: data as T };
}

const ROOT = "/api/governance";
const inRepo = (repo: string | null) => (repo === null ? {} : { repo });

export function callsOver(transport: Transport) {
  const http = httpOver(transport);
  return {
    defaults: () => need(http.GET(`${ROOT}/policy/defaults`)),
    policy: ({ user, repo }: Scope) =>
      need(http.GET(`${ROOT}/policy/{user_id}`, { params: { path: { user_id: user }, query: inRepo(repo) } })),
    history: ({ user, repo }: Scope) =>
      need(http.GET(`${ROOT}/policy/{user_id}/history`, { params: { path: { user_id: user }, query: inRepo(repo) } })),
    preview: (user: string, draft: PolicyRequest) => need(http.POST(`${ROOT}/policy/preview`, { body: { user_id: user, draft } })),
    save: (user: string, body: PolicyRequest) =>
      answer<PolicyView>(http.PUT(`${ROOT}/policy/{user_id}`, { params: { path: { user_id: user } }, body })),
    revert: ({ user, repo }: Scope, toVersion: number, version: number, reason: string) =>
      answer<PolicyView>(
        http.POST(`${ROOT}/policy/{user_id}/revert`, {
          params: { path: { user_id: user } },
          body: { to_version: toVersion, version, reason, ...inRepo(repo) },
        }),
      ),
    suggestions: () => need(http.GET(`${ROOT}/policy/suggestions`)),
    proposals: () => need(http.GET(`${ROOT}/proposals`)),
    decide: (id: string, decision: "accept" | "refuse") =>
      need(http.POST(`${ROOT}/proposals/{id}`, { params: { path: { id } }, body: { decision } })),
    risk: (scope: string) => need(http.GET(`${ROOT}/risk-settings/{scope}`, { params: { path: { scope } } })),
    saveRisk: (scope: string, body: RiskRequest) =>
      answer<RiskView>(http.PUT(`${ROOT}/risk-settings/{scope}`, { params: { path: { scope } }, body })),
    riskHistory: (scope: string) =>
      need(http.GET(`${ROOT}/risk-settings/{scope}/history`, { params: { path: { scope } } })),
    revertRisk: (scope: string, toVersion: number, version: number, reason: string) =>
      answer<RiskView>(http.POST(`${ROOT}/risk-settings/{scope}/revert`, { params: { path: { scope } }, body: { to_version: toVersion, version, reason } })),
    settings: () => need(http.GET(`${ROOT}/settings`)),
    saveSettings: (body: SettingsRequest) => answer<SettingsView>(http.PUT(`${ROOT}/settings`, { body })),
    settingsHistory: () => need(http.GET(`${ROOT}/settings/history`)),
    revertSettings: (toVersion: number, version: number, reason: string) =>
      answer<SettingsView>(http.POST(`${ROOT}/settings/revert`, { body: { to_version: toVersion, version, reason } })),
    text: (kind: TextKind) => need(http.GET(`${ROOT}/${kind}`)),
    /** Resolves when nothing is wrong with it; refused as `invalid` with the places otherwise. */
    checkText: (kind: TextKind, text: string) => need(http.PUT(`${ROOT}/${kind}`, { body: { text, check_only: true } })),
    saveText: (kind: TextKind, text: string, version: number, reason: string) =>
      answer<TextView>(http.PUT(`${ROOT}/${kind}`, { body: { text, version, reason } })),
    /** Entries of the record about changes of one kind, newest first. */
    changes: async (kind: string) => {
      const page = await need(http.GET(`${ROOT}/audit`, { params: { query: { kind, limit: 100 } } }));
      return page.items;
    },
    tryOut: (body: EvaluateRequest) =>
      need(http.POST(`${ROOT}/evaluate`, { params: { query: { dry_run: true } }, body })),
  };
}

export type Calls = ReturnType<typeof callsOver>;
