/**
 * Failures as the screens see them: one stable code each, and words for people. Nobody matches text.
 */
import type { Problem } from "./types";

type TextProblems = NonNullable<Problem["problems"]>;

/** A refusal with a stable code, or `unreachable` when no answer came. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: string;
  readonly requestId: string | null;
  /** Where a text is wrong. */
  readonly problems: TextProblems;

  constructor(code: string, message: string, requestId: string | null = null, problems: TextProblems = []) {
    super(message);
    this.code = code;
    this.requestId = requestId;
    this.problems = problems;
  }

  /** Reads a problem body of whatever shape arrived. */
  static from(body: unknown, status: number): ApiError {
    const problem = (typeof body === "object" && body !== null ? body : {}) as Partial<Problem> & { message?: string };
    const code = problem.code ?? (status === 401 ? "unauthenticated" : "internal");
    const text = problem.detail ?? problem.message ?? problem.title ?? `The server answered ${status}.`;
    return new ApiError(code, text, problem.request_id ?? null, problem.problems ?? []);
  }
}

/** Wraps whatever was thrown. */
export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  if (typeof thrown === "object" && thrown !== null && "code" in thrown && "message" in thrown) {
    return new ApiError(String(thrown.code), String(thrown.message));
  }
  return new ApiError("unreachable", "No answer from the server. Check the connection, then try again.");
}

const REFUSALS: Record<string, string> = {
  not_grantable: "This cannot be repeated without a person, or not for that long. Approve it once.",
  frozen: "Somebody stopped this. Nothing runs until the freeze is lifted.",
  flood: "Too many requests of this agent wait already. Decide some of them first.",
  claimed: "Somebody else looks at it. Take it over if you must.",
  already_extended: "Its time was extended once; that is the most.",
  edit_blocked: "The policy blocks the command as you changed it.",
  already_decided: "Somebody decided this before your vote arrived. Your vote has no effect, and it is on record.",
  expired: "Time ran out before your decision arrived. Nothing will run; the agent must ask again.",
  superseded: "The request was replaced by a newer one while you were deciding. Your decision does not carry over.",
  cancelled: "The request was withdrawn by its requester.",
  digest_mismatch: "The action changed after you read it. Your decision does not apply to the new content: read it and decide again.",
  policy_changed: "The policy changed while you were deciding. Read the request again and decide again.",
  own_request: "This was asked for you or by you. Somebody else must approve it.",
  already_voted: "You have already voted on this request; one person counts once.",
  step_up_required: "This level needs your passphrase. Approve it in the desktop console.",
  device_ceiling: "This device may not approve this level.",
  device_revoked: "This device was revoked. It can no longer decide anything.",
  device_unconfirmed: "This device is not confirmed yet. Confirm it on your first device.",
  not_whole: "What is shown is not what would run, so it cannot be approved here.",
  needs_connection: "Approving this needs a live connection. Nothing was signed.",
  integrity_broken: "The server’s record contradicts what this console saw before. Approving is off.",
  no_step_up_key: "This device has no step-up key: high and critical cannot be approved here.",
  no_keyring: "The keyring cannot be read, so nothing was signed. Unlock it, then try again.",
  wrong_passphrase: "That passphrase does not open your step-up key. Nothing was signed.",
  unavailable: "The server cannot be reached or cannot record right now. Nothing was recorded.",
  busy: "The server is busy and recorded nothing. Try again.",
  forbidden: "Your role may not do this.",
  invite_unusable: "This invite was used, has expired, or is for another kind of device. Ask for a new one.",
};

/** A sentence for people about a code; falls back to what the server said. */
export function explain(code: string, said?: string | null): string {
  return REFUSALS[code] ?? said ?? "The request was refused.";
}
