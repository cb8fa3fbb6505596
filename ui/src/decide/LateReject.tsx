/** A reject that came after the action had run: the way to undo what ran, where the record has it. */
import { Button } from "@mui/material";
import { useTrail } from "../record/useRecord";
import { goToRecord } from "../state/route";
import { t } from "./texts";

const RAN = new Set(["execution_started", "execution_finished"]);

export function LateReject({ actionId }: { actionId: string }) {
  const ran = (useTrail(actionId).data ?? []).findLast(({ kind }) => RAN.has(kind));
  if (!ran) return null;
  return (
    <Button size="small" color="inherit" data-testid="propose-rollback" onClick={() => goToRecord(ran.index, "")}>
      {t("propose_rollback")}
    </Button>
  );
}
