/** Recorded decisions that would come out otherwise: what people rejected first, then by risk. */
import { levelOf } from "../api/types";
import { LevelMark } from "../shell/LevelMark";
import { score } from "../shell/words";
import { fullTime } from "../state/clock";
import { VisibleText } from "../text/VisibleText";
import type { PreviewExample } from "./calls";
import styles from "./policy.module.css";
import { t } from "./texts";

const riskiestFirst = (a: PreviewExample, b: PreviewExample) =>
  Number(b.people === "rejected") - Number(a.people === "rejected") || b.risk_score - a.risk_score;

const MOST = 8;

export function Examples({ title, items, total, looser }: { title: string; items: PreviewExample[]; total: number; looser?: boolean }) {
  if (items.length === 0) return null;
  const shown = items.toSorted(riskiestFirst).slice(0, MOST);
  return (
    <details className={styles.examples} open={looser === true}>
      <summary>
        {title} ({total})
      </summary>
      <ul>
        {shown.map((example) => (
          <li key={example.action_id} data-rejected={example.people === "rejected"}>
            <LevelMark level={levelOf(example.level)} />{" "}
            <a href={`#/record?q=${encodeURIComponent(example.action_id)}`}>
              <VisibleText text={example.action_type} />
            </a>{" "}
            {score(example.risk_score)} · <VisibleText text={example.repo == null ? example.user : `${example.user}, ${example.repo}`} /> ·{" "}
            {fullTime(example.created_at)}
            {example.people === "rejected" && <b className={styles.bad}> {t("people_rejected")}</b>}
            {example.people === "approved" && <span className={styles.quiet}> {t("people_approved")}</span>}
          </li>
        ))}
      </ul>
      {total > shown.length && <p className={styles.quiet}>{t("more_examples", { count: total - shown.length })}</p>}
    </details>
  );
}
