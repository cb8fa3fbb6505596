/** Open reviews with what ran, to be cleared by somebody else than the two of the beginning; and what is over. */
import { Alert, Button, TextField } from "@mui/material";
import { useState } from "react";
import { asApiError, explain } from "../api/problem";
import type { BypassView, ConsoleState } from "../api/types";
import { NotRead } from "../grants/NotRead";
import { Waiting } from "../shell/Failure";
import { fullTime } from "../state/clock";
import { useNow } from "../state/console";
import { VisibleText } from "../text/VisibleText";
import { reviews } from "./bypass";
import { BypassHead } from "./BypassHead";
import styles from "./emergency.module.css";
import { Runs } from "./Runs";
import { coverWords, t } from "./texts.bypass";
import { useBypasses, useStep } from "./useBypass";

export function Reviews({ state }: { state: ConsoleState }) {
  const list = useBypasses();
  const now = useNow(1000);
  const [told, setTold] = useState("");
  if (list.isPending) return <Waiting rows={3} />;
  if (list.isError) return <NotRead error={list.error} onRetry={() => void list.refetch()} />;
  const open = reviews(list.data, now);
  return (
    <>
      <p className={styles.hint}>{t("review_intro")}</p>
      <div role="status" className={styles.told} data-testid="review-told">
        {told !== "" && (
          <Alert severity="success" onClose={() => setTold("")}>
            {told}
          </Alert>
        )}
      </div>
      {open.length === 0 && <p className={styles.empty}>{t("no_reviews")}</p>}
      {open.map((view) => (
        <Review key={view.id} view={view} online={state.online} now={now} onTold={setTold} />
      ))}
      {list.data.closed.length > 0 && (
        <section className={styles.section} aria-label={t("closed")}>
          <h2 className={styles.head}>{t("closed")}</h2>
          <ul className={styles.list}>
            {list.data.closed.map((view) => (
              <Closed key={view.id} view={view} />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

interface Props {
  view: BypassView;
  online: boolean;
  now: number;
  onTold: (words: string) => void;
}

function Review({ view, online, now, onTold }: Props) {
  const due = view.review_due_at;
  const late = view.overdue || (due != null && now >= due / 1000);
  const ended = view.ended_at ?? view.ends_at ?? view.asked_at;
  return (
    <article className={styles.review} data-late={late} aria-label={`${t("review")}: ${coverWords(view)}`} data-testid="review">
      <BypassHead view={view} />
      <p className={styles.meta}>
        <VisibleText text={view.ended_by == null ? t("ended_time", { at: fullTime(ended) }) : t("ended_by", { user: view.ended_by, at: fullTime(ended) })} />
        <VisibleText text={view.with == null ? t("alone") : t("with", { user: view.with })} />
        {due != null && <b data-testid="review-due">{t(late ? "overdue" : "due", { at: fullTime(due) })}</b>}
      </p>
      <Runs id={view.id} />
      {view.you.review ? <Clear view={view} online={online} onTold={onTold} /> : <p className={styles.hint}>{t("not_you")}</p>}
    </article>
  );
}

function Clear({ view, online, onTold }: { view: BypassView; online: boolean; onTold: (words: string) => void }) {
  const [finding, setFinding] = useState("");
  const clear = useStep(() => onTold(t("cleared")));
  const problem = clear.error === null ? null : asApiError(clear.error);
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (finding.trim() !== "") clear.mutate({ step: { step: "review", id: view.id, finding: finding.trim() } });
      }}
    >
      <TextField
        label={t("finding")}
        helperText={t("finding_hint")}
        multiline
        minRows={2}
        value={finding}
        onChange={(event) => setFinding(event.target.value)}
        slotProps={{ htmlInput: { maxLength: 2000, "data-testid": "finding" } }}
      />
      {problem && <Alert severity="error">{explain(problem.code, problem.message)}</Alert>}
      <div className={styles.acts}>
        <Button type="submit" variant="contained" disabled={!online || finding.trim() === "" || clear.isPending} data-testid="clear-review">
          {t("clear")}
        </Button>
      </div>
    </form>
  );
}

function Closed({ view }: { view: BypassView }) {
  const reviewed = view.reviewed_by != null;
  return (
    <li className={styles.closed} data-testid="closed-bypass">
      <VisibleText ours text={`${coverWords(view)} – ${view.incident} – ${view.by}`} />
      <span className={styles.hint}>
        <VisibleText text={reviewed ? `${t("reviewed_by", { user: view.reviewed_by ?? "", at: fullTime(view.reviewed_at ?? 0) })}: ${view.finding ?? ""}` : t("lapsed")} />
      </span>
    </li>
  );
}
