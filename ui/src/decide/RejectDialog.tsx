/** The reject, with words the agent will get. It needs no passphrase and no hold: stopping is always easy. */
import { Button, Chip, Dialog, DialogActions, DialogContent, DialogTitle, TextField } from "@mui/material";
import { useId, useState } from "react";
import type { ApprovalView } from "../api/types";
import { VisibleText } from "../text/VisibleText";
import styles from "./decide.module.css";

const CHIPS = ["Wrong target", "Too broad", "Missing test", "Not now", "Needs a human", "Looks malicious"];

/** The chips and the words as one reason. */
export function reasonOf(chips: string[], words: string): string {
  return [chips.join(", "), words.trim()].filter((part) => part !== "").join(": ");
}

interface Props {
  view: ApprovalView;
  onCancel: () => void;
  onReject: (reason: string) => void;
}

export function RejectDialog({ view, onCancel, onReject }: Props) {
  const title = useId();
  const [chosen, setChosen] = useState<string[]>([]);
  const [words, setWords] = useState("");
  const toggle = (chip: string) =>
    setChosen((old) => (old.includes(chip) ? old.filter((c) => c !== chip) : [...old, chip]));
  return (
    <Dialog open onClose={(_, why) => why === "escapeKeyDown" && onCancel()} aria-labelledby={title} maxWidth="sm" fullWidth>
      <DialogTitle id={title}>Reject</DialogTitle>
      <DialogContent className={styles.fields}>
        <p>
          <VisibleText text={view.title} />
        </p>
        <div className={styles.chips} role="group" aria-label="Why">
          {CHIPS.map((chip) => (
            <Chip
              key={chip}
              label={chosen.includes(chip) ? `✓ ${chip}` : chip}
              component="button"
              type="button"
              clickable
              variant="outlined"
              color={chosen.includes(chip) ? "primary" : "default"}
              aria-label={chip}
              aria-pressed={chosen.includes(chip)}
              onClick={() => toggle(chip)}
            />
          ))}
        </div>
        <TextField
          label="What should the agent know?"
          multiline
          minRows={2}
          value={words}
          onChange={(event) => setWords(event.target.value)}
          helperText="The agent gets this text, and is told not to try the same again unchanged."
          slotProps={{ htmlInput: { "data-testid": "reason", maxLength: 2000 } }}
        />
      </DialogContent>
      <DialogActions className={styles.actions}>
        <Button variant="outlined" onClick={onCancel}>
          Cancel
        </Button>
        <Button
          variant="contained"
          color="error"
          data-testid="confirm-reject"
          onClick={() => onReject(reasonOf(chosen, words))}
        >
          Reject
        </Button>
      </DialogActions>
    </Dialog>
  );
}
