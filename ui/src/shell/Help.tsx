/** The keys that act now, the rules that always hold, and the switch that turns the single letters off. */
import { Button, Dialog, DialogActions, DialogContent, DialogTitle, FormControlLabel, Switch } from "@mui/material";
import { useId } from "react";
import { activeCommands, setLetterKeys } from "../state/keys";
import { usePreferences } from "../state/preferences";
import styles from "./shell.module.css";
import { t } from "./texts";

export function Help({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { letterKeys } = usePreferences();
  const title = useId();
  const keys = open ? activeCommands().filter((command) => command.keys !== undefined) : [];
  return (
    <Dialog open={open} onClose={(_, why) => why === "escapeKeyDown" && onClose()} aria-labelledby={title} maxWidth="sm">
      <DialogTitle id={title}>{t("help")}</DialogTitle>
      <DialogContent>
        <dl className={styles.keys}>
          {keys.map(({ keys: key, words }) => (
            <div key={key}>
              <dt>
                <kbd>{key?.replace("Control", "Ctrl")}</kbd>
              </dt>
              <dd>{words}</dd>
            </div>
          ))}
        </dl>
        <FormControlLabel
          control={<Switch checked={letterKeys} onChange={(_, checked) => setLetterKeys(checked)} />}
          label={t("letter_keys")}
        />
        <ul className={styles.rules}>
          {[t("rule_final"), t("rule_offline"), t("rule_changed"), t("rule_time")].map((rule) => (
            <li key={rule}>{rule}</li>
          ))}
        </ul>
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>{t("close")}</Button>
      </DialogActions>
    </Dialog>
  );
}
