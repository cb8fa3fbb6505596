/** Every schedule with who is on call, and what can be done about it. */
import { Button } from "@mui/material";
import { useState } from "react";
import type { ConsoleState } from "../api/types";
import { ConfirmDialog } from "../grants/ConfirmDialog";
import { ImportDialog } from "./ImportDialog";
import styles from "./oncall.module.css";
import { ScheduleCard, type Act } from "./ScheduleCard";
import { ScheduleDialog } from "./ScheduleDialog";
import { ShiftDialog } from "./ShiftDialog";
import { t } from "./texts";
import { useRemoveSchedule, type OnCallView, type ScheduleView } from "./useOncall";

interface Props {
  book: OnCallView;
  state: ConsoleState;
  onTold: (words: string) => void;
}

/** By the shipped rules; the server has the last word. */
const VOTERS = ["approver", "oncall", "admin"];

export function Schedules({ book, state, onTold }: Props) {
  const [open, setOpen] = useState<{ act: Act | "new"; schedule: ScheduleView | null } | null>(null);
  const isAdmin = state.role === "admin";
  const done = (words: string) => {
    setOpen(null);
    onTold(words);
  };
  const shown = open?.schedule ?? null;
  return (
    <>
      <p className={styles.hint}>{t("intro")}</p>
      {isAdmin && (
        <div className={styles.acts}>
          <Button variant="outlined" disabled={!state.online} data-testid="new-schedule" onClick={() => setOpen({ act: "new", schedule: null })}>
            {t("new")}
          </Button>
        </div>
      )}
      {book.schedules.length === 0 && (
        <div className={styles.empty}>
          <p>{t("none")}</p>
          <p className={styles.hint}>{t("none_next")}</p>
          <p className={styles.hint}>{t("none_admin")}</p>
        </div>
      )}
      {book.schedules.map((schedule) => (
        <ScheduleCard
          key={schedule.id}
          schedule={schedule}
          book={book}
          user={state.user ?? ""}
          may={{ take: VOTERS.includes(state.role ?? "") && state.online, change: isAdmin && state.online }}
          onAct={(act) => setOpen({ act, schedule })}
          onTold={onTold}
        />
      ))}
      {(open?.act === "new" || open?.act === "edit") && (
        <ScheduleDialog schedule={shown} version={book.version} known={peopleOf(book, state)} onClose={() => setOpen(null)} onDone={() => done(t("saved"))} />
      )}
      {open?.act === "take" && shown && <ShiftDialog schedule={shown} isAdmin={isAdmin} onClose={() => setOpen(null)} onDone={() => done(t("taken"))} />}
      {open?.act === "import" && shown && <ImportDialog schedule={shown} onClose={() => setOpen(null)} onDone={() => done(t("imported"))} />}
      {open?.act === "remove" && shown && <Remove schedule={shown} onClose={() => setOpen(null)} onDone={() => done(t("removed"))} />}
    </>
  );
}

function Remove({ schedule, onClose, onDone }: { schedule: ScheduleView; onClose: () => void; onDone: () => void }) {
  const remove = useRemoveSchedule(onDone);
  return (
    <ConfirmDialog
      title={t("remove_title")}
      what={t("remove_what")}
      act={t("remove")}
      busy={remove.isPending}
      error={remove.error}
      onClose={onClose}
      onConfirm={() => remove.mutate(schedule.id)}
    >
      <p className={styles.name}>{schedule.name}</p>
    </ConfirmDialog>
  );
}

/** Whoever the book and the session name. */
function peopleOf(book: OnCallView, state: ConsoleState): string[] {
  const named = book.schedules.flatMap((schedule) => [...(schedule.rota?.people ?? []), ...schedule.shifts.map((shift) => shift.user)]);
  return [...new Set([...named, state.user ?? ""])].filter((name) => name !== "").toSorted();
}
