/** What a verification found, sentence by sentence. */
import { Alert, Button } from "@mui/material";
import { asApiError } from "../api/problem";
import type { Verification } from "../api/types";
import { VisibleText } from "../text/VisibleText";
import styles from "./record.module.css";
import type { Verifying } from "./useRecord";

const SEVERITY = { whole: "success", partial: "success", unknown: "warning", broken: "error" } as const;

export function Found({ verifying }: { verifying: Verifying }) {
  const { result, error, dismiss } = verifying;
  const close = (
    <Button size="small" color="inherit" onClick={dismiss}>
      Close
    </Button>
  );
  if (error !== null && error !== undefined) {
    return (
      <Alert severity="error" variant="outlined" action={close}>
        {`Nothing was verified: ${asApiError(error).message}`}
      </Alert>
    );
  }
  if (!result) return null;
  const { found, file } = result;
  return (
    <Alert severity={SEVERITY[found.verdict]} variant="outlined" action={close} className={styles.found} data-testid="verification" data-verdict={found.verdict}>
      <strong>
        {found.headline}
        {file !== null && (
          <>
            {" in "}
            <VisibleText text={file} />
          </>
        )}
      </strong>
      <ul>
        {found.sentences.map((sentence) => (
          <li key={sentence}>
            <VisibleText text={sentence} />
          </li>
        ))}
      </ul>
      <Numbers found={found} />
    </Alert>
  );
}

function Numbers({ found }: { found: Verification }) {
  const seconds = (found.millis / 1000).toFixed(found.millis < 10_000 ? 2 : 0);
  const speed = found.millis > 0 && found.size >= 1000 ? ` · ${Math.round((found.size / found.millis) * 1000).toLocaleString()} entries/s` : "";
  return <span className={styles.hint}>{`${found.size.toLocaleString()} entries in ${seconds} s${speed}`}</span>;
}
