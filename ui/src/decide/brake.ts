/**
 * The brake on rubber stamps: who approves many in a short time, or without time to read, is slowed down and told why. It
 * remembers across pages, and counts what this person approved elsewhere, from a notification or on another device, by
 * the votes in the list. It measures nobody and is sent nowhere.
 */
import { useMemo } from "react";
import type { ApprovalView } from "../api/types";
import { useApprovals } from "../state/console";
import { stored } from "../state/stored";

export interface Approved {
  approvalId: string;
  /** Server time, milliseconds. */
  at: number;
  /** For how long the request had been open; null: it was approved elsewhere. */
  openMs: number | null;
}

export interface Braking {
  why: "many" | "unread";
  count: number;
  seconds: number;
}

const WINDOW_MS = 120_000;
const MANY = 10;
const FEW = 5;
const READING_MS = 3_000;

/** Whether the next approval is slowed down; null when not. Pure. */
export function brake(approved: readonly Approved[], now: number): Braking | null {
  const recent = approved.filter(({ at }) => now - at < WINDOW_MS);
  if (recent.length > MANY) return { why: "many", ...seriesOf(recent, now) };
  const read = recent.flatMap((one) => (one.openMs === null ? [] : [one.openMs]));
  const mean = read.reduce((sum, openMs) => sum + openMs, 0) / read.length;
  if (read.length < FEW || mean >= READING_MS) return null;
  return { why: "unread", ...seriesOf(recent.filter(({ openMs }) => openMs !== null), now) };
}

function seriesOf(recent: readonly Approved[], now: number): { count: number; seconds: number } {
  const first = Math.min(...recent.map(({ at }) => at));
  return { count: recent.length, seconds: Math.max(1, Math.round((now - first) / 1000)) };
}

/** What was approved here, and what the list says this person approved besides. Pure. */
export function withVotes(noted: readonly Approved[], approvals: readonly ApprovalView[], user: string): Approved[] {
  const here = new Set(noted.map(({ approvalId }) => approvalId));
  const elsewhere = approvals.flatMap(({ id, votes }): Approved[] => {
    const own = here.has(id) ? undefined : votes.find((vote) => vote.user === user && vote.verdict === "approve");
    return own ? [{ approvalId: id, at: own.at / 1000, openMs: null }] : [];
  });
  return [...noted, ...elsewhere];
}

function isApproved(value: unknown): value is Approved {
  const { approvalId, at, openMs } = (value ?? {}) as Record<string, unknown>;
  return typeof approvalId === "string" && typeof at === "number" && (openMs === null || typeof openMs === "number");
}

const noted = stored<Approved>("navi.approved", isApproved, 100);

/** Notes approvals that are being sent; `openMs` is how long all of them together were read. */
export function noteApproved(user: string, approvalIds: readonly string[], openMs: number, now: number): void {
  const fresh = approvalIds.map((approvalId) => ({ approvalId, at: now, openMs: openMs / approvalIds.length }));
  noted.keep(user, [...noted.of(user).filter(({ at }) => now - at < WINDOW_MS), ...fresh]);
}

/** `now` is server time, milliseconds. */
export function useBraking(user: string, now: number): Braking | null {
  const here = noted.use(user);
  const { data } = useApprovals();
  const all = useMemo(() => withVotes(here, data ?? [], user), [here, data, user]);
  return brake(all, now);
}
