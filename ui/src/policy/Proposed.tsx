/** What a proposal would change: against what is in force now where that can be said, else in the server's words. */
import type { ReactNode } from "react";
import { ProposedRule } from "../allow/ProposedRule";
import { Changes } from "./Changes";
import type { PolicyRequest, ProposalView, Scope } from "./calls";
import { autonomyOf, differences, draftOf, type Draft } from "./draft";
import { linesOf } from "./lines";
import styles from "./policy.module.css";
import { TextDiff } from "./TextDiff";
import { t } from "./texts";
import { usePolicy, useText } from "./usePolicy";
import { inWords } from "../words/server";

export function Proposed({ proposal }: { proposal: ProposalView }) {
  const request = proposal.request as Record<string, unknown>;
  const ways = (
    <>
      <p>{t("looser_how")}</p>
      <ul>
        {proposal.looser.map((way) => (
          <li key={way} className={styles.way}>
            <span aria-hidden="true">▲ </span>
            {inWords(proposal.words, way)}
          </li>
        ))}
      </ul>
    </>
  );
  if (proposal.kind === "allow_rule") return <ProposedRule request={request} />;
  if (proposal.kind === "policy" && isPolicy(request)) return <OfPolicy user={request.user_id} request={request.policy} otherwise={ways} />;
  return (
    <>
      {ways}
      {(proposal.kind === "guardrails" || proposal.kind === "catalogue") && isText(request) && (
        <OfText kind={proposal.kind} text={request.text.text} />
      )}
    </>
  );
}

const isPolicy = (request: Record<string, unknown>): request is { user_id: string; policy: PolicyRequest } =>
  typeof request["user_id"] === "string" && typeof request["policy"] === "object" && request["policy"] !== null;

const isText = (request: Record<string, unknown>): request is { text: { text: string } } =>
  typeof request["text"] === "object" && request["text"] !== null && "text" in request["text"];

function draftOfRequest(request: PolicyRequest, now: Draft): Draft {
  const lanes: Draft["lanes"] = {};
  for (const entry of request.auto_allowed_actions ?? []) lanes[entry] = "auto";
  for (const entry of request.require_approval_for ?? []) lanes[entry] = "ask";
  for (const entry of request.blocked_actions ?? []) lanes[entry] = "block";
  const threshold = request.max_risk_threshold == null ? now.threshold : Math.round(request.max_risk_threshold * 1000);
  return { level: autonomyOf(request.level), threshold, lanes };
}

function OfPolicy({ user, request, otherwise }: { user: string; request: PolicyRequest; otherwise: ReactNode }) {
  const scope: Scope = { user, repo: request.repo ?? null };
  const now = usePolicy(scope).data;
  // Lists that are left out follow the level, which only the server completes.
  const whole = request.auto_allowed_actions && request.require_approval_for && request.blocked_actions;
  if (!now || !whole) return otherwise;
  const base = draftOf(now);
  return <Changes lines={linesOf(differences(base, draftOfRequest(request, base)))} label={t("what_changes")} />;
}

function OfText({ kind, text }: { kind: "guardrails" | "catalogue"; text: string }) {
  const now = useText(kind).data;
  return now ? <TextDiff before={now.text} after={text} /> : null;
}
