/** Which part of the record this console keeps whole. */
import {
  Button,
  Dialog,
  DialogActions,
  DialogContent,
  DialogContentText,
  DialogTitle,
  FormControlLabel,
  Radio,
  RadioGroup,
  TextField,
} from "@mui/material";
import { useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { asApiError } from "../api/problem";
import type { KeptWindow } from "../api/types";
import { useParts } from "../state/console";

/** The setting in words. */
export function windowWords({ days, repos }: KeptWindow): string {
  const time = days === undefined ? "of all time" : days === 1 ? "of the last day" : `of the last ${days} days`;
  return repos === undefined || repos.length === 0 ? time : `${time} in ${repos.join(", ")}`;
}

export function WindowDialog({ window, onClose }: { window: KeptWindow; onClose: () => void }) {
  const { client } = useParts();
  const cache = useQueryClient();
  const [all, setAll] = useState(window.days === undefined);
  const [days, setDays] = useState(String(window.days ?? 30));
  const [repos, setRepos] = useState((window.repos ?? []).join(", "));
  const [error, setError] = useState<string | null>(null);
  const title = useId();
  const count = Number(days);
  const bad = !all && !(Number.isInteger(count) && count >= 1 && count <= 36_500);
  const save = () => {
    const named = repos.split(",").map((repo) => repo.trim()).filter((repo) => repo !== "");
    const wanted: KeptWindow = { ...(all ? {} : { days: count }), ...(named.length > 0 ? { repos: named } : {}) };
    client.transport.record
      ?.keep(wanted)
      .then(() => cache.invalidateQueries({ queryKey: ["state"] }))
      .then(onClose)
      .catch((thrown: unknown) => setError(asApiError(thrown).message));
  };
  return (
    <Dialog open onClose={onClose} aria-labelledby={title} maxWidth="sm" fullWidth>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!bad) save();
        }}
      >
        <DialogTitle id={title}>What is kept here</DialogTitle>
        <DialogContent sx={{ display: "grid", gap: 1.5 }}>
          <DialogContentText>
            Entries of this window are kept whole, encrypted, and can be read and verified offline. Of all others only the
            hash is kept, which is enough to rebuild the signed root.
          </DialogContentText>
          <RadioGroup aria-label="How far back" value={all ? "all" : "days"} onChange={(_, value) => setAll(value === "all")}>
            <FormControlLabel value="days" control={<Radio size="small" />} label="The last days" />
            <FormControlLabel value="all" control={<Radio size="small" />} label="Everything" />
          </RadioGroup>
          {!all && (
            <TextField
              label="Days"
              value={days}
              error={bad}
              helperText={bad ? "A whole number of days, 1 to 36,500." : " "}
              onChange={(event) => setDays(event.target.value)}
              slotProps={{ htmlInput: { inputMode: "numeric" } }}
            />
          )}
          <TextField
            label="Only these repositories"
            value={repos}
            onChange={(event) => setRepos(event.target.value)}
            helperText="Names joined by commas; empty: all. Keys and erasures are always kept."
          />
          {error !== null && <p role="alert">{error}</p>}
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="contained" disabled={bad}>
            Keep this
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
