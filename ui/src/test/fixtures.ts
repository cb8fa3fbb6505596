/** Approvals and console states for tests; every digest really is the digest of its material. */
import { digestOfMaterial } from "../api/canonical";
import type { ApprovalView, AuditEntry, BypassList, BypassView, ConsoleState, DeviceView, RecordStatus, Verification } from "../api/types";

export const NOW_MS = 1_790_000_000_000;
export const NOW = NOW_MS * 1000;
const SECOND = 1_000_000;

let count = 0;

export function material(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    v: 1,
    org: "acme",
    agent: "nova",
    on_behalf_of: "dana",
    action_type: "command_run",
    command: "npm test",
    repo: "auth-service",
    branch: "main",
    target_state: { none: "not observed" },
    salt: "03030303030303030303030303030303",
    ...more,
  };
}

export function approval(more: Partial<ApprovalView> = {}): ApprovalView {
  count += 1;
  const shown = more.material ?? material();
  return {
    id: `0193-${String(count).padStart(4, "0")}`,
    version: 1,
    status: "pending",
    action_id: `act-${count}`,
    requester: "dana",
    agent: "nova",
    title: `Run: npm test ${count}`,
    material: shown,
    claims: {},
    level: "low",
    risk_score: 0.1,
    reasons: ["Risk 0.100 is above the threshold 0.050"],
    rule: "above_threshold",
    factors: [{ name: "scope", contribution: 100, reason: "Changes a lot at once", evidence: ["14 files"] }],
    policy: "minimal autonomy of dana",
    digest: digestOfMaterial(shown) ?? "",
    policy_hash: "cd".repeat(32),
    quorum: 1,
    votes: [],
    needs_step_up: false,
    deciders: ["alice", "bob"],
    created_at: NOW - 60 * SECOND,
    expires_at: NOW + 1200 * SECOND,
    server_time: NOW,
    ...more,
  };
}

export function device(more: Partial<DeviceView> = {}): DeviceView {
  return {
    id: "dev-1",
    user: "alice",
    name: "Chrome on Linux",
    class: "desktop",
    shared: false,
    vote_key: "aa".repeat(32),
    step_up_key: "bb".repeat(32),
    ceiling: "critical",
    last_seq: 0,
    enrolled_at: NOW,
    confirmed_at: NOW,
    ...more,
  };
}

export function consoleState(more: Partial<ConsoleState> = {}): ConsoleState {
  return {
    mode: "ready",
    online: true,
    stale: false,
    last_sync_at: NOW,
    unsent: 0,
    server_time: NOW,
    clock_offset_ms: 0,
    user: "alice",
    role: "approver",
    device: device(),
    integrity: { ok: true, size: 48_213, checked_at: NOW },
    version: "0.1.0",
    ...more,
  };
}

export function entry(index: number, kind: string, payload: unknown, more: Partial<AuditEntry> = {}): AuditEntry {
  return {
    index,
    kind,
    at: NOW + index * 5 * SECOND,
    actor: "nova",
    subject: `subject-${index}`,
    leaf: "{}",
    leaf_hash: index.toString(16).padStart(64, "0"),
    links: {},
    payload: payload === null ? null : JSON.stringify(payload),
    ...more,
  };
}

/** One action from asking to running. */
export function chain(): AuditEntry[] {
  const decided = {
    action: { command: "terraform apply", action_type: "deploy", repo: "infra" },
    assessment: { score: 800, level: "high" },
    decision: { verdict: "APPROVAL", rule: "above_threshold" },
  };
  const links = { action_id: "act-9", approval_id: "apr-9" };
  return [
    entry(3, "decision", decided, { subject: "act-9", on_behalf_of: "dana" }),
    entry(4, "approval_requested", { level: "high" }, { links, subject: "apr-9" }),
    entry(5, "vote_cast", { verdict: "approve" }, { links, actor: "alice" }),
    entry(6, "approval_approved", {}, { links, actor: "alice" }),
    entry(7, "execution_finished", { outcome: "failed" }, { links }),
  ];
}

export function verification(more: Partial<Verification> = {}): Verification {
  return {
    verdict: "whole",
    headline: "Whole: all 1,000 entries hold",
    sentences: ["The checkpoint over 1000 entries is signed by the pinned key acme", "7 votes carry a signature"],
    origin: "navi/acme",
    size: 1000,
    root: "ab".repeat(32),
    vkey: "acme+12345678+AAAA",
    kept: 1000,
    at: NOW,
    millis: 500,
    ...more,
  };
}

export function recordStatus(more: Partial<RecordStatus> = {}): RecordStatus {
  return { window: { days: 30 }, hashes: 1000, kept: 400, toFetch: 0, root: "ab".repeat(32), origin: "navi/acme", vkey: "acme+12345678+AAAA", ...more };
}

export function bypassView(more: Partial<BypassView> = {}): BypassView {
  return {
    id: "byp-1",
    state: "active",
    scope: "repo",
    name: "shop",
    covers: "repository shop",
    incident: "INC-7",
    reason: "The shop is down and nobody answers",
    minutes: 15,
    by: "bob",
    asked_at: NOW - 120 * SECOND,
    ask_sha256: "ab".repeat(32),
    alone: false,
    with: "carol",
    wrong_numbers: 0,
    overdue: false,
    began_at: NOW - 60 * SECOND,
    ends_at: NOW + 840 * SECOND,
    runs: 0,
    you: { confirm: false, alone: false, end: true, review: false },
    ...more,
  };
}

export function bypassList(more: Partial<BypassList> = {}): BypassList {
  return {
    open: [],
    closed: [],
    limits: { minutes: [15, 30, 60], solo: false, solo_wait_secs: 60, shortest_reason: 20, wrong_numbers: 3 },
    may_ask: true,
    stays_blocked: ["What the policy blocks, in every place", "What a freeze stops"],
    told: ["bob", "carol"],
    confirmers: [{ user: "carol", present: true }],
    server_time: NOW,
    ...more,
  };
}
