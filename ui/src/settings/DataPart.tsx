/** What of the server's record lies on this machine, how much room it takes, and getting rid of it. */
import { Button } from "@mui/material";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ApiError } from "../api/problem";
import type { CopyStatus, RecordStatus } from "../api/types";
import { windowWords, WindowDialog } from "../record/WindowDialog";
import { Failure, Waiting } from "../shell/Failure";
import { useConsoleState, useParts } from "../state/console";
import { language } from "../words/words";
import styles from "./settings.module.css";
import { t } from "./texts";
import { useMachine } from "./useSettings";
import { WipeDialog } from "./WipeDialog";

export function DataPart() {
  const machine = useMachine();
  const { record } = useParts().client.transport;
  const state = useConsoleState();
  const copy = useQuery<CopyStatus, ApiError>({ queryKey: ["state", "copy"], queryFn: () => machine.copy() });
  const kept = useQuery<RecordStatus | null, ApiError>({
    queryKey: ["state", "window"],
    queryFn: async () => (await record?.status()) ?? null,
  });
  const [open, setOpen] = useState<"window" | "wipe" | null>(null);
  if (copy.isPending || kept.isPending) return <Waiting rows={3} />;
  return (
    <>
      <div className={styles.group}>
        <h2>{t("copy")}</h2>
        <p className={styles.hint}>{t("copy_hint")}</p>
        {copy.isError ? (
          <Failure error={copy.error} onRetry={() => void copy.refetch()} />
        ) : (
          <dl className={styles.facts}>
            <dt>{t("size")}</dt>
            <dd data-testid="copy-size">{size(copy.data.bytes)}</dd>
            <dt>{t("folder")}</dt>
            <dd>{copy.data.folder}</dd>
            {copy.data.set_aside > 0 && (
              <>
                <dt>{t("set_aside")}</dt>
                <dd>{copy.data.set_aside}</dd>
              </>
            )}
          </dl>
        )}
      </div>
      <div className={styles.group}>
        <h2>{t("window")}</h2>
        {kept.isError && <Failure error={kept.error} onRetry={() => void kept.refetch()} />}
        {kept.data && (
          <div className={styles.row}>
            <p className={styles.hint}>{t("window_is", { window: windowWords(kept.data.window) })}</p>
            <Button variant="outlined" onClick={() => setOpen("window")}>
              {t("window_change")}
            </Button>
          </div>
        )}
      </div>
      <div className={styles.group}>
        <h2>{t("wipe_head")}</h2>
        <div className={styles.row}>
          <p className={styles.hint}>{t("wipe_hint")}</p>
          <Button color="error" variant="outlined" onClick={() => setOpen("wipe")} data-testid="wipe">
            {t("wipe_ask")}
          </Button>
        </div>
      </div>
      {open === "window" && kept.data && <WindowDialog window={kept.data.window} onClose={() => setOpen(null)} />}
      {open === "wipe" && <WipeDialog machine={machine} onClose={() => setOpen(null)} onWiped={() => void state.refetch()} />}
    </>
  );
}

/** Bytes in the largest unit that leaves at least one. */
function size(bytes: number): string {
  const steps = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  const at = bytes < 1 ? 0 : Math.min(steps.length - 1, Math.floor(Math.log10(bytes) / 3));
  const unit = steps[at] ?? "byte";
  return new Intl.NumberFormat(language(), { style: "unit", unit, maximumFractionDigits: 1 }).format(bytes / 1000 ** at);
}
