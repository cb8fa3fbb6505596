/** For how long what ran may be rolled back, by action type; what is not named here keeps the shipped window. */
import { Button, TextField } from "@mui/material";
import { useState } from "react";
import { Fields } from "./Fields";
import styles from "./policy.module.css";
import { t } from "./texts";
import type { Form } from "./useForm";
import { useDefaults } from "./usePolicy";
import { badMinutes, OTHERS, typesIn, typeWords, windowField, windowWords } from "./windows";

export function Windows({ form, disabled }: { form: Form; disabled: boolean }) {
  const types = typesIn(form.server, form.values);
  const fields = types.map((type) => {
    const value = form.values[windowField(type)] ?? "";
    return { name: windowField(type), label: typeWords(type), inherited: "", value, hint: windowWords(value), bad: badMinutes(value) };
  });
  return (
    <Fields title={t("windows")} hint={t("windows_hint")} fields={fields} disabled={disabled} onChange={form.set}>
      {fields.length === 0 && <p className={styles.quiet}>{t("windows_none")}</p>}
      {!disabled && <AddWindow taken={types} onAdd={(type, minutes) => form.set(windowField(type), minutes)} />}
    </Fields>
  );
}

function AddWindow({ taken, onAdd }: { taken: string[]; onAdd: (type: string, minutes: string) => void }) {
  const known = useDefaults().data?.action_types ?? [];
  const free = [OTHERS, ...known].filter((type) => !taken.includes(type));
  const [type, setType] = useState("");
  const [minutes, setMinutes] = useState("");
  const [tried, setTried] = useState(false);
  const bad = minutes.trim() === "" ? t("window_empty") : badMinutes(minutes);
  const chosen = free.includes(type) ? type : "";
  return (
    <form
      className={styles.add}
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (bad !== null || chosen === "") return;
        onAdd(chosen, minutes.trim());
        setType("");
        setMinutes("");
        setTried(false);
      }}
    >
      <TextField
        select
        label={t("window_type")}
        value={chosen}
        error={tried && chosen === ""}
        helperText={tried && chosen === "" ? t("window_choose") : " "}
        onChange={(event) => setType(event.target.value)}
        slotProps={{ select: { native: true }, inputLabel: { shrink: true }, htmlInput: { "data-testid": "window-type" } }}
      >
        <option value="">{t("window_choose")}</option>
        {free.map((name) => (
          <option key={name} value={name}>
            {typeWords(name)}
          </option>
        ))}
      </TextField>
      <TextField
        label={t("window_length")}
        value={minutes}
        error={tried && bad !== null}
        helperText={tried && bad !== null ? bad : minutes.trim() === "" ? " " : (badMinutes(minutes) ?? windowWords(minutes))}
        onChange={(event) => setMinutes(event.target.value)}
        slotProps={{ inputLabel: { shrink: true }, htmlInput: { inputMode: "numeric", "data-testid": "window-minutes" } }}
      />
      <Button type="submit" variant="outlined">
        {t("add")}
      </Button>
    </form>
  );
}
