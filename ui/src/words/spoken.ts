/**
 * A request with the server's sentences in the reader's language. What is signed and compared (material, digest, evidence) stays;
 * so does what agents and people wrote.
 */
import type { ApprovalView } from "../api/types";
import { inWords, titleIn } from "./server";
import { language, type Language } from "./words";

const known = new WeakMap<ApprovalView, ApprovalView>();

function german(view: ApprovalView): ApprovalView {
  const before = known.get(view);
  if (before) return before;
  const say = (text: string) => inWords(view.words, text);
  const { guardrails, advice, reach, way_back: way } = view;
  const placed = <T extends { from: string }>(parts: T[] | undefined) => parts?.map((part) => ({ ...part, from: say(part.from) }));
  const spoken: ApprovalView = {
    ...view,
    title: titleIn(view.words, view.title),
    reasons: view.reasons.map(say),
    policy: say(view.policy),
    factors: view.factors.map((factor) => ({
      ...factor,
      reason: say(factor.reason),
      ...(factor.counterfactual != null && { counterfactual: say(factor.counterfactual) }),
    })),
    ...(guardrails && {
      guardrails: guardrails.map((one) => ({ ...one, reason: say(one.reason), ...(one.instead != null && { instead: say(one.instead) }) })),
    }),
    ...(advice && { advice: { ...advice, reasons: advice.reasons.map(say) } }),
    ...(way && { way_back: { ...way, ...(way.why != null && { why: say(way.why) }), undoes: way.undoes?.map(say), leaves: way.leaves?.map(say), evidence: way.evidence?.map(say) } }),
    ...(reach && { reach: { ...reach, http: placed(reach.http), outside: placed(reach.outside), sql: placed(reach.sql), touched: placed(reach.touched) } }),
  };
  known.set(view, spoken);
  return spoken;
}

/** One a language, so that another language reads what is kept anew. The same request gives the same object. */
const ONE: Record<Language, (view: ApprovalView) => ApprovalView> = { en: (view) => view, de: german };
const ALL: Record<Language, (views: ApprovalView[]) => ApprovalView[]> = { en: (views) => views, de: (views) => views.map(german) };

export const spoken = () => ONE[language()];
export const allSpoken = () => ALL[language()];
