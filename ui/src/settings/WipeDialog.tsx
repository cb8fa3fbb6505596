/** Removes this console's copy and keys from this machine, after asking; unsent votes are named and need a tick. */
import { Checkbox, FormControlLabel } from "@mui/material";
import { useState } from "react";
import { asApiError, type ApiError } from "../api/problem";
import type { Machine } from "../api/transport";
import { Ask } from "./Ask";
import { t } from "./texts";

interface Props {
  machine: Machine;
  onClose: () => void;
  onWiped: () => void;
}

export function WipeDialog({ machine, onClose, onWiped }: Props) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const [lose, setLose] = useState(false);
  const unsent = error?.code === "unsent_decisions";
  const wipe = () => {
    setBusy(true);
    machine
      .wipe(unsent && lose)
      .then(() => {
        onClose();
        onWiped();
      })
      .catch((thrown: unknown) => setError(asApiError(thrown)))
      .finally(() => setBusy(false));
  };
  return (
    <Ask
      title={t("wipe_title")}
      what={t("wipe_what")}
      act={t("wipe")}
      busy={busy}
      held={unsent && !lose}
      error={error}
      onClose={onClose}
      onConfirm={wipe}
    >
      {unsent && (
        <FormControlLabel
          control={<Checkbox checked={lose} onChange={(_, on) => setLose(on)} slotProps={{ input: { "data-testid": "lose-unsent" } as object }} />}
          label={t("wipe_lose")}
        />
      )}
    </Ask>
  );
}
