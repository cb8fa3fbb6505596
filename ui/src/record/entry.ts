/** What an entry of the record says, in words. Pure; a payload that is not as expected is simply not shown. */
import { LEVELS, type AuditEntry, type Level } from "../api/types";

const KINDS: Record<string, string> = {
  org_created: "Organisation created",
  decision: "Decided",
  approval_requested: "Approval asked for",
  vote_cast: "Vote",
  vote_refused: "Vote refused",
  approval_approved: "Approved",
  approval_rejected: "Rejected",
  approval_expired: "Expired",
  approval_superseded: "Replaced",
  approval_cancelled: "Withdrawn",
  permit_issued: "Permit issued",
  permit_revoked: "Permit revoked",
  permit_expired: "Permit expired",
  execution_started: "Run started",
  execution_finished: "Run ended",
  redeem_refused: "Run refused",
  policy_changed: "Policy changed",
  device_enrolled: "Device enrolled",
  device_confirmed: "Device confirmed",
  device_revoked: "Device revoked",
  payloads_erased: "Payloads erased",
  payloads_pruned: "Payloads pruned",
  origin_started: "New origin",
  login_failed: "Failed login",
  request_refused: "Refused",
};

/** A kind in words; an unknown one is spelled with spaces. */
export function kindWords(kind: string): string {
  const words = kind.replaceAll("_", " ");
  return KINDS[kind] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

const ID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

type Fields = Record<string, unknown>;

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

/** The payload as an object; empty when it is erased or no object. */
export function payloadOf(entry: AuditEntry): Fields {
  try {
    return fields(JSON.parse(entry.payload ?? "{}"));
  } catch {
    return {};
  }
}

const text = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

/** What the entry is about, in one line. */
export function about(entry: AuditEntry): string {
  const payload = payloadOf(entry);
  if (entry.kind === "decision") {
    const action = fields(payload["action"]);
    const files = Array.isArray(action["files"]) ? action["files"].map((f) => text(fields(f)["path"])) : [];
    const what = text(action["command"]) ?? files.find((path) => path !== null) ?? text(action["action_type"]);
    if (what !== null) return what;
  }
  const device = text(fields(payload["device"])["name"]);
  const said = text(payload["verdict"]) ?? device ?? text(payload["reason"]);
  if (said !== null) return said;
  const quorum = payload["quorum"];
  if (typeof quorum === "number") return quorum === 1 ? "needs 1 person" : `needs ${quorum} people`;
  // An id says nothing to a person; its end tells two of them apart.
  return ID.test(entry.subject) ? `…${entry.subject.slice(-6)}` : entry.subject;
}

/** The verdict of a decision or vote, if the entry is one. */
export function verdictOf(entry: AuditEntry): string | null {
  const payload = payloadOf(entry);
  return entry.kind === "decision" ? text(fields(payload["decision"])["verdict"]) : text(payload["verdict"]);
}

/** The risk level of a decision. */
export function levelIn(entry: AuditEntry): Level | null {
  const level = fields(payloadOf(entry)["assessment"])["level"];
  return LEVELS.find((known) => known === level) ?? null;
}

/** The action an entry belongs to. */
export function actionOf(entry: AuditEntry): string | null {
  if (entry.kind === "decision") return entry.subject;
  return entry.links["action_id"] ?? entry.links["decision_id"] ?? null;
}

/** Whether its payload is gone while its leaf is still there. */
export function isErased(entry: AuditEntry): boolean {
  return entry.payload === undefined || entry.payload === null;
}

const NOT_GOOD = new Set(["vote_refused", "approval_rejected", "approval_expired", "permit_revoked", "redeem_refused", "login_failed", "request_refused", "device_revoked"]);

/** How an entry is marked in a chain: it let something go on, stopped it, or neither. */
export function toneOf(entry: AuditEntry): "go" | "stop" | "plain" {
  const verdict = verdictOf(entry);
  if (NOT_GOOD.has(entry.kind) || verdict === "BLOCKED" || verdict === "reject") return "stop";
  if (entry.kind === "execution_finished") return payloadOf(entry)["outcome"] === "succeeded" ? "go" : "stop";
  return ["approval_approved", "permit_issued"].includes(entry.kind) || verdict === "AUTO" || verdict === "approve" ? "go" : "plain";
}
