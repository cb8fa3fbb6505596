/** What an entry of the record says, in words. Pure; a payload that is not as expected is simply not shown. */
import { LEVELS, type AuditEntry, type Level } from "../api/types";
import { t } from "./texts";

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

/** What happened to a plan: which one, which step of it, why, or how it ended. */
function aboutPlan(payload: Fields): string | null {
  const [step, why] = [text(payload["step"]), text(payload["why"])];
  if (step !== null) {
    const part = payload["phase"] === "verify" ? t("plan_verify", { step }) : t("plan_step", { step });
    return why === null ? part : `${part}: ${why}`;
  }
  const ends: Record<string, string> = { succeeded: t("plan_succeeded"), failed: t("plan_failed"), unknown: t("plan_unknown"), deviated: t("plan_deviated"), revoked: t("plan_revoked") };
  const status = text(payload["status"]);
  return text(payload["name"]) ?? (status === null ? null : (ends[status] ?? status));
}

/** A vote in words; the answers of a decision are names and stay. */
function verdictWords(value: unknown): string | null {
  if (value === "approve") return t("vote_approve");
  return value === "reject" ? t("vote_reject") : text(value);
}

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
  const plan = entry.kind.startsWith("plan_") ? aboutPlan(payload) : null;
  const said = plan ?? verdictWords(payload["verdict"]) ?? device ?? text(payload["reason"]);
  if (said !== null) return said;
  const quorum = payload["quorum"];
  if (typeof quorum === "number") return t("needs", { count: quorum });
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

/** The device whose signature a vote carries, if the entry is one. */
export function signedBy(entry: AuditEntry): string | null {
  const payload = payloadOf(entry);
  return text(payload["signature"]) === null ? null : text(payload["device_id"]);
}

/** Whether its payload is gone while its leaf is still there. */
export function isErased(entry: AuditEntry): boolean {
  return entry.payload === undefined || entry.payload === null;
}

const NOT_GOOD = new Set(["vote_refused", "approval_rejected", "approval_expired", "permit_revoked", "redeem_refused", "login_failed", "request_refused", "device_revoked", "rollback_refused", "plan_deviated", "plan_revoked"]);

/** How an entry is marked in a chain: it let something go on, stopped it, or neither. */
export function toneOf(entry: AuditEntry): "go" | "stop" | "plain" {
  const verdict = verdictOf(entry);
  if (NOT_GOOD.has(entry.kind) || verdict === "BLOCKED" || verdict === "reject") return "stop";
  if (entry.kind === "execution_finished" || entry.kind === "rollback_finished" || entry.kind === "plan_ended") {
    const payload = payloadOf(entry);
    return (payload["status"] ?? payload["outcome"]) === "succeeded" ? "go" : "stop";
  }
  return ["approval_approved", "permit_issued"].includes(entry.kind) || verdict === "AUTO" || verdict === "approve" ? "go" : "plain";
}
