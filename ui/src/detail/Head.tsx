/** One line in our words before anything else, then the time that is left and what happens at its end. */
import { levelOf, type ApprovalView } from "../api/types";
import { LevelMark } from "../shell/LevelMark";
import { clockTime, fullTime, leftOf, timeLeft, urgency } from "../state/clock";
import { goTo } from "../state/route";
import { HiddenWarning, VisibleText } from "../text/VisibleText";
import { Say } from "../words/Say";
import styles from "./detail.module.css";
import type { Material } from "./material";
import { Who } from "./People";
import { wayBack } from "./rollback";
import { t } from "./texts";

interface Props {
  view: ApprovalView;
  material: Partial<Material>;
  /** Server time, milliseconds. */
  now: number;
}

export function Head({ view, material, now }: Props) {
  const left = leftOf(view, now);
  const back = wayBack(view, material);
  return (
    <header className={styles.head}>
      <button type="button" className={styles.back} onClick={() => goTo(null)}>
        {t("back")}
      </button>
      <HiddenWarning text={view.title} />
      <h2>
        <VisibleText text={view.title} />
      </h2>
      <p className={styles.wants} data-testid="one-line">
        <Say text={t("wants")} parts={{ who: <Who view={view} />, place: <Place material={material} /> }} />{" "}
        <b data-state={back.state}>{t(back.state === "verified" && back.by === "gate" ? "way_claimed" : WAY[back.state])}</b>
      </p>
      <p className={styles.over}>
        <LevelMark level={levelOf(view.level)} />
        <span>{t("asked", { at: clockTime(view.created_at) })}</span>
      </p>
      {view.status === "pending" && (
        <p className={styles.deadline} data-urgency={urgency(left)}>
          <time title={view.paused_since ? undefined : fullTime(view.expires_at)}>
            {left > 0 ? t("left", { left: timeLeft(left) }) : t("time_up")}
          </time>
          {view.paused_since ? t("frozen", { at: clockTime(view.paused_since) }) : t("expires", { at: clockTime(view.expires_at) })}
        </p>
      )}
    </header>
  );
}

const WAY = { impossible: "way_none", unverified: "way_unverified", verified: "way_verified" } as const;

function Place({ material: { repo, environment } }: { material: Partial<Material> }) {
  const parts = { repo: <VisibleText text={repo ?? ""} />, place: <VisibleText text={environment ?? ""} /> };
  const values = { repo: "<repo/>", place: "<place/>" };
  if (repo !== undefined && environment !== undefined) return <Say text={t("wants_repo_place", values)} parts={parts} />;
  if (repo !== undefined) return <Say text={t("wants_repo", values)} parts={parts} />;
  return environment === undefined ? null : <Say text={t("wants_place", values)} parts={parts} />;
}
