/** Asks before somebody else's claim is replaced. */
import { Button, Dialog, DialogActions, DialogContent, DialogTitle } from "@mui/material";
import { useId } from "react";
import type { ApprovalView } from "../api/types";
import { clockTime } from "../state/clock";
import { t } from "./texts";

interface Props {
  claim: NonNullable<ApprovalView["claimed_by"]>;
  onCancel: () => void;
  onTakeOver: () => void;
}

export function TakeOverDialog({ claim, onCancel, onTakeOver }: Props) {
  const title = useId();
  return (
    <Dialog open onClose={(_, why) => why === "escapeKeyDown" && onCancel()} aria-labelledby={title} maxWidth="xs">
      <DialogTitle id={title}>{t("take_over_title")}</DialogTitle>
      <DialogContent>{t("take_over", { who: claim.user, at: clockTime(claim.at) })}</DialogContent>
      <DialogActions>
        <Button variant="outlined" onClick={onCancel}>
          {t("cancel")}
        </Button>
        <Button variant="contained" data-testid="take-over" onClick={onTakeOver}>
          {t("take_over_do")}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
