/** Whose policy and guardrails asked: author, version, and what they say. */
import { score } from "../shell/words";
import type { ApprovalView } from "../api/types";
import { fullTime } from "../state/clock";
import { VisibleText } from "../text/VisibleText";
import { Say } from "../words/Say";
import { useBackground, type Background } from "./background";
import styles from "./detail.module.css";
import { t } from "./texts.run";

type Policy = NonNullable<Background["policy"]>;
type Guardrail = NonNullable<Background["guardrails"]>[number];

/** Rows of the list about the policy. */
export function PolicyRows({ view }: { view: ApprovalView }) {
  const { online, found } = useBackground(view);
  const policy = found.data?.policy;
  return (
    <>
      <div>
        <dt>{t("author")}</dt>
        <dd data-testid="policy-author">
          {policy ? <Author policy={policy} /> : found.data ? t("author_hidden") : online ? "…" : t("author_offline")}
        </dd>
      </div>
      {policy && (
        <div>
          <dt>{t("policy_says")}</dt>
          <dd data-testid="policy-says">
            <Says policy={policy} />
          </dd>
        </div>
      )}
    </>
  );
}

function Author({ policy }: { policy: Policy }) {
  const { saved_by: by, proposed_by: other, saved_at: at, reason, version, newest } = policy;
  if (version === 0) return t("author_nobody");
  if (by == null || at == null) return t("author_lost");
  return (
    <>
      <Say
        text={t(other == null ? "author_saved" : "author_both", { at: fullTime(at) })}
        parts={{ who: <VisibleText text={by} />, other: <VisibleText text={other ?? ""} /> }}
      />{" "}
      {reason !== undefined && reason !== "" && <Say text={t("author_reason")} parts={{ reason: <VisibleText text={reason} /> }} />}{" "}
      {newest > version && t("newer", { newest })}
    </>
  );
}

const LEVELS = ["minimal", "standard", "elevated", "full"] as const;

function Says({ policy }: { policy: Policy }) {
  const level = LEVELS.find((one) => one === policy.level);
  const types = policy.require_approval_for;
  return (
    <>
      {t("policy_level", { level: level ? t(`level_${level}`) : policy.level, threshold: score(policy.max_risk_threshold) })}
      {types.length > 0 && (
        <>
          {"; "}
          <Say text={t("policy_asks")} parts={{ types: <code><VisibleText text={types.join(", ")} /></code> }} />
        </>
      )}
      {". "}
      {policy.matched != null && <Say text={t("policy_matched")} parts={{ entry: <code><VisibleText text={policy.matched} /></code> }} />}
    </>
  );
}

/** The texts of the guardrails that asked, each behind its name. */
export function GuardrailTexts({ view }: { view: ApprovalView }) {
  const { found } = useBackground(view);
  const guardrails = found.data?.guardrails ?? [];
  return guardrails.map((guardrail) => (
    <details key={guardrail.id} data-testid="guardrail-text">
      <summary>
        <Say text={t("guardrail_text")} parts={{ id: <code>{guardrail.id}</code> }} />
      </summary>
      <Text guardrail={guardrail} />
    </details>
  ));
}

function Text({ guardrail }: { guardrail: Guardrail }) {
  const { text, version, saved_by: by, saved_at: at } = guardrail;
  return (
    <>
      {text == null ? (
        <p className={styles.note}>{t("guardrail_gone")}</p>
      ) : (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <pre className={styles.cedar} tabIndex={0} role="region" aria-label={guardrail.id}>
          <VisibleText text={text} />
        </pre>
      )}
      <p className={styles.note}>
        {guardrail.shipped && t("guardrail_shipped")}
        {version != null && by != null && at != null && (
          <Say text={t("guardrail_by", { version, at: fullTime(at) })} parts={{ who: <VisibleText text={by} /> }} />
        )}{" "}
        {guardrail.changed_since && t("guardrail_changed")}
      </p>
    </>
  );
}
