/** What a bypass is about: what it covers, for which incident and reason, who asked, and for how long. */
import type { BypassView } from "../api/types";
import { fullTime } from "../state/clock";
import { VisibleText } from "../text/VisibleText";
import styles from "./emergency.module.css";
import { coverWords, t } from "./texts.bypass";

export function BypassHead({ view }: { view: BypassView }) {
  return (
    <div className={styles.main}>
      <h2 className={styles.what}>
        <VisibleText text={coverWords(view)} />
      </h2>
      <p className={styles.meta}>
        <VisibleText text={view.incident} />
        <span>{t("minutes", { n: view.minutes })}</span>
        <VisibleText ours text={t("by", { user: view.by, at: fullTime(view.asked_at) })} />
        {view.envelope_id != null && <span>{t("from_envelope")}</span>}
      </p>
      <p className={styles.reason}>
        <VisibleText text={view.reason} />
      </p>
    </div>
  );
}
