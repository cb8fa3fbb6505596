/** From one request to a proposed rule: three likenesses from exact to broad, each with what it would have let run. */
import { Alert, Button, Dialog, DialogActions, DialogContent, DialogTitle, FormControlLabel, Radio, RadioGroup, TextField } from "@mui/material";
import { useId, useState } from "react";
import type { ApprovalView } from "../api/types";
import { Failure, Waiting } from "../shell/Failure";
import { Refused } from "../shell/Refused";
import { VisibleText } from "../text/VisibleText";
import styles from "./allow.module.css";
import { useCalls, useChanged, useDrafts, type AllowDraft, type AllowDrafts } from "./calls";
import { Replay, summary } from "./Replay";
import { t, whyNot } from "./texts";

const USUAL_DAYS = 30;
const MOST_DAYS = 90;
const LIKE = { same_action: "same_action", same_program: "same_program", same_path: "same_path" } as const;

const likeWords = (like: string): string => (Object.hasOwn(LIKE, like) ? t(LIKE[like as keyof typeof LIKE]) : like);

export default function AllowDialog({ view, onClose }: { view: ApprovalView; onClose: () => void }) {
  const title = useId();
  const drafts = useDrafts(view.id);
  return (
    <Dialog open onClose={(_, why) => why === "escapeKeyDown" && onClose()} aria-labelledby={title} maxWidth="md" fullWidth>
      <DialogTitle id={title}>{t("title")}</DialogTitle>
      {drafts.data && drafts.data.unavailable == null ? (
        <Editor view={view} drafts={drafts.data} onClose={onClose} />
      ) : (
        <>
          <DialogContent>
            {drafts.isPending && <Waiting rows={4} />}
            {drafts.isError && <Failure error={drafts.error} onRetry={() => void drafts.refetch()} />}
            {drafts.data && <Alert severity="info">{whyNot(drafts.data.unavailable ?? "")}</Alert>}
          </DialogContent>
          <DialogActions>
            <Button variant="outlined" onClick={onClose}>
              {t("close")}
            </Button>
          </DialogActions>
        </>
      )}
    </Dialog>
  );
}

/** Whole days within the bounds, or `null`. */
function daysOf(text: string): number | null {
  const days = Number(text.trim());
  return text.trim() !== "" && Number.isInteger(days) && days >= 1 && days <= MOST_DAYS ? days : null;
}

function Editor({ view, drafts, onClose }: { view: ApprovalView; drafts: AllowDrafts; onClose: () => void }) {
  const calls = useCalls();
  const changed = useChanged();
  const [like, setLike] = useState(drafts.drafts.find(({ unavailable }) => unavailable == null)?.like ?? "");
  const [days, setDays] = useState(String(USUAL_DAYS));
  const [reason, setReason] = useState("");
  const [state, setState] = useState<"open" | "sending" | "proposed">("open");
  const [failure, setFailure] = useState<unknown>(null);
  const chosen = drafts.drafts.find((draft) => draft.like === like);
  const lasts = daysOf(days);
  const propose = async () => {
    setState("sending");
    setFailure(null);
    try {
      await calls.propose(view.id, { like, days: lasts, reason: reason.trim() });
      setState("proposed");
      void changed();
    } catch (thrown) {
      setFailure(thrown);
      setState("open");
    }
  };
  if (state === "proposed") {
    return (
      <>
        <DialogContent>
          <Alert severity="success" role="status">
            {t("proposed")} <a href="#/policy/proposals">{t("see_proposals")}</a>
          </Alert>
        </DialogContent>
        <DialogActions>
          <Button variant="outlined" onClick={onClose}>
            {t("close")}
          </Button>
        </DialogActions>
      </>
    );
  }
  return (
    <>
      <DialogContent className={styles.dialog}>
        <p>{t("what_it_is")}</p>
        <p className={styles.quiet}>{t("below")}</p>
        <fieldset className={styles.likes}>
          <legend>{t("how_like")}</legend>
          <p className={styles.quiet}>
            {t("tried", { count: drafts.looked_at })} {drafts.more && t("tried_more")}
          </p>
          <RadioGroup value={like} onChange={(_, next) => setLike(next)} aria-label={t("how_like")}>
            {drafts.drafts.map((draft) => (
              <Choice key={draft.like} draft={draft} />
            ))}
          </RadioGroup>
        </fieldset>
        {chosen && <Replay key={chosen.like} replay={chosen.replay} />}
        <TextField
          label={t("days")}
          value={days}
          onChange={(event) => setDays(event.target.value)}
          error={lasts === null}
          helperText={lasts === null ? t("days_bad") : t("days_hint")}
          slotProps={{ htmlInput: { inputMode: "numeric" } }}
        />
        <TextField
          label={t("reason")}
          required
          multiline
          minRows={2}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          helperText={t("reason_hint")}
          slotProps={{ htmlInput: { maxLength: 500 } }}
        />
        {failure !== null && (
          <p role="alert" className={styles.bad}>
            <Refused error={failure} />
          </p>
        )}
      </DialogContent>
      <DialogActions>
        <Button variant="outlined" onClick={onClose}>
          {t("cancel")}
        </Button>
        <Button
          variant="contained"
          data-testid="propose-rule"
          disabled={like === "" || lasts === null || reason.trim() === "" || state === "sending"}
          onClick={() => void propose()}
        >
          {t("propose")}
        </Button>
      </DialogActions>
    </>
  );
}

function Choice({ draft }: { draft: AllowDraft }) {
  const off = draft.unavailable != null;
  return (
    <FormControlLabel
      value={draft.like}
      disabled={off}
      control={<Radio />}
      label={
        <span className={styles.choice}>
          <b>{likeWords(draft.like)}</b>
          {off ? (
            <span>{whyNot(draft.unavailable ?? "")}</span>
          ) : (
            <>
              <code>
                <VisibleText text={draft.like === "same_program" ? `${draft.what} …` : draft.what} />
              </code>
              <span data-rejected={draft.replay.rejected > 0}>{summary(draft.replay)}</span>
            </>
          )}
        </span>
      }
    />
  );
}
