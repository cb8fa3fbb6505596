/** Takes an envelope ahead of time, for one gate and one scope. */
import { Alert, Button, Dialog, DialogActions, DialogContent, DialogTitle, MenuItem, TextField } from "@mui/material";
import { useId, useState, type FormEvent } from "react";
import { Refused } from "../shell/Refused";
import styles from "./emergency.module.css";
import { t } from "./texts.envelopes";
import { useGates, useTake } from "./useEnvelopes";

const MINUTES = [15, 30, 60];
const HOURS = [8, 24, 72, 168];

export function TakeEnvelope({ holder, onClose, onDone }: { holder: string; onClose: () => void; onDone: () => void }) {
  const titleId = useId();
  const gates = useGates(true).data ?? [];
  const [gate, setGate] = useState("");
  const [scope, setScope] = useState<"repo" | "agent">("repo");
  const [name, setName] = useState("");
  const [minutes, setMinutes] = useState(15);
  const [hours, setHours] = useState(24);
  const take = useTake(onDone);
  const complete = gate !== "" && name.trim() !== "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (complete) take.mutate({ gate_id: gate, holder, scope, name: name.trim(), minutes, hours });
  };
  return (
    <Dialog open onClose={(_, why) => why === "escapeKeyDown" && onClose()} aria-labelledby={titleId} maxWidth="sm" fullWidth>
      <form onSubmit={submit} noValidate>
        <DialogTitle id={titleId}>{t("take_title")}</DialogTitle>
        <DialogContent className={styles.form}>
          {gates.length === 0 && <Alert severity="info">{t("no_gates")}</Alert>}
          <TextField select label={t("which_gate")} value={gate} onChange={(event) => setGate(event.target.value)} slotProps={{ select: { SelectDisplayProps: { "data-testid": "envelope-gate" } as object } }}>
            {gates.map((known) => (
              <MenuItem key={known.id} value={known.id} disabled={known.suspected}>
                {`${known.name} (${known.agent ?? known.user})${known.suspected ? ` – ${t("suspected")}` : ""}`}
              </MenuItem>
            ))}
          </TextField>
          <TextField select label={t("scope")} value={scope} onChange={(event) => setScope(event.target.value === "agent" ? "agent" : "repo")}>
            <MenuItem value="repo">{t("repo")}</MenuItem>
            <MenuItem value="agent">{t("agent")}</MenuItem>
          </TextField>
          <TextField label={t("name")} value={name} onChange={(event) => setName(event.target.value)} slotProps={{ htmlInput: { maxLength: 200, "data-testid": "envelope-name" } }} />
          <TextField select label={t("how_long")} value={minutes} onChange={(event) => setMinutes(Number(event.target.value))}>
            {MINUTES.map((n) => (
              <MenuItem key={n} value={n}>
                {n}
              </MenuItem>
            ))}
          </TextField>
          <TextField select label={t("hours")} value={hours} onChange={(event) => setHours(Number(event.target.value))}>
            {HOURS.map((n) => (
              <MenuItem key={n} value={n}>
                {t("hours_n", { count: n })}
              </MenuItem>
            ))}
          </TextField>
          {take.error && <Alert severity="error"><Refused error={take.error} /></Alert>}
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" variant="contained" disabled={!complete || take.isPending} data-testid="confirm-take-envelope">
            {t("do_take")}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
