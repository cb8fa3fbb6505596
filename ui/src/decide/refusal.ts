/** Why a decision did not count, in words that name who, when and what is new. Pure. */
import { explain } from "../api/problem";
import type { ApprovalView } from "../api/types";
import { t } from "./texts";
import { moreNeeded, termsOf, type Terms } from "./terms";

/** No answer came: it is not known whether the server has it. */
export const LOST = "lost";

export interface Refusal {
  code?: string | null | undefined;
  message?: string | null | undefined;
  /** Server time, milliseconds: when it was signed, and when the server refused it; null: not known. */
  madeAt: number;
  toldAt: number | null;
  /** What it was signed under, if that is known. */
  terms?: Terms | undefined;
}

function span(ms: number): string {
  const seconds = Math.max(1, Math.round(Math.abs(ms) / 1000));
  if (seconds < 60) return t("span_s", { n: seconds });
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? t("span_min", { n: minutes }) : t("span_h", { n: Math.round(minutes / 60) });
}

/** How an instant before the arrival lies to what is known of it: before the arrival, or before or after the signing. */
function against(at: number, { madeAt, toldAt }: Refusal): { when: "arrived" | "between" | "signed"; span: string } {
  if (toldAt !== null) return { when: "arrived", span: span(toldAt - at) };
  return { when: at > madeAt ? "between" : "signed", span: span(at - madeAt) };
}

function someoneFirst(view: ApprovalView, refusal: Refusal, user: string | null): string | null {
  const last = view.votes.at(-1);
  if (!last || view.ended_at == null || (view.status !== "approved" && view.status !== "rejected")) return null;
  const { when, span: gap } = against(view.ended_at / 1000, refusal);
  const did = t(view.status === "approved" ? "did_approve" : "did_reject");
  return t(`first_${when}`, { did, who: last.user === user ? t("by_you") : last.user, span: gap });
}

function tooLate(view: ApprovalView, refusal: Refusal): string {
  const { when, span: gap } = against(Math.min(view.expires_at, view.ended_at ?? view.expires_at) / 1000, refusal);
  return t(`late_${when}`, { span: gap });
}

function newTerms(view: ApprovalView, { terms }: Refusal): string | null {
  const more = terms ? moreNeeded(terms, termsOf(view)) : [];
  return more.length > 0 ? t("policy_more", { what: more.join(" ") }) : null;
}

/** A sentence for people; `view` is the request as it is now, if it is known. */
export function refusedWords(refusal: Refusal, view: ApprovalView | undefined, user: string | null): string {
  const code = refusal.code ?? "";
  if (code === LOST) return t("lost");
  return (view && exactly(code, refusal, view, user)) ?? explain(code, refusal.message);
}

function exactly(code: string, refusal: Refusal, view: ApprovalView, user: string | null): string | null {
  switch (code) {
    case "already_decided":
      return someoneFirst(view, refusal, user);
    case "expired":
      return tooLate(view, refusal);
    case "policy_changed":
      return newTerms(view, refusal);
    default:
      return null;
  }
}
