/**
 * Names for the wire types the screens use, and the types of what only a transport knows (console state, outbox).
 * Wire types come from the generated schema; nothing here repeats them.
 */
import type { components } from "./schema.gen";

type Schemas = components["schemas"];

export type ApprovalView = Schemas["ApprovalView"];
export type Factor = Schemas["Factor"];
export type VoteView = Schemas["VoteView"];
export type DeviceView = Schemas["DeviceView"];
export type SessionView = Schemas["SessionView"];
export type VoteRequest = Schemas["VoteRequest"];
export type Problem = Schemas["Problem"];
export type GrantView = Schemas["GrantView"];
export type AuditEntry = Schemas["AuditEntry"];

/** Limits of a repeat right. */
export interface GrantLimits {
  minutes: number;
  uses: number;
}

/** How far an approve reaches, as it is signed. */
export type VoteScope =
  | "once"
  | { same_action: GrantLimits }
  | { same_command: GrantLimits }
  | { same_rule: GrantLimits };

/** Risk levels, mildest first. */
export const LEVELS = ["low", "medium", "high", "critical"] as const;
export type Level = (typeof LEVELS)[number];

/** The level of a wire string; an unknown one is the gravest, never the mildest. */
export function levelOf(text: string): Level {
  return LEVELS.find((l) => l === text) ?? "critical";
}

/** Position of a level: low 0 … critical 3. */
export function rank(level: Level): number {
  return LEVELS.indexOf(level);
}

export type Verdict = "approve" | "reject";

/** What the person decided on, exactly as it was shown. */
export interface Draft {
  approvalId: string;
  /** Hex; the digest of the material that was on the screen. */
  digest: string;
  /** Hex; the policy hash that was on the screen. */
  policyHash: string;
  verdict: Verdict;
  /** Absent: this once. */
  scope?: VoteScope;
  reason: string;
  /** Opens the step-up key; desktop only. */
  passphrase?: string;
}

/** What became of a decision. */
export interface Outcome {
  /** `queued`: signed here, not in effect until the server has it. */
  state: "recorded" | "queued" | "refused";
  ledgerIndex?: number | null;
  code?: string | null;
  message?: string | null;
  approval?: ApprovalView | null;
}

/** One signed vote that has not reached the server yet, or was refused there. */
export interface OutboxItem {
  id: string;
  approvalId: string;
  verdict: Verdict;
  title: string;
  state: "unsent" | "sending" | "recorded" | "needs_you";
  /** Why it was refused. */
  code?: string | null;
  message?: string | null;
  /** UTC microseconds. */
  madeAt: number;
}

/** Where this console stands. Instants are UTC microseconds. */
export interface ConsoleState {
  mode: "enroll" | "locked" | "ready";
  online: boolean;
  stale: boolean;
  last_sync_at?: number | null;
  unsent: number;
  server_time: number;
  /** This machine's clock minus the server's, milliseconds. */
  clock_offset_ms: number;
  user?: string | null;
  role?: string | null;
  device?: DeviceView | null;
  integrity?: { ok: boolean; size: number; checked_at?: number | null; message?: string | null } | null;
  /** Who else stands behind the record; absent when nobody is wanted and nobody is missing. */
  witnessed?: { size: number; cosignatures: number; required: number; late: boolean; vanished: string[] } | null;
  locked_reason?: string | null;
  /** Why it is locked, for what can be done about it: `keyring_locked`, `keyring_gone`, `database_corrupt`, `disk_full`, … */
  locked_code?: string | null;
  /** Until when low and medium levels may be approved without a connection. */
  approve_offline_until?: number | null;
  /** The file in which crashes are noted, once there was one. */
  crash_log?: string | null;
  /** An invite link that was opened on this desktop. */
  pending_link?: string | null;
  version: string;
}

/** What the console keeps whole of the record. */
export interface KeptWindow {
  /** Entries of the last so many days; absent: of all time. */
  days?: number;
  /** Only actions in these repositories; absent: in all. */
  repos?: string[];
}

/** What a verification found. */
export interface Verification {
  /** `unknown`: consistent, signed by a key that this console does not know. */
  verdict: "whole" | "partial" | "unknown" | "broken";
  headline: string;
  sentences: string[];
  /** The entries a fault lies in. */
  place?: { first: number; last: number };
  origin: string;
  size: number;
  root: string;
  vkey: string;
  /** Entries read whole. */
  kept: number;
  /** UTC microseconds. */
  at: number;
  millis: number;
}

/** Where the kept part of the record stands. */
export interface RecordStatus {
  window: KeptWindow;
  /** Entries whose leaf hashes are here. */
  hashes: number;
  /** Entries kept whole. */
  kept: number;
  toFetch: number;
  root?: string;
  origin?: string;
  vkey?: string;
  last?: Verification;
}

/** How far a verification got: entries, or bytes of a file. */
export interface Step {
  done: number;
  total: number;
}

/** What the enrolment form yields. */
export interface Enrollment {
  link?: string;
  url?: string;
  invite?: string;
  name: string;
  passphrase?: string;
  /** Agents run on this machine. */
  shared: boolean;
}
