/** The keys, and the switch that turns the single letters off. */
import { Button, Dialog, DialogActions, DialogContent, DialogTitle, FormControlLabel, Switch } from "@mui/material";
import { useId, useState } from "react";
import { letterKeysOn, setLetterKeys } from "../state/keys";
import styles from "./shell.module.css";

const KEYS: [string, string][] = [
  ["j  k", "Next, previous request"],
  ["a", "Approve the open request: opens its confirmation; low risk is approved at once"],
  ["r", "Reject the open request: opens the reason"],
  ["/", "Search"],
  ["v", "On the record: verify it now"],
  ["Esc", "Back to the list"],
  ["?", "This help"],
];

const RULES = [
  "The first reject, or the last approve that is needed, is final.",
  "A vote signed offline is not in effect until the server has recorded it. It may arrive too late.",
  "If the action changes, your vote does not carry over: the new request must be read again.",
  "When time runs out, nothing runs.",
];

export function Help({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [on, setOn] = useState(letterKeysOn);
  const title = useId();
  return (
    <Dialog open={open} onClose={onClose} aria-labelledby={title} maxWidth="sm">
      <DialogTitle id={title}>Keys and rules</DialogTitle>
      <DialogContent>
        <dl className={styles.keys}>
          {KEYS.map(([key, words]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{words}</dd>
            </div>
          ))}
        </dl>
        <FormControlLabel
          control={
            <Switch
              checked={on}
              onChange={(_, checked) => {
                setOn(checked);
                setLetterKeys(checked);
              }}
            />
          }
          label="Single-letter keys"
        />
        <ul className={styles.rules}>
          {RULES.map((rule) => (
            <li key={rule}>{rule}</li>
          ))}
        </ul>
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>Close</Button>
      </DialogActions>
    </Dialog>
  );
}
