/**
 * What this person on this device may do with one approval now, and how hard it is made. Pure. The server enforces all of
 * it again; here it only decides which controls exist, so that nobody presses what cannot work.
 */
import { leftOf } from "../state/clock";
import { levelOf, rank, type ApprovalView, type ConsoleState, type Level } from "../api/types";
import { LEVEL_WORDS } from "../shell/LevelMark";
import { roleWords } from "../shell/words";
import { t } from "./texts";

const DECIDING_ROLES = new Set(["approver", "oncall", "admin"]);

export type Friction =
  | "click"
  /** A dialog whose button arms after 700 ms. */
  | "dialog"
  /** Hold two seconds, or type the target. */
  | "hold"
  /** Type the target. */
  | "typed";

export interface Eligibility {
  /** Approve exists only when this is set. */
  approve: { friction: Friction; passphrase: boolean } | null;
  /** Why there is no Approve, in words; the gravest first. */
  why: string[];
  reject: boolean;
}

export interface Circumstances {
  console: ConsoleState;
  kind: "desktop" | "web";
  /** Why the action cannot be shown whole; empty when it can. */
  problems: string[];
  /** Server time, milliseconds. */
  now: number;
}

/** Whether this person's role decides at all. */
export function mayDecide(console: ConsoleState | undefined): boolean {
  return DECIDING_ROLES.has(console?.role ?? "");
}

const ALLOWED = { none: -1, low: rank("low"), medium: rank("medium") } as const;

/** Why a low or medium level cannot be approved without a connection: what the organisation allows, and for how long. */
function offline(level: Level, { allowances, approve_offline_until: until }: ConsoleState, now: number): string[] {
  const upTo = allowances?.offline ?? "medium";
  const most = Object.hasOwn(ALLOWED, upTo) ? ALLOWED[upTo as keyof typeof ALLOWED] : ALLOWED.none;
  if (rank(level) > most) return [t(most < 0 ? "why_offline_off" : "why_offline_level")];
  return until != null && until / 1000 < now ? [t("why_offline_long")] : [];
}

const NOTHING: Eligibility = { approve: null, why: [], reject: false };

export function eligibility(view: ApprovalView, { console, kind, problems, now }: Circumstances): Eligibility {
  if (view.status !== "pending") return NOTHING;
  const { user, role, device } = console;
  const also = (text: string, more: string) => (more === "" ? text : `${text} ${more}`);
  const deciders = view.deciders.length > 0 ? t("can_decide", { who: view.deciders.join(", ") }) : "";
  if (!role || !DECIDING_ROLES.has(role)) {
    return { ...NOTHING, why: [also(t("why_role", { role: role ? roleWords(role) : t("role_none") }), deciders)] };
  }
  if (!device) return { ...NOTHING, why: [t("why_no_device")] };
  if (device.revoked_at) return { ...NOTHING, why: [t("why_revoked")] };
  if (!device.confirmed_at) {
    return { ...NOTHING, why: [t("why_unconfirmed")] };
  }
  if (leftOf(view, now) <= 0) {
    return { ...NOTHING, why: [t("why_time_up")] };
  }
  if (!console.online && kind === "web") {
    return { ...NOTHING, why: [t("why_offline_web")] };
  }

  const level = levelOf(view.level);
  const grave = rank(level) >= rank("high");
  const stepUp = view.needs_step_up || grave;
  const why = [...problems];
  if (user === view.requester) why.push(also(t("why_own"), deciders));
  if (view.votes.some((v) => v.user === user)) why.push(t("why_voted"));
  if (rank(level) > rank(levelOf(device.ceiling))) {
    const ceiling = LEVEL_WORDS[levelOf(device.ceiling)].toLowerCase();
    why.push(also(t("why_ceiling", { level: ceiling }), kind === "web" ? t("why_use_desktop") : ""));
  } else if (stepUp && !device.step_up_key) {
    why.push(t("why_no_step_up"));
  }
  if (grave && !console.online) why.push(t("why_offline"));
  else if (grave && console.stale) why.push(t("why_stale"));
  else if (!console.online || console.stale) why.push(...offline(level, console, now));
  if (console.integrity && !console.integrity.ok) why.push(t("why_record"));
  if (why.length > 0) return { approve: null, why, reject: true };

  const friction: Record<typeof level, Friction> = { low: "click", medium: "dialog", high: "hold", critical: "typed" };
  const wanted = friction[level];
  return {
    approve: { friction: wanted === "click" && (stepUp || view.reason_required === true) ? "dialog" : wanted, passphrase: stepUp },
    why: [],
    reject: true,
  };
}
