/**
 * Names for the wire types the screens use, and the types of what only a transport knows (console state, outbox).
 * Wire types come from the generated schema; nothing here repeats them.
 */
import type { components } from "./schema.gen";

type Schemas = components["schemas"];

export type ApprovalView = Schemas["ApprovalView"];
export type ReachView = Schemas["ReachView"];
export type EnvelopeView = Schemas["EnvelopeView"];
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
  /** The absent person whose vote this is, under a delegation; absent: one's own. */
  forUser?: string;
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
  /** The absent person whose vote it is. */
  forUser?: string | null;
  state: "unsent" | "sending" | "recorded" | "needs_you";
  /** Why it was refused. */
  code?: string | null;
  message?: string | null;
  /** Its entry of the ledger, once recorded. */
  ledgerIndex?: number | null;
  /** UTC microseconds. */
  madeAt: number;
}

/** A rejection pressed in a notification that is not signed yet. */
export interface HeldReject {
  approvalId: string;
  title: string;
  /** From this instant of the server's on it is signed; UTC microseconds. */
  dueAt: number;
}

export type BypassView = Schemas["BypassView"];
export type BypassList = Schemas["BypassList"];
export type BypassDetail = Schemas["BypassDetail"];

/** One step of a bypass, before it is signed. */
export type BypassStep =
  | { step: "ask"; scope: string; name?: string; incident: string; reason: string; minutes: number }
  | { step: "confirm"; id: string; ask_sha256: string; number: number }
  | { step: "alone"; id: string }
  | { step: "review"; id: string; finding: string };

export type FreezeView = Schemas["FreezeView"];
/** What is to be stopped, and why. */
export type StopWish = Schemas["FreezeRequest"];

/** One stop ordered on this machine. Nothing is stopped before it is `recorded`. */
export interface StopOrder {
  id: string;
  scope: string;
  name?: string | null;
  reason: string;
  state: OutboxItem["state"];
  code?: string | null;
  message?: string | null;
  freezeId?: string | null;
  /** UTC microseconds. */
  madeAt: number;
}

/** One grant taken back on this machine. It can still be used before this is `recorded`. */
export interface GrantRevoke {
  grantId: string;
  covers: string;
  state: OutboxItem["state"];
  code?: string | null;
  message?: string | null;
  /** UTC microseconds. */
  madeAt: number;
}

/** What became of taking a grant back. */
export interface Revoked {
  /** `queued`: kept here, nothing has ended yet. */
  state: "recorded" | "queued" | "refused";
  code?: string | null;
  message?: string | null;
}

/** What became of ordering a stop. */
export interface Ordered {
  /** `queued`: kept here, nothing is stopped yet. */
  state: "recorded" | "queued" | "refused";
  order?: StopOrder | null;
  code?: string | null;
  message?: string | null;
}

/** Where this console stands. Instants are UTC microseconds. */
export interface ConsoleState {
  mode: "enroll" | "locked" | "ready";
  online: boolean;
  stale: boolean;
  last_sync_at?: number | null;
  unsent: number;
  /** Stops ordered here that the server does not have yet. */
  unsent_stops?: number;
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
  /** Who reads which approval now; absent: nobody, or not known. */
  reading?: Record<string, string[]>;
  /** Why it is locked, for what can be done about it: `keyring_locked`, `keyring_gone`, `database_corrupt`, `disk_full`, … */
  locked_code?: string | null;
  /** Until when the levels that the organisation allows may be approved without a connection. */
  approve_offline_until?: number | null;
  /** What the organisation lets be approved where less care is possible; absent: not known here. */
  allowances?: Schemas["AllowancesView"] | null;
  /** The file in which crashes are noted, once there was one. */
  crash_log?: string | null;
  /** Whether everything was read once since the server could last go on from where this console was. */
  bootstrapped?: boolean | null;
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

/** Somebody else's head of the record, held against what is kept here. */
export interface Compared {
  /**
   * `same`, also of an earlier size; `further`: the server's proof leads to it; `different`; or why nobody can tell: `larger`
   * and nobody to ask, `no_size`, `other_log`, `other_key`, `unreadable`.
   */
  held: "same" | "further" | "different" | "larger" | "no_size" | "other_log" | "other_key" | "unreadable";
  /** Entries of theirs, if they were named. */
  size?: number;
  /** Entries whose hashes are here. */
  here: number;
  /** Theirs is a note that the pinned key signed. */
  signed: boolean;
}

/** What is to be written from what is kept here. */
export interface ExportWish {
  format: string;
  /** Without payloads and names. */
  bare: boolean;
  /** The filters, as the audit API takes them. */
  query: string;
  /** Null: a new file in the downloads. */
  path: string | null;
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
  /** The key of the server that was looked at; another one is refused. */
  vkey?: string;
}

/** A server as it introduced itself, before anything was told to it. */
export interface ServerSeen {
  url: string;
  org: string;
  vkey: string;
  /** The key, short enough to be compared by people. */
  fingerprint: string;
  /** The invite link names this key. False: it names none, and a person must compare. */
  pinned: boolean;
  /** The way there is encrypted, or stays on this machine. */
  private: boolean;
}

/** What is set for the program itself, before its page is drawn. */
export interface MachineSettings {
  /** `safe`: without the graphics card's memory, for windows that stay empty. Acts at the next start. */
  rendering: "auto" | "safe";
  /** How this start draws. */
  rendering_now: "auto" | "safe";
  /** Look for a newer version once a day. */
  updates: boolean;
  /** Somebody configured where updates come from and who signs them. */
  updates_configured: boolean;
}

/** What this machine offers the console. */
export interface Diagnostics {
  tray: boolean;
  /** The program that shows notifications; absent: none. */
  notifications?: { name: string; version: string; capabilities: string[]; inhibited?: boolean | null } | null;
  /** What is told about who may see the screen; absent: nobody tells. `shared`: it may be. */
  screen: { locked?: boolean | null; shared?: boolean | null };
  keyring: "unlocked" | "locked" | "absent" | "file" | "refused";
  server?: string | null;
  /** Of the server's key pinned at enrolment. */
  fingerprint?: string | null;
  folder: string;
  crash_log?: string | null;
  versions: { console: string; tauri: string; webview: string; system: string; desktop: string };
}

/** How one level is told. */
export interface LevelRule {
  /** `digest`: summed up every so often. High and critical always are bubbles. */
  show: "never" | "digest" | "bubble";
  sound: boolean;
  /** Again while it waits. */
  repeat: boolean;
}

/** How a person is told on this console. */
export interface NotifyPreferences {
  levels: Record<Level, LevelRule>;
  quiet: {
    enabled: boolean;
    /** IANA time zone. */
    zone: string;
    /** Days on which they begin: 1 is Monday, 7 is Sunday. */
    days: number[];
    /** `HH:MM`; `to` not later than `from`: on the next day. */
    from: string;
    to: string;
  };
  /** `hidden_when_locked`: while the screen is locked or may be shared, as far as the desktop tells. */
  contents: "full" | "hidden_when_locked" | "hidden";
  /** Minutes between two digests, 5 to 480. */
  digest: number;
}

/** What the local copy takes. */
export interface CopyStatus {
  folder: string;
  bytes: number;
  /** Damaged copies that were set aside. */
  set_aside: number;
}
