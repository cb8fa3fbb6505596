/** A notification about nothing: did you see it, did its button work? */
import { Alert, Button } from "@mui/material";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { explain, type ApiError } from "../api/problem";
import type { TestNotification as Came } from "../api/transport";
import styles from "./settings.module.css";
import { t } from "./texts";
import { useMachine } from "./useSettings";

export function TestNotification() {
  const machine = useMachine();
  const [seen, setSeen] = useState<boolean | null>(null);
  const test = useMutation<Came, ApiError>({ mutationFn: () => machine.testNotification() });
  const worked = test.data?.pressed === "review";
  return (
    <div className={styles.group}>
      <div className={styles.row}>
        <p className={styles.hint}>{t("test_hint")}</p>
        <Button
          variant="outlined"
          disabled={test.isPending}
          onClick={() => {
            setSeen(null);
            test.mutate();
          }}
          data-testid="test-notification"
        >
          {t(test.isPending ? "test_waiting" : "test")}
        </Button>
      </div>
      <div role="status" className={styles.told} data-testid="test-result">
        {worked && <Alert severity="success">{t("test_worked")}</Alert>}
        {test.data && !test.data.shown && <Alert severity="error">{t("test_not_shown")}</Alert>}
        {test.data?.shown === true && !worked && seen === null && t("test_seen")}
        {seen === true && <Alert severity="warning">{t("test_no_button")}</Alert>}
        {seen === false && <Alert severity="warning">{t("test_not_seen")}</Alert>}
      </div>
      {test.data?.shown === true && !worked && seen === null && (
        <div className={styles.acts}>
          <Button variant="outlined" onClick={() => setSeen(true)}>
            {t("yes")}
          </Button>
          <Button variant="outlined" onClick={() => setSeen(false)}>
            {t("no")}
          </Button>
        </div>
      )}
      {test.isError && <Alert severity="error">{explain(test.error.code, test.error.message)}</Alert>}
    </div>
  );
}
