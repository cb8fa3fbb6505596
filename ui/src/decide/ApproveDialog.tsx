/**
 * The confirmation of an approve. Medium arms after 700 ms; high is held for two seconds or typed; critical is typed; both
 * need the passphrase of the step-up key. A click beside the dialog does nothing, and no button has the focus.
 */
import { Button, Dialog, DialogActions, DialogContent, DialogTitle, TextField } from "@mui/material";
import { useId, useState } from "react";
import { usePreferences } from "../state/preferences";
import { levelOf, type ApprovalView, type VoteScope } from "../api/types";
import { LevelMark } from "../shell/LevelMark";
import { VisibleText } from "../text/VisibleText";
import styles from "./decide.module.css";
import type { Friction } from "./eligibility";
import { ignoreEnter } from "./enter";
import { HoldButton } from "./HoldButton";
import { t } from "./texts";
import { MOST, USUAL, scopeOf, type Reach } from "./repeat";
import { useArmed } from "./useArmed";

interface Props {
  view: ApprovalView;
  /** For whom it is cast, when it is not one's own vote. */
  whose: string | undefined;
  friction: Friction;
  passphrase: boolean;
  /** What to type to confirm. */
  target: string;
  /** What may be repeated; empty: nothing. */
  repeats: Reach[];
  /** How many changed files were not looked at. */
  unread: number;
  /** The organisation wants a reason. */
  reasoned: boolean;
  onCancel: () => void;
  onApprove: (reason: string, passphrase: string | undefined, scope: VoteScope) => void;
}

export function ApproveDialog({ view, whose, friction: asked, passphrase, target, repeats, unread, reasoned, onCancel, onApprove }: Props) {
  const title = useId();
  const { typeInsteadOfHold } = usePreferences();
  const friction = asked === "hold" && typeInsteadOfHold ? "typed" : asked;
  const armed = useArmed(view.digest + view.policy_hash);
  const [reason, setReason] = useState("");
  const [secret, setSecret] = useState("");
  const [typed, setTyped] = useState("");
  const named = typed.trim() === target;
  const opened = (!passphrase || secret !== "") && (!reasoned || reason.trim() !== "");
  const others = view.quorum - view.votes.filter((v) => v.verdict === "approve").length - 1;
  const [reach, setReach] = useState<Reach | "once">("once");
  const [minutes, setMinutes] = useState(String(USUAL.minutes));
  const [uses, setUses] = useState(String(USUAL.uses));
  const scope = scopeOf(reach, Number(minutes), Number(uses));
  const approve = () => scope && onApprove(reason.trim(), passphrase ? secret : undefined, scope);
  const held = friction === "hold" && !named;
  // The button says what the control above it is set to.
  const what = reach === "once" ? t("approve_once") : scope === null ? t("approve_repeat") : t("approve_for", { uses, minutes });

  return (
    <Dialog open onClose={(_, why) => why === "escapeKeyDown" && onCancel()} aria-labelledby={title} maxWidth="sm" fullWidth>
      <DialogTitle id={title} className={styles.title}>
        {what} <LevelMark level={levelOf(view.level)} />
      </DialogTitle>
      <DialogContent className={styles.fields}>
        <p>
          <VisibleText text={view.title} />
        </p>
        {unread > 0 && <p className={styles.note}>{t("unread_dialog", { count: unread })}</p>}
        {whose && (
          <p data-testid="whose">
            <VisibleText text={whose} />
          </p>
        )}
        {others > 0 && (
          <p className={styles.note}>
            {t("others", { count: others })}
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
            label={t("passphrase")}
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
            label={t("reach")}
            value={reach}
            onChange={(event) => setReach(repeats.find((r) => r === event.target.value) ?? "once")}
            slotProps={{ select: { native: true }, htmlInput: { "data-testid": "reach" } }}
          >
            <option value="once">{t("reach_once")}</option>
            {repeats.map((one) => (
              <option key={one} value={one}>
                {t(`reach_${one}`)}
              </option>
            ))}
          </TextField>
        )}
        {reach !== "once" && (
          <div className={styles.limits}>
            <TextField
              label={t("minutes")}
              type="number"
              value={minutes}
              error={scope === null}
              onChange={(event) => setMinutes(event.target.value)}
              slotProps={{ htmlInput: { "data-testid": "minutes", min: 1, max: MOST.minutes } }}
            />
            <TextField
              label={t("uses")}
              type="number"
              value={uses}
              error={scope === null}
              onChange={(event) => setUses(event.target.value)}
              slotProps={{ htmlInput: { "data-testid": "uses", min: 1, max: MOST.uses } }}
            />
          </div>
        )}
        <TextField
          label={t(reasoned ? "reason_needed" : "reason")}
          helperText={reasoned ? t("reason_why") : undefined}
          required={reasoned}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          slotProps={{ htmlInput: { "data-testid": "reason", maxLength: 2000 } }}
        />
      </DialogContent>
      <DialogActions className={styles.actions}>
        <Button variant="outlined" onClick={onCancel}>
          {t("cancel")}
        </Button>
        {held ? (
          <HoldButton disabled={!armed || !opened || scope === null} onHeld={approve}>
            {t("hold")}
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
