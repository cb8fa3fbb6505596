/**
 * What became of the decisions made here. It outlives the request that is open and, for what did not count, the page: a
 * refusal stands until the person says that they know it. The content that was decided on is kept in memory only.
 */
import { useSyncExternalStore } from "react";
import type { ApprovalView, Outcome, Verdict } from "../api/types";
import { stored } from "../state/stored";
import { isTerms, termsOf, type Terms } from "./terms";

/** A decision that did not count, or that is signed and not sent. */
export interface Kept {
  approvalId: string;
  verdict: Verdict;
  /** The terms it was made under. */
  terms: Terms;
  /** Server time, milliseconds: when it was made, and when its refusal was told. */
  madeAt: number;
  toldAt: number | null;
  /** Why it did not count; absent: it may still. */
  code?: string | null;
  message?: string | null;
}

const MOST = 200;

function isKept(value: unknown): value is Kept {
  const { approvalId, verdict, terms, madeAt, toldAt } = (value ?? {}) as Record<string, unknown>;
  const timed = typeof madeAt === "number" && (toldAt === null || typeof toldAt === "number");
  return typeof approvalId === "string" && (verdict === "approve" || verdict === "reject") && timed && isTerms(terms);
}

const kept = stored<Kept>("navi.decisions", isKept, MOST);
export const useKept = kept.use;
export const keptOf = kept.of;

/** Those that did not count and were not dismissed. */
export const refusedOf = (all: readonly Kept[]): Kept[] => all.filter(({ toldAt }) => toldAt !== null);

/** The person knows that it did not count. */
export function forget(user: string, approvalId: string): void {
  if (flights.get(approvalId)?.busy === false) flights.delete(approvalId);
  kept.keep(user, kept.of(user).filter((one) => one.approvalId !== approvalId));
  tell();
}

/** Writes down what became of a decision; what counted needs nobody any more. */
export function settle(user: string, view: ApprovalView, made: { verdict: Verdict; madeAt: number; toldAt: number }, outcome: Outcome): void {
  const others = kept.of(user).filter((one) => one.approvalId !== view.id);
  if (outcome.state === "recorded") {
    if (others.length < kept.of(user).length) kept.keep(user, others);
    return;
  }
  signed.set(view.id, view);
  const refused = outcome.state === "refused";
  const { code = null, message = null } = outcome;
  const one: Kept = { approvalId: view.id, verdict: made.verdict, terms: termsOf(view), madeAt: made.madeAt, toldAt: refused ? made.toldAt : null };
  kept.keep(user, [...others, refused ? { ...one, code, message } : one]);
}

const signed = new Map<string, ApprovalView>();

/** What was on the screen when it was decided, if that was in this window. */
export const signedView = (approvalId: string): ApprovalView | undefined => signed.get(approvalId);

/** A decision on its way, or its answer. */
export interface Flight {
  /** Which request of this window it belongs to. */
  sheet: symbol;
  /** What it was for: another policy is another decision. */
  policyHash: string;
  busy: boolean;
  outcome: Outcome | null;
}

const flights = new Map<string, Flight>();
const listeners = new Set<() => void>();

function tell(): void {
  for (const listener of listeners) listener();
}

export function setFlight(approvalId: string, flight: Flight): void {
  flights.set(approvalId, flight);
  tell();
}

const listen = (changed: () => void) => {
  listeners.add(changed);
  return () => {
    listeners.delete(changed);
  };
};

export const flightOf = (approvalId: string): Flight | undefined => flights.get(approvalId);

export function useFlight(approvalId: string): Flight | undefined {
  return useSyncExternalStore(listen, () => flightOf(approvalId));
}
