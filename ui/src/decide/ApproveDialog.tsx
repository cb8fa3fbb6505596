/**
 * The confirmation of an approve. Medium arms after 700 ms; high is held for two seconds or typed; critical is typed; both
 * need the passphrase of the step-up key. A click beside the dialog does nothing, and no button has the focus.
 */
import { Button, Dialog, DialogActions, DialogContent, DialogTitle, TextField } from "@mui/material";
import { useEffect, useId, useState } from "react";
import { usePreferences } from "../state/preferences";
import { levelOf, type ApprovalView, type VoteScope } from "../api/types";
import { LevelMark } from "../shell/LevelMark";
import { VisibleText } from "../text/VisibleText";
import styles from "./decide.module.css";
import type { Friction } from "./eligibility";
import { ignoreEnter } from "./enter";
import { HoldButton } from "./HoldButton";
import { t } from "./texts";
import { MOST, REACH_WORDS, USUAL, scopeOf, type Reach } from "./repeat";

export const ARMING_MS = 700;

interface Props {
  view: ApprovalView;
  friction: Friction;
  passphrase: boolean;
  /** What to type to confirm. */
  target: string;
  /** What may be repeated; empty: nothing. */
  repeats: Reach[];
  onCancel: () => void;
  onApprove: (reason: string, passphrase: string | undefined, scope: VoteScope) => void;
}

export function ApproveDialog({ view, friction: asked, passphrase, target, repeats, onCancel, onApprove }: Props) {
  const title = useId();
  const { typeInsteadOfHold } = usePreferences();
  const friction = asked === "hold" && typeInsteadOfHold ? "typed" : asked;
  const armed = useArmed();
  const [reason, setReason] = useState("");
  const [secret, setSecret] = useState("");
  const [typed, setTyped] = useState("");
  const named = typed.trim() === target;
  const opened = !passphrase || secret !== "";
  const others = view.quorum - view.votes.filter((v) => v.verdict === "approve").length - 1;
  const [reach, setReach] = useState<Reach | "once">("once");
  const [minutes, setMinutes] = useState(String(USUAL.minutes));
  const [uses, setUses] = useState(String(USUAL.uses));
  const scope = scopeOf(reach, Number(minutes), Number(uses));
  const approve = () => scope && onApprove(reason.trim(), passphrase ? secret : undefined, scope);
  const held = friction === "hold" && !named;
  const what = reach === "once" ? "Approve once" : "Approve and let it repeat";

  return (
    <Dialog open onClose={(_, why) => why === "escapeKeyDown" && onCancel()} aria-labelledby={title} maxWidth="sm" fullWidth>
      <DialogTitle id={title} className={styles.title}>
        {what} <LevelMark level={levelOf(view.level)} />
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
            label={t(friction === "typed" ? "type_target" : "type_instead", { target })}
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
        {repeats.length > 0 && (
          <TextField
            select
            label="How far it reaches"
            value={reach}
            onChange={(event) => setReach(repeats.find((r) => r === event.target.value) ?? "once")}
            slotProps={{ select: { native: true }, htmlInput: { "data-testid": "reach" } }}
          >
            <option value="once">Only this once</option>
            {repeats.map((one) => (
              <option key={one} value={one}>
                {REACH_WORDS[one]}
              </option>
            ))}
          </TextField>
        )}
        {reach !== "once" && (
          <div className={styles.limits}>
            <TextField
              label="Minutes"
              type="number"
              value={minutes}
              error={scope === null}
              onChange={(event) => setMinutes(event.target.value)}
              slotProps={{ htmlInput: { "data-testid": "minutes", min: 1, max: MOST.minutes } }}
            />
            <TextField
              label="Further times"
              type="number"
              value={uses}
              error={scope === null}
              onChange={(event) => setUses(event.target.value)}
              slotProps={{ htmlInput: { "data-testid": "uses", min: 1, max: MOST.uses } }}
            />
          </div>
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
          <HoldButton disabled={!armed || !opened || scope === null} onHeld={approve}>
            Hold to approve
          </HoldButton>
        ) : (
          <Button
            variant="contained"
            data-testid="confirm-approve"
            disabled={!armed || !opened || scope === null || (friction === "typed" && !named)}
            onKeyDown={ignoreEnter}
            onClick={approve}
          >
            {what}
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
