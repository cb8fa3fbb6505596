/** New requests that are held back while the list must not move. */
import { Button } from "@mui/material";
import type { ApprovalView } from "../api/types";
import styles from "./queue.module.css";
import { t } from "./texts";

/** `2 new (1 high)`. */
export function freshWords(fresh: (ApprovalView | undefined)[]): string {
  const grave = fresh.filter((view) => view?.level === "high" || view?.level === "critical").length;
  const said = t("fresh", { count: fresh.length });
  return grave > 0 ? t("fresh_grave", { fresh: said, grave }) : said;
}

export function Pill({ held, onAdmit }: { held: (ApprovalView | undefined)[]; onAdmit: () => void }) {
  return (
    <div className={styles.pill}>
      <Button size="small" variant="outlined" onClick={onAdmit} data-testid="new-requests">
        {t("fresh_show", { fresh: freshWords(held) })}
      </Button>
    </div>
  );
}
