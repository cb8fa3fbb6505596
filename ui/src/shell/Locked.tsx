/** The keys or the copy cannot be read: nothing cached is shown, and what to do is said. */
import { Button } from "@mui/material";
import { useState } from "react";
import { useParts } from "../state/console";
import { Mark } from "./Mark";
import styles from "./shell.module.css";
import { t } from "./texts";

interface Props {
  reason: string | null | undefined;
  code?: string | null | undefined;
  onRetry: () => void;
}

export function Locked({ reason, code, onRetry }: Props) {
  return (
    <main className={styles.page}>
      <div className={styles.card} data-testid="locked" data-code={code ?? ""}>
        <h1>
          <Mark size={30} /> {t("locked")}
        </h1>
        <p>{reason ?? t("locked_why")}</p>
        {code === "database_corrupt" && <Rebuild onDone={onRetry} />}
        <Button variant="outlined" onClick={onRetry}>
          {t("retry")}
        </Button>
      </div>
    </main>
  );
}

/** Nothing is deleted: the damaged file stays beside the new one. */
function Rebuild({ onDone }: { onDone: () => void }) {
  const { machine } = useParts().client.transport;
  const [failed, setFailed] = useState(false);
  if (machine === undefined) return null;
  const rebuild = () => {
    setFailed(false);
    machine.rebuild().then(onDone, () => setFailed(true));
  };
  return (
    <>
      {failed && <p role="alert">{t("rebuild_failed")}</p>}
      <Button variant="contained" onClick={rebuild} data-testid="rebuild">
        {t("rebuild")}
      </Button>{" "}
    </>
  );
}
