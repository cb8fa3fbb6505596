/** The queue: what waits for this person and for others, what is put off, unsent, done; with the chosen request beside it. */
import { lazy, Suspense, useEffect } from "react";
import { Say } from "../words/Say";
import { ListPane } from "./ListPane";
import { News } from "./News";
import { chosenKeys } from "../state/keys";
import { usePreferences } from "../state/preferences";
import styles from "./queue.module.css";
import { t } from "./texts";
import { useQueue, type Queue } from "./useQueue";
import { useQueueKeys } from "./useQueueKeys";

// What is beside and over the list is not needed to draw it, but soon.
const beside = {
  Detail: () => import("../detail/Detail"),
  ComparePane: () => import("./bulk/ComparePane"),
  SnoozeDialog: () => import("../decide/SnoozeDialog"),
};
const Detail = lazy(async () => ({ default: (await beside.Detail()).Detail }));
const ComparePane = lazy(async () => ({ default: (await beside.ComparePane()).ComparePane }));
const SnoozeDialog = lazy(async () => ({ default: (await beside.SnoozeDialog()).SnoozeDialog }));
const BulkRejectDialog = lazy(async () => ({ default: (await import("./bulk/BulkRejectDialog")).BulkRejectDialog }));
const TakeOverDialog = lazy(async () => ({ default: (await import("./TakeOverDialog")).TakeOverDialog }));
const ViewsDialog = lazy(async () => ({ default: (await import("./ViewsDialog")).ViewsDialog }));

export function QueueScreen({ selectedId, tab }: { selectedId: string | null; tab: string | null }) {
  const queue = useQueue(selectedId, tab);
  useQueueKeys(queue);
  useEffect(() => {
    for (const load of Object.values(beside)) void load().catch(() => undefined);
  }, []);
  const { approvals, compared } = queue;
  return (
    <div className={styles.split} data-open={selectedId === null && compared === null ? undefined : "true"}>
      <ListPane queue={queue} />
      <Suspense fallback={<section className={styles.blank} aria-label={t("request")} />}>
        <Beside queue={queue} />
      </Suspense>
      <Suspense fallback={null}>
        <Over queue={queue} />
      </Suspense>
      <News pending={approvals.data && queue.rows.places.me} />
    </div>
  );
}

function Beside({ queue }: { queue: Queue }) {
  const { selectedId, console, compared, controls, claiming, user } = queue;
  if (selectedId !== null) {
    return (
      <Detail
        key={selectedId}
        id={selectedId}
        controls={controls}
        onDeciding={queue.setDeciding}
        onRead={queue.noteRead}
        onSnooze={(view) => queue.askUntil([view])}
        onClaim={(view) => claiming.toggle(view, user)}
        unsent={queue.unsent.get(selectedId)}
      />
    );
  }
  if (compared === null || !console) return <Nothing waiting={queue.rows.places.me.length} />;
  return (
    <ComparePane
      views={queue.sideBySide}
      console={console}
      now={queue.now}
      read={queue.read}
      run={queue.run}
      controls={controls}
      onOpen={queue.openOne}
      onBack={queue.back}
      onSnooze={queue.askUntil}
      onDeciding={queue.setDeciding}
    />
  );
}

/** The dialogs; at most one at a time. */
function Over({ queue }: { queue: Queue }) {
  const { open, marks, claiming, setOpen } = queue;
  const close = () => setOpen(null);
  const contested = claiming.contested?.claimed_by;
  if (contested) return <TakeOverDialog claim={contested} onCancel={claiming.cancel} onTakeOver={claiming.takeOver} />;
  if (open === null) return null;
  if (open === "reject") return <BulkRejectDialog views={marks.views} onCancel={close} onReject={queue.rejectMarked} />;
  if (open !== "views") {
    return <SnoozeDialog views={open.snooze} now={queue.now} onCancel={close} onSnooze={(span) => queue.putOff(open.snooze, span)} />;
  }
  return (
    <ViewsDialog
      user={queue.user ?? ""}
      shown={queue.shown}
      onShow={(view) => {
        queue.showView(view);
        close();
      }}
      onClose={close}
    />
  );
}

function Nothing({ waiting }: { waiting: number }) {
  const { letterKeys } = usePreferences();
  const keys = { j: "j", k: "k", enter: "Enter", a: "a", r: "r", x: "x", s: "s", help: "?" };
  return (
    <section className={styles.blank} aria-label={t("request")}>
      <p>{t(waiting > 0 ? "choose" : "clear")}</p>
      {letterKeys && (
        <p className={styles.hint}>
          <Say text={t("hint")} parts={Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, <kbd key={name}>{chosenKeys(key)}</kbd>]))} />
        </p>
      )}
    </section>
  );
}
