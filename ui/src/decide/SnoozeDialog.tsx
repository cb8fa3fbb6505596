/** Until when to put requests off. Digits choose; what would outlast a deadline is no choice. */
import { Button, Dialog, DialogActions, DialogContent, DialogTitle } from "@mui/material";
import { useId, type KeyboardEvent } from "react";
import type { ApprovalView } from "../api/types";
import { clockTime } from "../state/clock";
import { VisibleText } from "../text/VisibleText";
import styles from "./decide.module.css";
import { SPANS, untilOf, type Span } from "./snooze";
import { t } from "./texts";

interface Props {
  views: ApprovalView[];
  /** Server time, milliseconds. */
  now: number;
  onCancel: () => void;
  onSnooze: (span: Span) => void;
}

export function SnoozeDialog({ views, now, onCancel, onSnooze }: Props) {
  const title = useId();
  const choices = SPANS.map((span) => {
    const until = views.map((view) => untilOf(span, view, now)).filter((at) => at !== null);
    return { span, until, all: until.length === views.length };
  });
  const pressed = (event: KeyboardEvent) => {
    const choice = choices[Number(event.key) - 1];
    if (event.repeat || !choice || choice.until.length === 0) return;
    event.preventDefault();
    onSnooze(choice.span);
  };
  const [first] = views;
  return (
    <Dialog open onClose={(_, why) => why === "escapeKeyDown" && onCancel()} onKeyDown={pressed} aria-labelledby={title} maxWidth="xs" fullWidth>
      <DialogTitle id={title}>{t("snooze_title", { count: views.length })}</DialogTitle>
      <DialogContent className={styles.fields}>
        {views.length === 1 && first && (
          <p>
            <VisibleText text={first.title} />
          </p>
        )}
        <div className={styles.spans}>
          {choices.map(({ span, until, all }, at) => (
            <Button
              key={span}
              variant="outlined"
              color="inherit"
              fullWidth
              disabled={until.length === 0}
              data-testid={`snooze-${span}`}
              onClick={() => onSnooze(span)}
            >
              <kbd>{at + 1}</kbd>
              <span>{t(`snooze_${span}`)}</span>
              <small>{until.length === 0 ? t("snooze_outlasts") : all ? clockTime(Math.min(...until) * 1000) : t("snooze_some", { count: until.length })}</small>
            </Button>
          ))}
        </div>
        <p className={styles.note}>{t("snooze_note")}</p>
      </DialogContent>
      <DialogActions>
        <Button variant="outlined" onClick={onCancel}>
          {t("cancel")}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
