/**
 * The confirmation of an approve. Medium arms after 700 ms; high is held for two seconds or typed; critical is typed; both
 * need the passphrase of the step-up key. A click beside the dialog does nothing, and no button has the focus.
 */
import { Button, Dialog, DialogActions, DialogContent, DialogTitle, TextField } from "@mui/material";
import { useEffect, useId, useState } from "react";
import { levelOf, type ApprovalView } from "../api/types";
import { LevelMark } from "../shell/LevelMark";
import { VisibleText } from "../text/VisibleText";
import styles from "./decide.module.css";
import type { Friction } from "./eligibility";
import { ignoreEnter } from "./enter";
import { HoldButton } from "./HoldButton";

export const ARMING_MS = 700;

interface Props {
  view: ApprovalView;
  friction: Friction;
  passphrase: boolean;
  /** What to type to confirm. */
  target: string;
  onCancel: () => void;
  onApprove: (reason: string, passphrase: string | undefined) => void;
}

export function ApproveDialog({ view, friction, passphrase, target, onCancel, onApprove }: Props) {
  const title = useId();
  const armed = useArmed();
  const [reason, setReason] = useState("");
  const [secret, setSecret] = useState("");
  const [typed, setTyped] = useState("");
  const named = typed.trim() === target;
  const opened = !passphrase || secret !== "";
  const others = view.quorum - view.votes.filter((v) => v.verdict === "approve").length - 1;
  const approve = () => onApprove(reason.trim(), passphrase ? secret : undefined);
  const held = friction === "hold" && !named;

  return (
    <Dialog open onClose={(_, why) => why === "escapeKeyDown" && onCancel()} aria-labelledby={title} maxWidth="sm" fullWidth>
      <DialogTitle id={title} className={styles.title}>
        Approve once <LevelMark level={levelOf(view.level)} />
      </DialogTitle>
      <DialogContent className={styles.fields}>
        <p>
          <VisibleText text={view.title} />
        </p>
        {others > 0 && (
          <p className={styles.note}>
            {others === 1 ? "One more person" : `${others} more people`} must approve after you. Nothing runs before that.
          </p>
        )}
        {(friction === "typed" || friction === "hold") && (
          <TextField
            label={friction === "typed" ? `Type ${target} to confirm` : `Or type ${target} instead of holding`}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            autoComplete="off"
            slotProps={{ htmlInput: { "data-testid": "typed-target", spellCheck: false } }}
          />
        )}
        {passphrase && (
          <TextField
            label="Passphrase of your step-up key"
            type="password"
            autoComplete="current-password"
            value={secret}
            onChange={(event) => setSecret(event.target.value)}
            slotProps={{ htmlInput: { "data-testid": "passphrase" } }}
          />
        )}
        <TextField
          label="Reason (optional)"
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          slotProps={{ htmlInput: { "data-testid": "reason", maxLength: 2000 } }}
        />
      </DialogContent>
      <DialogActions className={styles.actions}>
        <Button variant="outlined" onClick={onCancel}>
          Cancel
        </Button>
        {held ? (
          <HoldButton disabled={!armed || !opened} onHeld={approve}>
            Hold to approve
          </HoldButton>
        ) : (
          <Button
            variant="contained"
            data-testid="confirm-approve"
            disabled={!armed || !opened || (friction === "typed" && !named)}
            onKeyDown={ignoreEnter}
            onClick={approve}
          >
            Approve once
          </Button>
        )}
      </DialogActions>
    </Dialog>
  );
}

/** False for the first 700 ms, so that a click meant for something else cannot land here. */
function useArmed(): boolean {
  const [armed, setArmed] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setArmed(true), ARMING_MS);
    return () => clearTimeout(timer);
  }, []);
  return armed;
}
