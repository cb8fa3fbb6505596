/** The reject, with words the agent will get. It needs no passphrase and no hold: stopping is always easy. */
import { Button, Checkbox, Dialog, DialogActions, DialogContent, DialogTitle, FormControlLabel, TextField } from "@mui/material";
import { useId, useState, type InputHTMLAttributes } from "react";
import type { ApprovalView } from "../api/types";
import { VisibleText } from "../text/VisibleText";
import { Say } from "../words/Say";
import styles from "./decide.module.css";
import { ReasonChips, reasonOf } from "./ReasonChips";
import { t } from "./texts";

interface Props {
  view: ApprovalView;
  /** For whom it is cast, when it is not one's own vote. */
  whose: string | undefined;
  /** Whether the agent is to be paused too, to begin with. */
  pauses: boolean;
  onCancel: () => void;
  /** `pause`: the agent to pause, if that was chosen. */
  onReject: (reason: string, pause: string | null) => void;
}

export function RejectDialog({ view, whose, pauses, onCancel, onReject }: Props) {
  const title = useId();
  const [chosen, setChosen] = useState<string[]>([]);
  const [words, setWords] = useState("");
  const [pausing, setPausing] = useState(pauses);
  const agent = view.agent ?? null;
  const pause = pausing ? agent : null;
  return (
    <Dialog open onClose={(_, why) => why === "escapeKeyDown" && onCancel()} aria-labelledby={title} maxWidth="sm" fullWidth>
      <DialogTitle id={title}>{t(pause === null ? "reject" : "reject_pause")}</DialogTitle>
      <DialogContent className={styles.fields}>
        <p>
          <VisibleText text={view.title} />
        </p>
        {whose && (
          <p data-testid="whose">
            <VisibleText text={whose} />
          </p>
        )}
        <ReasonChips chosen={chosen} onChange={setChosen} />
        <TextField
          label={t("reject_words")}
          multiline
          minRows={2}
          value={words}
          onChange={(event) => setWords(event.target.value)}
          helperText={t("reject_note")}
          slotProps={{ htmlInput: { "data-testid": "reason", maxLength: 2000 } }}
        />
        {agent !== null && (
          <FormControlLabel
            control={
              <Checkbox
                checked={pausing}
                onChange={(_, on) => setPausing(on)}
                slotProps={{ input: { "data-testid": "pause-agent" } as InputHTMLAttributes<HTMLInputElement> }}
              />
            }
            label={<Say text={t("pause_too")} parts={{ agent: <VisibleText text={agent} /> }} />}
          />
        )}
      </DialogContent>
      <DialogActions className={styles.actions}>
        <Button variant="outlined" onClick={onCancel}>
          {t("cancel")}
        </Button>
        <Button
          variant="contained"
          color="error"
          data-testid="confirm-reject"
          onClick={() => onReject(reasonOf(chosen, words), pause)}
        >
          {t(pause === null ? "reject" : "reject_pause")}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
