/** What became of each of several decisions. */
import { Button } from "@mui/material";
import { VisibleText } from "../../text/VisibleText";
import { t } from "../texts";
import styles from "./bulk.module.css";
import type { BulkRun, Done } from "./useBulk";

export function Results({ run, onOpen }: { run: BulkRun; onOpen: (id: string) => void }) {
  const { running } = run;
  if (!running) return null;
  const { each, busy, verdict } = running;
  const settled = each.filter(({ result }) => result !== "waiting" && result !== "sending").length;
  const count = each.filter(({ result }) => result === "recorded" || result === "queued").length;
  const of = each.length;
  return (
    <section className={styles.results} data-testid="results" data-busy={busy} aria-label={t("bulk_results")}>
      <p role="status">
        <b>{busy ? t("bulk_running", { done: settled, of }) : t(verdict === "approve" ? "bulk_done_approve" : "bulk_done_reject", { count, of })}</b>{" "}
        {busy ? (
          <Button size="small" onClick={run.stop}>
            {t("bulk_stop")}
          </Button>
        ) : (
          <Button size="small" onClick={run.forget} data-testid="forget-results">
            {t("dismiss")}
          </Button>
        )}
      </p>
      <ul>
        {each.map((done) => (
          <li key={done.view.id} data-result={done.result} data-testid="result">
            <button type="button" className={styles.link} onClick={() => onOpen(done.view.id)}>
              <VisibleText text={done.view.title} />
            </button>
            <span>{resultWords(done)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function resultWords({ result, ledgerIndex, why }: Done): string {
  if (result === "recorded" && ledgerIndex != null) return t("result_recorded_at", { index: ledgerIndex });
  return result === "refused" ? t("result_refused", { why: why ?? "" }) : t(`result_${result}`);
}
