/** The keys or the copy cannot be read: nothing cached is shown, and what to do is said. */
import { Button } from "@mui/material";
import { useState } from "react";
import { useParts } from "../state/console";
import { WipeDialog } from "../settings/WipeDialog";
import { isLockedWord, t } from "./locked.texts";
import { Mark } from "./Mark";
import styles from "./shell.module.css";

interface Props {
  reason: string | null | undefined;
  code?: string | null | undefined;
  /** A new try is on its way. */
  busy?: boolean;
  onRetry: () => void;
}

/** Where nothing but a new enrolment helps, or it is one of two ways. */
const WIPES: readonly string[] = ["keyring_gone", "keyring_damaged", "copy_unreadable", "signed_out"];

export function Locked({ reason, code, busy = false, onRetry }: Props) {
  const known = code != null && isLockedWord(code) ? code : null;
  return (
    <main className={styles.page}>
      <div className={styles.card} data-testid="locked" data-code={code ?? ""}>
        <h1>
          <Mark size={30} /> {t("title")}
        </h1>
        <p>{known === null ? (reason ?? t("unknown")) : t(known)}</p>
        {known !== "starting" && <p>{t("nothing_lost")}</p>}
        {code === "database_corrupt" && <Rebuild onDone={onRetry} />}
        <Button variant="outlined" onClick={onRetry} data-testid="locked-retry">
          {t(busy ? "retrying" : "retry")}
        </Button>{" "}
        {code != null && WIPES.includes(code) && <Wipe onDone={onRetry} />}
      </div>
    </main>
  );
}

function Wipe({ onDone }: { onDone: () => void }) {
  const { machine } = useParts().client.transport;
  const [asking, setAsking] = useState(false);
  if (machine === undefined) return null;
  return (
    <>
      <Button color="error" onClick={() => setAsking(true)} data-testid="locked-wipe">
        {t("wipe")}
      </Button>
      {asking && <WipeDialog machine={machine} onClose={() => setAsking(false)} onWiped={onDone} />}
    </>
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
