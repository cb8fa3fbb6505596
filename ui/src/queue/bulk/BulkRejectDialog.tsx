/** The reject of several: one common reason, and single ones their own. Stopping is always easy, however many there are. */
import { Button, Dialog, DialogActions, DialogContent, DialogTitle, TextField } from "@mui/material";
import { useId, useState } from "react";
import type { ApprovalView } from "../../api/types";
import decide from "../../decide/decide.module.css";
import { ReasonChips, reasonOf } from "../../decide/ReasonChips";
import { VisibleText } from "../../text/VisibleText";
import { t } from "../texts";
import styles from "./bulk.module.css";

interface Props {
  views: ApprovalView[];
  onCancel: () => void;
  onReject: (reasonFor: (view: ApprovalView) => string) => void;
}

export function BulkRejectDialog({ views, onCancel, onReject }: Props) {
  const title = useId();
  const [chosen, setChosen] = useState<string[]>([]);
  const [words, setWords] = useState("");
  const [own, setOwn] = useState<ReadonlyMap<string, string>>(new Map());
  const [each, setEach] = useState(false);
  const count = views.length;
  const common = reasonOf(chosen, words);
  return (
    <Dialog open onClose={(_, why) => why === "escapeKeyDown" && onCancel()} aria-labelledby={title} maxWidth="sm" fullWidth>
      <DialogTitle id={title}>{t("bulk_reject_title", { count })}</DialogTitle>
      <DialogContent className={decide.fields}>
        {!each && (
          <ul className={decide.titles}>
            {views.map((view) => (
              <li key={view.id}>
                <VisibleText text={view.title} />
              </li>
            ))}
          </ul>
        )}
        <ReasonChips chosen={chosen} onChange={setChosen} />
        <TextField
          label={t("bulk_reject_common")}
          multiline
          minRows={2}
          value={words}
          onChange={(event) => setWords(event.target.value)}
          helperText={t("bulk_reject_note")}
          slotProps={{ htmlInput: { "data-testid": "reason", maxLength: 2000 } }}
        />
        {each ? (
          views.map((view) => (
            <div key={view.id} className={styles.own}>
              <label htmlFor={`${title} ${view.id}`}>
                <VisibleText text={view.title} />
              </label>
              <TextField
                id={`${title} ${view.id}`}
                size="small"
                placeholder={t("bulk_reject_own")}
                value={own.get(view.id) ?? ""}
                onChange={(event) => setOwn(new Map(own).set(view.id, event.target.value))}
                slotProps={{ htmlInput: { "data-testid": "own-reason", maxLength: 2000 } }}
              />
            </div>
          ))
        ) : (
          <Button onClick={() => setEach(true)} data-testid="own-reasons">
            {t("bulk_reject_each")}
          </Button>
        )}
      </DialogContent>
      <DialogActions className={decide.actions}>
        <Button variant="outlined" onClick={onCancel}>
          {t("cancel")}
        </Button>
        <Button
          variant="contained"
          color="error"
          data-testid="confirm-reject"
          onClick={() => onReject((view) => (own.get(view.id) ?? "").trim() || common)}
        >
          {t("bulk_reject_do", { count })}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
