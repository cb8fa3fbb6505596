/** The states every screen shares: failed to load, and loading. */
import { Alert, Button, Skeleton } from "@mui/material";
import { useEffect, useState } from "react";
import { asApiError, explain } from "../api/problem";
import { copy } from "./copy";
import styles from "./shell.module.css";
import { t } from "./texts";

export function Failure({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const problem = asApiError(error);
  const text = `${problem.code}${problem.requestId ? ` · ${t("request", { id: problem.requestId })}` : ""}`;
  return (
    <Alert
      severity="error"
      variant="outlined"
      className={styles.failure}
      action={
        <>
          <Button size="small" color="inherit" data-testid="copy-failure" onClick={() => void copy(`${text}\n${problem.message}`)}>
            {t("copy_details")}
          </Button>
          <Button size="small" color="inherit" onClick={onRetry}>
            {t("retry")}
          </Button>
        </>
      }
    >
      {explain(problem.code, problem.message)}
      <span className={styles.code}>{text}</span>
    </Alert>
  );
}

/** Skeleton rows, only once loading takes long enough to be noticed. */
export function Waiting({ rows }: { rows: number }) {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), 150);
    return () => clearTimeout(timer);
  }, []);
  if (!shown) return null;
  return (
    <div role="progressbar" aria-label={t("loading")} className={styles.waiting}>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} variant="rounded" height={46} animation={false} />
      ))}
    </div>
  );
}
