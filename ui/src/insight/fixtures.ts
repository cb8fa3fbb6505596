/** A period in figures, for tests. */
import { NOW } from "../test/fixtures";
import type { Insights } from "./useInsights";

const DAY = 86_400_000_000;
const FIRST = Math.floor(NOW / DAY) * DAY - 2 * DAY;

export function insights(more: Partial<Insights> = {}): Insights {
  const waits = { count: 8, median_ms: 90_000, p95_ms: 600_000 };
  return {
    agents: [{ agent: "nova", asked: 40, approved: 9, rejected: 3, expired: 2, blocked: 2, prompted: 12, rejection_rate: 250 }],
    approvers: [{ user: "bob", approves: 12, rejects: 3, delegated: 0, own_requests: 0, rubber_stamp: 500, time_to_approve: waits }],
    as_of: "e:40",
    auto_share: 650,
    blockers: [{ fact: "touches_auth", blocked: 2, prompts: 9 }],
    by_level: { low: { AUTO: 26, APPROVAL: 8 }, high: { APPROVAL: 4, BLOCKED: 2 } },
    coverage: { started: 20, finished: 18, unknown: 2, known_share: 900 },
    days_per_step: 1,
    decisions: 40,
    entries: 200,
    executions: { AUTO: { succeeded: 18, unknown: 2 } },
    expired_unanswered: 2,
    from: FIRST,
    to: FIRST + 3 * DAY - 1,
    outcomes: { low: { asked: 8, approved: 6, rejected: 1, expired: 1 }, high: { asked: 4, approved: 3, rejected: 2, expired: 1 } },
    over_time: [
      { at: FIRST, decisions: 20, by_level: { low: 20 }, by_verdict: { AUTO: 16, APPROVAL: 4 }, mean_score: 200, p95_score: 300 },
      { at: FIRST + 2 * DAY, decisions: 20, by_level: { low: 14, high: 6 }, by_verdict: { AUTO: 10, APPROVAL: 8, BLOCKED: 2 }, mean_score: 400, p95_score: 900 },
    ],
    refused_votes: {},
    rolled_back_after_approval: 0,
    server_time: NOW,
    surfaces: { window: { approve: 12 } },
    time_to_decide: waits,
    time_to_decide_by_level: {},
    time_to_decide_spread: [[4_000, 2], [90_000, 5], [600_000, 1]],
    top_rules: [{ rule: "above_threshold", prompts: 14, blocked: 0 }],
    waiting_now: 3,
    ...more,
  };
}

/** A period in which nothing happened. */
export function nothing(): Partial<Insights> {
  const none = { count: 0 };
  return {
    agents: [],
    approvers: [],
    auto_share: null,
    blockers: [],
    by_level: {},
    coverage: { started: 0, finished: 0, unknown: 0 },
    decisions: 0,
    entries: 0,
    executions: {},
    expired_unanswered: 0,
    outcomes: {},
    over_time: [],
    surfaces: {},
    time_to_decide: none,
    time_to_decide_spread: [],
    top_rules: [],
    waiting_now: 0,
  };
}
