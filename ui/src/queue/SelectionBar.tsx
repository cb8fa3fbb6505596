/** What is selected, and what can be done with it; and what was put off last, with its way back. */
import { Button } from "@mui/material";
import { clockTime } from "../state/clock";
import type { Snoozing } from "../decide/useSnooze";
import styles from "./queue.module.css";
import { t } from "./texts";
import type { Marks } from "./useMarks";

interface Props {
  marks: Marks;
  onCompare: () => void;
  onReject: () => void;
  onSnooze: () => void;
}

export function SelectionBar({ marks, onCompare, onReject, onSnooze }: Props) {
  const count = marks.views.length;
  if (count === 0 && !marks.changed) return null;
  return (
    <div className={styles.selection} role="group" aria-label={t("selection")} data-testid="selection">
      {marks.changed && <p role="alert">{t("selected_changed")}</p>}
      <span role="status">{t("selected", { count })}</span>
      <span className={styles.doings}>
        {count > 0 && (
          <>
            <Button size="small" variant="outlined" onClick={onCompare} data-testid="select-compare">
              {t("select_compare")}
            </Button>
            <Button size="small" variant="outlined" color="error" onClick={onReject} data-testid="select-reject">
              {t("select_reject", { count })}
            </Button>
            <Button size="small" color="inherit" onClick={onSnooze}>
              {t("select_snooze")}
            </Button>
          </>
        )}
        <Button size="small" color="inherit" onClick={marks.clear}>
          {t("select_clear")}
        </Button>
      </span>
    </div>
  );
}

export function SnoozeTold({ snoozing }: { snoozing: Snoozing }) {
  const { last, failed } = snoozing;
  if (failed !== null) {
    return (
      <p className={styles.told} role="alert">
        {failed}{" "}
        <Button size="small" color="inherit" onClick={snoozing.forget}>
          {t("dismiss")}
        </Button>
      </p>
    );
  }
  if (!last) return null;
  return (
    <p className={styles.told} role="status" data-testid="snoozed-told">
      {t("snoozed_told", { count: last.ids.length, at: clockTime(last.until * 1000) })}{" "}
      <Button size="small" onClick={() => snoozing.wake(last.ids)} data-testid="wake">
        {t("undo")}
      </Button>
      <Button size="small" color="inherit" onClick={snoozing.forget}>
        {t("dismiss")}
      </Button>
    </p>
  );
}
