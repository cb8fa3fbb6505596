/**
 * Rejections pressed in a notification that are not signed yet, each with its Undo. They lie with the console, so that
 * they go out on time whether or not this window is open.
 */
import { Button } from "@mui/material";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { explain, type ApiError } from "../api/problem";
import type { HeldReject } from "../api/types";
import { APPROVALS, OUTBOX, useNow, useTitle, useParts } from "../state/console";
import { useCommands } from "../state/keys";
import { VisibleText } from "../text/VisibleText";
import { Say } from "../words/Say";
import styles from "./decide.module.css";
import { useHeld } from "./held";
import { t } from "./texts";

/** Below the outbox, because they change together. */
const HELD_REJECTS = [...OUTBOX, "held"] as const;

/** `approvalId` is the request that is open beside it, if one is. */
export function HeldRejects({ approvalId }: { approvalId: string | null }) {
  const { held: kept } = useParts().client.transport;
  const cache = useQueryClient();
  const held = useQuery<HeldReject[]>({ queryKey: HELD_REJECTS, queryFn: () => kept?.list() ?? [], enabled: kept !== undefined });
  const undo = useMutation<void, ApiError, string>({
    mutationFn: (id) => kept?.undo(id) ?? Promise.resolve(),
    onSettled: () => Promise.all([OUTBOX, APPROVALS].map((queryKey) => cache.invalidateQueries({ queryKey }))),
  });
  const rows = held.data ?? [];
  // What this window itself holds back is taken back first.
  const own = useHeld().length > 0;
  const newest = rows.at(-1);
  useCommands(newest && !own ? [{ keys: "z", words: t("undo_reject_key"), run: () => undo.mutate(newest.approvalId) }] : []);
  return (
    <>
      {rows.map((row) => (
        <Line key={row.approvalId} held={row} here={row.approvalId === approvalId} onUndo={() => undo.mutate(row.approvalId)} />
      ))}
      {undo.isError && (
        <p className={styles.held} role="alert" data-testid="undo-failed">
          {explain(undo.error.code, undo.error.message)}
        </p>
      )}
    </>
  );
}

function Line({ held, here, onUndo }: { held: HeldReject; here: boolean; onUndo: () => void }) {
  const now = useNow(250);
  const title = useTitle(held.approvalId, held.title);
  const count = Math.max(0, Math.ceil(held.dueAt / 1_000_000 - now / 1000));
  return (
    <div className={styles.held} data-testid="held-reject">
      {/* The seconds change; what is announced does not. */}
      <p role="status">
        <b>
          {here ? t("rejected_here") : <Say text={t("rejected_elsewhere")} parts={{ title: <VisibleText text={title} /> }} />}
        </b>{" "}
        {t("rejected_note")}
      </p>
      <span aria-hidden="true">{t("goes_out", { count })}</span>
      <Button variant="outlined" size="small" data-testid="undo-reject" onClick={onUndo}>
        {t("undo")}
      </Button>
    </div>
  );
}
