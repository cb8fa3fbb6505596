/** One schedule: who is on call now and next, and its next four weeks by its own wall clock. */
import { Button } from "@mui/material";
import { useState } from "react";
import { asApiError, explain } from "../api/problem";
import { useParts } from "../state/console";
import { VisibleText } from "../text/VisibleText";
import styles from "./oncall.module.css";
import { t } from "./texts";
import { useGiveBack, useTurns, type OnCallView, type ScheduleView, type TurnView } from "./useOncall";
import { clockChange, inZone, ownZone, zoneName } from "./zone";

export type Act = "take" | "edit" | "import" | "remove";

interface Props {
  schedule: ScheduleView;
  book: OnCallView;
  user: string;
  may: { take: boolean; change: boolean };
  onAct: (act: Act) => void;
  onTold: (words: string) => void;
}

export function ScheduleCard({ schedule, book, user, may, onAct, onTold }: Props) {
  const { name, zone } = schedule;
  const own = ownZone();
  const called = zoneName(book.server_time, zone);
  const isOwn = own === zone;
  const acts: { act: Act; words: string; label: string }[] = [
    ...(may.take ? [{ act: "take" as const, words: t("take"), label: t("take_of", { name }) }] : []),
    ...(may.change
      ? [
          { act: "edit" as const, words: t("edit"), label: t("edit_of", { name }) },
          { act: "import" as const, words: t("import"), label: t("import_of", { name }) },
          { act: "remove" as const, words: t("remove"), label: t("remove_of", { name }) },
        ]
      : []),
  ];
  return (
    <article className={styles.card} aria-label={name} data-testid="schedule" data-schedule-id={schedule.id}>
      <div className={styles.cardHead}>
        <div>
          <h2 className={styles.name}>
            <VisibleText text={name} />
          </h2>
          <p className={styles.hint}>{isOwn ? t("zone_same", { zone, name: called }) : t("zone_is", { zone, name: called, own })}</p>
        </div>
        <div className={styles.acts}>
          {acts.map(({ act, words, label }) => (
            <Button key={act} size="small" variant="outlined" color={act === "remove" ? "error" : "primary"} aria-label={label} onClick={() => onAct(act)}>
              {words}
            </Button>
          ))}
        </div>
      </div>
      <dl className={styles.now}>
        <div data-testid="on-call-now">
          <dt>{t("on_now")}</dt>
          <dd>
            <b>
              <VisibleText text={schedule.now?.user ?? t("nobody")} />
            </b>
            {schedule.now && <span>{t("until", { at: inZone(schedule.now.to, zone) })}</span>}
          </dd>
        </div>
        <div data-testid="on-call-next">
          <dt>{t("on_next")}</dt>
          <dd>
            <b>
              <VisibleText text={schedule.next?.user ?? t("nobody_next")} />
            </b>
            {schedule.next && <span>{t("from", { at: inZone(schedule.next.from, zone) })}</span>}
          </dd>
        </div>
      </dl>
      <Turns schedule={schedule} version={book.version} from={book.server_time} user={user} mayGiveBack={may} onTold={onTold} />
    </article>
  );
}

interface TurnsProps {
  schedule: ScheduleView;
  version: number;
  from: number;
  user: string;
  mayGiveBack: { take: boolean; change: boolean };
  onTold: (words: string) => void;
}

function Turns({ schedule, version, from, user, mayGiveBack, onTold }: TurnsProps) {
  const { clock } = useParts();
  const [start] = useState(() => from || clock.now() * 1000);
  const turns = useTurns(schedule.id, version, start).data;
  const back = useGiveBack(() => onTold(t("given_back")));
  const problem = back.error === null ? null : asApiError(back.error);
  if (turns === undefined) return null;
  if (turns.length === 0) return <p className={styles.hint}>{t("no_turns")}</p>;
  // A shift may be drawn in several turns; it is given back from the first.
  const shiftOf = (turn: TurnView, at: number) => {
    const shift = schedule.shifts.find((s) => turn.origin === "override" && s.origin === "override" && s.user === turn.user && s.from <= turn.from && turn.to <= s.to);
    const may = shift && (mayGiveBack.change || (mayGiveBack.take && shift.user === user));
    return may && !turns.slice(0, at).some((earlier) => earlier.origin === "override" && shift.from <= earlier.from && earlier.to <= shift.to && earlier.user === shift.user) ? shift : null;
  };
  return (
    <details className={styles.turns} open>
      <summary>{t("turns")}</summary>
      {problem && <p role="alert">{explain(problem.code, problem.message)}</p>}
      <table>
        <thead>
          <tr>
            <th scope="col">{t("person")}</th>
            <th scope="col">{t("begins")}</th>
            <th scope="col">{t("ends")}</th>
            <th scope="col">{t("origin")}</th>
          </tr>
        </thead>
        <tbody>
          {turns.map((turn, at) => (
            <Turn
              key={`${turn.from}-${turn.user}`}
              turn={turn}
              before={turns[at - 1]}
              zone={schedule.zone}
              isOwn={turn.user === user}
              onGiveBack={((shift) => shift && (() => back.mutate({ id: schedule.id, shift: shift.id })))(shiftOf(turn, at))}
            />
          ))}
        </tbody>
      </table>
    </details>
  );
}

const ORIGINS = ["rota", "calendar", "override"] as const;

function Turn(props: { turn: TurnView; before: TurnView | undefined; zone: string; isOwn: boolean; onGiveBack: (() => void) | null }) {
  const { turn, before, zone, isOwn, onGiveBack } = props;
  const change = clockChange(turn.from, turn.to, zone);
  const origin = ORIGINS.find((known) => known === turn.origin);
  const from = inZone(turn.from, zone);
  return (
    <>
      {before && before.to < turn.from && (
        <tr data-testid="gap">
          <td colSpan={4} className={styles.gap}>
            {t("gap", { from: inZone(before.to, zone), to: from })}
          </td>
        </tr>
      )}
      <tr data-testid="turn" data-origin={turn.origin}>
        <td>
          <VisibleText text={turn.user} />
          {isOwn && <span className={styles.own}> ({t("yours")})</span>}
        </td>
        <td>{from}</td>
        <td>
          {inZone(turn.to, zone)}
          {change !== 0 && (
            <span className={styles.change} data-testid="clock-change">
              {t(change > 0 ? "clock_on" : "clock_back", { minutes: Math.abs(change) })}
            </span>
          )}
        </td>
        <td>
          {origin ? t(origin) : turn.origin}
          {onGiveBack && (
            <Button size="small" aria-label={t("give_back_of", { user: turn.user, from })} onClick={onGiveBack}>
              {t("give_back")}
            </Button>
          )}
        </td>
      </tr>
    </>
  );
}
