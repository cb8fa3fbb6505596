/** The keys cannot be reached: nothing cached is shown, and what to do is said. */
import { Button } from "@mui/material";
import { Mark } from "./Mark";
import styles from "./shell.module.css";

export function Locked({ reason, onRetry }: { reason: string | null | undefined; onRetry: () => void }) {
  return (
    <main className={styles.page}>
      <div className={styles.card} data-testid="locked">
        <h1>
          <Mark size={30} /> Locked
        </h1>
        <p>{reason ?? "The keyring is locked, so requests and keys cannot be read. Unlock it, then try again."}</p>
        <Button variant="outlined" onClick={onRetry}>
          Try again
        </Button>
      </div>
    </main>
  );
}
