/**
 * What this person on this device may do with one approval now, and how hard it is made. Pure. The server enforces all of
 * it again; here it only decides which controls exist, so that nobody presses what cannot work.
 */
import { leftOf } from "../state/clock";
import { levelOf, rank, type ApprovalView, type ConsoleState } from "../api/types";
import { LEVEL_WORDS } from "../shell/LevelMark";

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

const NOTHING: Eligibility = { approve: null, why: [], reject: false };

export function eligibility(view: ApprovalView, { console, kind, problems, now }: Circumstances): Eligibility {
  if (view.status !== "pending") return NOTHING;
  const { user, role, device } = console;
  const deciders = view.deciders.length > 0 ? ` Can decide: ${view.deciders.join(", ")}.` : "";
  if (!role || !DECIDING_ROLES.has(role)) {
    return { ...NOTHING, why: [`Your role (${role ?? "none"}) does not decide.${deciders}`] };
  }
  if (!device) return { ...NOTHING, why: ["This console is not an enrolled device."] };
  if (device.revoked_at) return { ...NOTHING, why: ["This device was revoked. It can no longer decide anything."] };
  if (!device.confirmed_at) {
    return { ...NOTHING, why: ["This device is not confirmed yet. Confirm it on your first device."] };
  }
  if (leftOf(view, now) <= 0) {
    return { ...NOTHING, why: ["Time is up. Nothing will run; the server is closing the request."] };
  }
  if (!console.online && kind === "web") {
    return { ...NOTHING, why: ["Offline. The web page decides only while it is connected."] };
  }

  const level = levelOf(view.level);
  const grave = rank(level) >= rank("high");
  const stepUp = view.needs_step_up || grave;
  const why = [...problems];
  if (user === view.requester) why.push(`You asked for this: you cannot approve it.${deciders}`);
  if (view.votes.some((v) => v.user === user)) why.push("You have already voted. One person counts once.");
  if (rank(level) > rank(levelOf(device.ceiling))) {
    const ceiling = LEVEL_WORDS[levelOf(device.ceiling)].toLowerCase();
    why.push(`This device may approve up to ${ceiling} risk only.${kind === "web" ? " Use the desktop console." : ""}`);
  } else if (stepUp && !device.step_up_key) {
    why.push("This level needs a step-up key, and this device has none.");
  }
  if (grave && !console.online) why.push("Approve needs a connection at this level.");
  else if (grave && console.stale) why.push("Not live: at this level Approve waits for a fresh read.");
  if (console.integrity && !console.integrity.ok) why.push("The record does not verify on this console.");
  if (why.length > 0) return { approve: null, why, reject: true };

  const friction: Record<typeof level, Friction> = { low: "click", medium: "dialog", high: "hold", critical: "typed" };
  const wanted = friction[level];
  return {
    approve: { friction: wanted === "click" && stepUp ? "dialog" : wanted, passphrase: stepUp },
    why: [],
    reject: true,
  };
}
