/** From which level on an approval needs a reason. */
import { TextField } from "@mui/material";
import { LEVELS } from "../api/types";
import { words } from "../words/words";
import styles from "./policy.module.css";

/** Its name in the form and on the wire. */
export const REASON_FROM = "approve_reason_from";
/** No level. */
export const NEVER = "never";

const t = words("reason-from", {
  en: {
    label: "An approval needs a reason from",
    hint: "Whoever approves at this level or above must say why. Without a reason the server refuses the approval.",
    never: "no level: a reason is voluntary",
    low: "low risk",
    medium: "medium risk",
    high: "high risk",
    critical: "critical risk",
  },
  de: {
    label: "Eine Zustimmung braucht einen Grund ab",
    hint: "Wer ab dieser Stufe zustimmt, muss sagen, warum. Ohne Grund weist der Server die Zustimmung ab.",
    never: "keiner Stufe: Ein Grund ist freiwillig",
    low: "niedrigem Risiko",
    medium: "mittlerem Risiko",
    high: "hohem Risiko",
    critical: "kritischem Risiko",
  },
});

/** Whether some level that needed a reason no longer does. */
export function fewerReasons(from: string, to: string): boolean {
  const place = (name: string) => LEVELS.findIndex((level) => level === name);
  return from !== NEVER && (to === NEVER || place(to) > place(from));
}

interface Props {
  value: string;
  disabled: boolean;
  onChange: (value: string) => void;
}

export function ReasonFrom({ value, disabled, onChange }: Props) {
  return (
    <fieldset className={styles.fields}>
      <legend>{t("label")}</legend>
      <TextField
        select
        value={value}
        disabled={disabled}
        helperText={t("hint")}
        onChange={(event) => onChange(event.target.value)}
        slotProps={{ select: { native: true }, htmlInput: { "data-testid": "reason-from", "aria-label": t("label") } }}
      >
        {[NEVER, ...LEVELS].map((name) => (
          <option key={name} value={name}>
            {t(name as "never")}
          </option>
        ))}
      </TextField>
    </fieldset>
  );
}

/** What it is called in a list of changes. */
export const reasonLabel = (): string => t("label");
