/** How a grant or a delegation stands at an instant. Pure. */
import type { GrantView } from "../api/types";
import type { components } from "../api/schema.gen";

export type DelegationView = components["schemas"]["DelegationView"];

export const GRANT_STANDINGS = ["live", "used_up", "expired", "revoked"] as const;
export type GrantStanding = (typeof GRANT_STANDINGS)[number];
export type DelegationStanding = "in_force" | "ahead" | "over" | "ended";

/** `now` in milliseconds of the server's clock. What the server says is live ends here when its time passes. */
export function standingOf(grant: GrantView, now: number): GrantStanding {
  if (grant.revoked_at != null) return "revoked";
  if (grant.uses >= grant.max_uses) return "used_up";
  return now > grant.expires_at / 1000 ? "expired" : "live";
}

export function delegationStanding(d: DelegationView, now: number): DelegationStanding {
  if (d.revoked_at != null) return "ended";
  if (now > d.ends_at / 1000) return "over";
  return now < d.starts_at / 1000 ? "ahead" : "in_force";
}

/** Live ones first, those that end soonest first; the rest newest first. */
export function inOrder(grants: GrantView[], now: number): GrantView[] {
  const live = (grant: GrantView) => standingOf(grant, now) === "live";
  return grants.toSorted((a, b) => {
    if (live(a) !== live(b)) return live(a) ? -1 : 1;
    return live(a) ? a.expires_at - b.expires_at : b.created_at - a.created_at;
  });
}

/** A local date and time (`YYYY-MM-DDTHH:MM`) in UTC microseconds. */
export function instantOf(local: string): number | null {
  const at = local === "" ? Number.NaN : new Date(local).getTime();
  return Number.isFinite(at) ? at * 1000 : null;
}

/** An instant in milliseconds as the field of a form has it. */
export function localOf(ms: number): string {
  const at = new Date(ms);
  return new Date(ms - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const MOST_DAYS = 90;

/** Why these dates cannot be: as the server checks them. */
export function wrongDates(starts: number | null, ends: number | null, now: number): "missing" | "order" | "past" | "long" | null {
  if (starts === null || ends === null) return "missing";
  if (ends <= starts) return "order";
  if (ends / 1000 <= now) return "past";
  return ends - starts > MOST_DAYS * 86_400_000_000 ? "long" : null;
}
