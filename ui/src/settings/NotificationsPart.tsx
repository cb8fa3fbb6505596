/** What is told on this desktop, how loudly, and when not. Nothing changes before it is saved. */
import { Alert, Button } from "@mui/material";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { explain, type ApiError } from "../api/problem";
import type { NotifyPreferences } from "../api/types";
import { Failure, Waiting } from "../shell/Failure";
import { Contents } from "./Contents";
import { LevelRules } from "./LevelRules";
import { notifyFaults } from "./notify";
import { QuietHours } from "./QuietHours";
import styles from "./settings.module.css";
import { TestNotification } from "./TestNotification";
import { t } from "./texts";
import { useMachine } from "./useSettings";

const KEY = ["settings", "notify"] as const;

export function NotificationsPart() {
  const machine = useMachine();
  const kept = useQuery<NotifyPreferences, ApiError>({ queryKey: KEY, queryFn: () => machine.notifyPreferences() });
  return (
    <>
      {kept.isPending && <Waiting rows={4} />}
      {kept.isError && <Failure error={kept.error} onRetry={() => void kept.refetch()} />}
      {kept.isSuccess && <Form kept={kept.data} />}
      <TestNotification />
    </>
  );
}

function Form({ kept }: { kept: NotifyPreferences }) {
  const machine = useMachine();
  const cache = useQueryClient();
  const [draft, setDraft] = useState<NotifyPreferences | null>(null);
  const save = useMutation<NotifyPreferences, ApiError, NotifyPreferences>({
    mutationFn: (wanted) => machine.keepNotifyPreferences(wanted),
    onSuccess: (now) => {
      cache.setQueryData(KEY, now);
      setDraft(null);
    },
  });
  const shown = draft ?? kept;
  const faults = notifyFaults(shown);
  const bad = Object.keys(faults).length > 0;
  const change = (next: NotifyPreferences) => {
    save.reset();
    setDraft(next);
  };
  return (
    <form
      noValidate
      aria-label={t("notifications")}
      onSubmit={(event) => {
        event.preventDefault();
        if (!bad) save.mutate(shown);
      }}
    >
      <LevelRules shown={shown} fault={faults.digest === true} onChange={change} />
      <QuietHours shown={shown} faults={faults} onChange={change} />
      <Contents shown={shown} onChange={change} />
      {save.isError && <Alert severity="error">{explain(save.error.code, save.error.message)}</Alert>}
      <div className={styles.row}>
        <p role="status" className={styles.hint}>
          {save.isSuccess && t("saved")}
        </p>
        <Button type="submit" variant="contained" disabled={draft === null || bad || save.isPending} data-testid="save-notifications">
          {t("save")}
        </Button>
      </div>
    </form>
  );
}
