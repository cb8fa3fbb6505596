/** Asks once more before something ends. The first focus lies on Cancel. */
import { Alert, Button, Dialog, DialogActions, DialogContent, DialogContentText, DialogTitle } from "@mui/material";
import { useId, type ReactNode } from "react";
import { asApiError, explain } from "../api/problem";
import { t } from "./texts";

interface Props {
  title: string;
  what: string;
  act: string;
  busy: boolean;
  /** Something must be ticked or typed first. */
  held?: boolean;
  error: unknown;
  onClose: () => void;
  onConfirm: () => void;
  children?: ReactNode;
}

export function Ask({ title, what, act, busy, held = false, error, onClose, onConfirm, children }: Props) {
  const id = useId();
  const problem = error == null ? null : asApiError(error);
  return (
    <Dialog open onClose={(_, why) => why === "escapeKeyDown" && onClose()} aria-labelledby={id} maxWidth="sm" fullWidth>
      <DialogTitle id={id}>{title}</DialogTitle>
      <DialogContent>
        <DialogContentText>{what}</DialogContentText>
        {children}
        {problem && <Alert severity="error">{explain(problem.code, problem.message)}</Alert>}
      </DialogContent>
      <DialogActions>
        {/* The dialog opens on the harmless button. */}
        {/* oxlint-disable-next-line jsx-a11y/no-autofocus */}
        <Button autoFocus onClick={onClose}>
          {t("cancel")}
        </Button>
        <Button variant="contained" color="error" disabled={busy || held} onClick={onConfirm} data-testid="confirm">
          {act}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
