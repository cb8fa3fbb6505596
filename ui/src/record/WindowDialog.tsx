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
import { wordsOf } from "../api/problem";
import type { KeptWindow } from "../api/types";
import { useParts } from "../state/console";
import { t } from "./copy.texts";

/** The setting in words. */
export function windowWords({ days, repos }: KeptWindow): string {
  const time = days === undefined ? t("of_all_time") : t("of_days", { count: days });
  return repos === undefined || repos.length === 0 ? time : t("in_repos", { time, repos: repos.join(", ") });
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
      .catch((thrown: unknown) => setError(wordsOf(thrown)));
  };
  return (
    <Dialog open onClose={(_, why) => why === "escapeKeyDown" && onClose()} aria-labelledby={title} maxWidth="sm" fullWidth>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!bad) save();
        }}
      >
        <DialogTitle id={title}>{t("window_title")}</DialogTitle>
        <DialogContent sx={{ display: "grid", gap: 1.5 }}>
          <DialogContentText>{t("window_what")}</DialogContentText>
          <RadioGroup aria-label={t("how_far")} value={all ? "all" : "days"} onChange={(_, value) => setAll(value === "all")}>
            <FormControlLabel value="days" control={<Radio size="small" />} label={t("last_days")} />
            <FormControlLabel value="all" control={<Radio size="small" />} label={t("everything")} />
          </RadioGroup>
          {!all && (
            <TextField
              label={t("days")}
              value={days}
              error={bad}
              helperText={bad ? t("days_bad") : " "}
              onChange={(event) => setDays(event.target.value)}
              slotProps={{ htmlInput: { inputMode: "numeric" } }}
            />
          )}
          <TextField
            label={t("only_repos")}
            value={repos}
            onChange={(event) => setRepos(event.target.value)}
            helperText={t("only_repos_hint")}
          />
          {error !== null && <p role="alert">{error}</p>}
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" variant="contained" disabled={bad}>
            {t("keep")}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
