/** The last look before something is saved: what changes, which of it is looser, who else must agree, and why. */
import { Alert, Button, Dialog, DialogActions, DialogContent, DialogTitle, TextField } from "@mui/material";
import { useId, useState, type ReactNode } from "react";
import { asApiError } from "../api/problem";
import { Refused } from "../shell/Refused";
import type { Answer } from "./calls";
import styles from "./policy.module.css";
import { t } from "./texts";

interface Props<T> {
  title: string;
  children: ReactNode;
  /** Something in it is looser. */
  looser: boolean;
  /** The organisation asks for a second person when something is looser. */
  second: boolean;
  /** Whether it is looser is for the server to say. */
  maybe?: boolean;
  reason: string;
  onReason: (reason: string) => void;
  save: (reason: string) => Promise<Answer<T>>;
  onDone: (answer: Answer<T>) => void;
  /** Somebody else saved first. */
  onConflict: () => void;
  onClose: () => void;
}

export function SaveDialog<T>(props: Props<T>) {
  const title = useId();
  const [working, setWorking] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const proposes = props.looser && props.second;
  const missing = props.looser && props.reason.trim() === "";
  const save = async () => {
    setWorking(true);
    setFailure(null);
    try {
      props.onDone(await props.save(props.reason));
    } catch (thrown) {
      if (asApiError(thrown).code === "version_conflict") props.onConflict();
      else setFailure(thrown);
    } finally {
      setWorking(false);
    }
  };
  return (
    <Dialog open onClose={(_, why) => why === "escapeKeyDown" && props.onClose()} aria-labelledby={title} maxWidth="sm" fullWidth>
      <DialogTitle id={title}>{props.title}</DialogTitle>
      <DialogContent className={styles.dialog}>
        {props.children}
        {props.maybe === true && <Alert severity="info">{t(props.second ? "maybe_second" : "maybe_looser")}</Alert>}
        {proposes && props.maybe !== true && <Alert severity="info">{t("second_needed")}</Alert>}
        {props.looser && !props.second && props.maybe !== true && <Alert severity="warning">{t("second_off")}</Alert>}
        <TextField
          label={props.looser && props.maybe !== true ? t("why_required") : t("why")}
          required={props.looser}
          multiline
          minRows={2}
          value={props.reason}
          onChange={(event) => props.onReason(event.target.value)}
          helperText={t("why_hint")}
          slotProps={{ htmlInput: { maxLength: 2000 } }}
        />
        {failure !== null && (
          <p role="alert" className={styles.bad}>
            <Refused error={failure} />
          </p>
        )}
      </DialogContent>
      <DialogActions>
        <Button variant="outlined" onClick={props.onClose}>
          {t("cancel")}
        </Button>
        <Button variant="contained" disabled={missing || working} onClick={() => void save()} data-testid="confirm-save">
          {proposes && props.maybe !== true ? t("propose") : t("save")}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
