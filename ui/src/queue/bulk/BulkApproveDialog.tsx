/**
 * The confirmation of several approvals. A few of low risk arm like one of medium; more, or a medium one among them, are
 * held; many are counted and typed. A click beside the dialog does nothing, Enter approves nothing.
 */
import { Button, Dialog, DialogActions, DialogContent, DialogTitle, TextField } from "@mui/material";
import { useId, useState } from "react";
import type { ApprovalView } from "../../api/types";
import decide from "../../decide/decide.module.css";
import { ignoreEnter } from "../../decide/enter";
import { HoldButton } from "../../decide/HoldButton";
import { useArmed } from "../../decide/useArmed";
import { usePreferences } from "../../state/preferences";
import { VisibleText } from "../../text/VisibleText";
import { t } from "../texts";
import { bulkFriction } from "./bulk";

interface Props {
  take: ApprovalView[];
  /** Too many were approved too fast. */
  braked: boolean;
  onCancel: () => void;
  onApprove: (reason: string) => void;
}

export function BulkApproveDialog({ take, braked, onCancel, onApprove }: Props) {
  const title = useId();
  const { typeInsteadOfHold } = usePreferences();
  const asked = bulkFriction(take, braked);
  const friction = asked === "hold" && typeInsteadOfHold ? "typed" : asked;
  const armed = useArmed(take.map((view) => view.digest).join(" "));
  const [reason, setReason] = useState("");
  const [typed, setTyped] = useState("");
  const count = take.length;
  const number = String(count);
  const counted = typed.trim() === number;
  const reasoned = take.some((view) => view.reason_required === true);
  const ready = armed && (!reasoned || reason.trim() !== "");
  const approve = () => onApprove(reason.trim());
  return (
    <Dialog open onClose={(_, why) => why === "escapeKeyDown" && onCancel()} aria-labelledby={title} maxWidth="sm" fullWidth>
      <DialogTitle id={title}>{t("bulk_confirm", { count })}</DialogTitle>
      <DialogContent className={decide.fields}>
        <ul className={decide.titles}>
          {take.map((view) => (
            <li key={view.id}>
              <VisibleText text={view.title} />
            </li>
          ))}
        </ul>
        <p className={decide.note}>{t("bulk_note")}</p>
        {friction !== "dialog" && (
          <TextField
            label={t(friction === "typed" ? "bulk_type" : "bulk_type_instead", { number })}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            autoComplete="off"
            slotProps={{ htmlInput: { "data-testid": "typed-count", inputMode: "numeric", spellCheck: false } }}
          />
        )}
        <TextField
          label={t(reasoned ? "bulk_reason_needed" : "bulk_reason")}
          required={reasoned}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          slotProps={{ htmlInput: { "data-testid": "reason", maxLength: 2000 } }}
        />
      </DialogContent>
      <DialogActions className={decide.actions}>
        <Button variant="outlined" onClick={onCancel}>
          {t("cancel")}
        </Button>
        {friction === "hold" && !counted ? (
          <HoldButton disabled={!ready} onHeld={approve}>
            {t("bulk_hold", { count })}
          </HoldButton>
        ) : (
          <Button
            variant="contained"
            data-testid="confirm-approve"
            disabled={!ready || (friction === "typed" && !counted)}
            onKeyDown={ignoreEnter}
            onClick={approve}
          >
            {t("bulk_approve", { count })}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  );
}
