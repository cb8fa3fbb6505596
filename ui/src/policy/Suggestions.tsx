/** What people always approved: advice only. Taking one fills a draft, which is reviewed and saved like any other. */
import { Button } from "@mui/material";
import { Waiting } from "../shell/Failure";
import { factWords } from "../shell/words";
import { fullTime } from "../state/clock";
import { goToSheet } from "../state/route";
import { VisibleText } from "../text/VisibleText";
import { Changes } from "./Changes";
import type { PolicyView, Scope, SuggestionView } from "./calls";
import { autonomyOf, differences, draftOf, type Draft } from "./draft";
import { useKeptDraft } from "./kept";
import { linesOf } from "./lines";
import styles from "./policy.module.css";
import { NotRead } from "./ReadOnly";
import { scopeKey, scopeWords, writeScope } from "./scope";
import { t } from "./texts";
import { DRAFTS, type Kept } from "./useDraft";
import { usePolicy, useSuggestions, type Access } from "./usePolicy";

export function Suggestions({ access }: { access: Access }) {
  const found = useSuggestions();
  return (
    <div className={styles.page}>
      <h2>{t("sheet_suggestions")}</h2>
      <p className={styles.meaning}>{t("suggestions_what")}</p>
      {found.isPending && <Waiting rows={3} />}
      {found.isError && <NotRead error={found.error} onRetry={() => void found.refetch()} />}
      {found.data?.length === 0 && <p className={styles.quiet}>{t("suggestions_empty")}</p>}
      <ul className={styles.cards}>
        {found.data?.map((suggestion) => (
          <li key={`${suggestion.user_id} ${suggestion.draft.repo ?? ""} ${suggestion.action_type} ${suggestion.rule}`}>
            <Card suggestion={suggestion} access={access} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function suggested({ draft }: SuggestionView): Draft {
  const lanes: Draft["lanes"] = {};
  for (const entry of draft.auto_allowed_actions ?? []) lanes[entry] = "auto";
  for (const entry of draft.require_approval_for ?? []) lanes[entry] = "ask";
  for (const entry of draft.blocked_actions ?? []) lanes[entry] = "block";
  return { level: autonomyOf(draft.level), threshold: Math.round((draft.max_risk_threshold ?? 0) * 1000), lanes };
}

const isAny = (value: unknown): value is Kept => value !== null;

function Card({ suggestion, access }: { suggestion: SuggestionView; access: Access }) {
  const scope: Scope = { user: suggestion.user_id, repo: suggestion.draft.repo ?? null };
  const now = usePolicy(scope).data;
  const [kept, keep] = useKeptDraft(`${DRAFTS}${scopeKey(scope)}`, isAny);
  const take = (view: PolicyView) => {
    const base = draftOf(view);
    const reason = t("suggested_reason", { count: suggestion.approved, type: suggestion.action_type });
    keep({ base, version: view.version, draft: suggested(suggestion), reason });
    goToSheet("policy", "", writeScope(scope));
  };
  return (
    <article className={styles.card} aria-label={`${suggestion.action_type}, ${scopeWords(scope)}`}>
      <h3>
        <VisibleText text={suggestion.action_type} /> · {scopeWords(scope)}
      </h3>
      <p>{t("suggested", { count: suggestion.approved, at: fullTime(suggestion.newest_at) })}</p>
      <p className={styles.quiet}>
        {suggestion.facts.length > 0 ? t("suggested_facts", { facts: suggestion.facts.map(factWords).join(", ") }) : t("suggested_no_facts")}{" "}
        {t("would_auto", { count: suggestion.replay.newly_auto })} {t("suggested_whole")}
      </p>
      {now && <Changes lines={linesOf(differences(draftOf(now), suggested(suggestion)))} label={t("what_changes")} />}
      {kept !== null && <p className={styles.warn}>⚠ {t("suggested_draft")}</p>}
      <div className={styles.actions}>
        <Button variant="outlined" disabled={!access.edits || !now || kept !== null} onClick={() => now && take(now)}>
          {t("take_suggestion")}
        </Button>
      </div>
    </article>
  );
}
