/** A heading over rows that belong together. Plain elements only: it is a row of a virtual list. */
import { levelOf, LEVELS, rank, type ApprovalView } from "../api/types";
import { LevelMark } from "../shell/LevelMark";
import { VisibleText } from "../text/VisibleText";
import { Say } from "../words/Say";
import type { Group, Grouping } from "./group";
import styles from "./queue.module.css";
import { t } from "./texts";

export const HEADING_HEIGHT = 38;

interface Props {
  group: Group;
  grouping: Grouping;
  closed: boolean;
  onFold: (key: string) => void;
  onCompare: (key: string) => void;
}

export function GroupRow({ group, grouping, closed, onFold, onCompare }: Props) {
  const [first] = group.views;
  if (!first) return null;
  const count = group.views.length;
  const name = nameOf(first, grouping);
  const gravest = group.views.reduce((most, view) => Math.max(most, rank(levelOf(view.level))), 0);
  return (
    <div role="listitem" className={styles.heading} data-testid="group" data-count={count}>
      <button type="button" className={styles.fold} aria-expanded={!closed} aria-label={t("group_fold", { name })} onClick={() => onFold(group.key)}>
        {closed ? "▸" : "▾"}
      </button>
      <LevelMark level={LEVELS[gravest] ?? "critical"} words={false} />
      <span className={styles.named}>
        <Name view={first} grouping={grouping} />
      </span>
      <span className={styles.many}>{grouping === "similar" ? t("group_alike", { count }) : t("group_count", { count })}</span>
      <button
        type="button"
        className={styles.plain}
        data-testid="compare"
        aria-label={t("group_compares", { count, name })}
        onClick={() => onCompare(group.key)}
      >
        {t("group_compare")}
      </button>
    </div>
  );
}

function target({ material }: ApprovalView): string {
  const { repo, environment } = (typeof material === "object" && material !== null ? material : {}) as Record<string, unknown>;
  const named = typeof repo === "string" ? repo : t("group_no_target");
  return typeof environment === "string" ? t("at_environment", { repo: named, environment }) : named;
}

function nameOf(view: ApprovalView, grouping: Grouping): string {
  if (grouping === "target") return target(view);
  const { agent, requester } = view;
  return agent ? t("who").replace("<agent/>", () => agent).replace("<person/>", () => requester) : requester;
}

function Name({ view, grouping }: { view: ApprovalView; grouping: Grouping }) {
  if (grouping === "target") return <VisibleText text={target(view)} />;
  const person = <VisibleText text={view.requester} />;
  return view.agent ? <Say text={t("who")} parts={{ agent: <VisibleText text={view.agent} />, person }} /> : person;
}
