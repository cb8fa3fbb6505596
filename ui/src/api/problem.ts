/**
 * Failures as the screens see them: one stable code each, and words for people. Nobody matches text.
 */
import { language } from "../words/words";
import { fallback, isGeneral, refusal } from "./refusals";
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
    const text = problem.detail ?? problem.message ?? problem.title ?? fallback("answered", { status });
    return new ApiError(code, text, problem.request_id ?? null, problem.problems ?? []);
  }
}

/** Wraps whatever was thrown. */
export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  if (typeof thrown === "object" && thrown !== null && "code" in thrown && "message" in thrown) {
    return new ApiError(String(thrown.code), String(thrown.message));
  }
  return new ApiError("unreachable", fallback("unreachable"));
}

/** Whatever was thrown, as a sentence for people. */
export function wordsOf(thrown: unknown): string {
  const { code, message } = asApiError(thrown);
  return explain(code, message);
}

/** A sentence for people about a code; falls back to what the server said, and begins with that where it says more. */
export function explain(code: string, said?: string | null): string {
  if (isGeneral(code) && said != null && language() === "en") return said;
  return refusal(code) ?? said ?? fallback("refused");
}
