/** How much a notification tells whoever looks at the screen. */
import { FormControl, FormControlLabel, FormLabel, Radio, RadioGroup } from "@mui/material";
import type { NotifyPreferences } from "../api/types";
import { useDiagnostics } from "./DiagnosticsPart";
import styles from "./settings.module.css";
import { t } from "./texts";

export function Contents({ shown, onChange }: { shown: NotifyPreferences; onChange: (next: NotifyPreferences) => void }) {
  return (
    <FormControl component="fieldset" className={styles.group}>
      <FormLabel id="contents">{t("contents")}</FormLabel>
      <RadioGroup
        aria-labelledby="contents"
        value={shown.contents}
        onChange={(_, value) => onChange({ ...shown, contents: value as NotifyPreferences["contents"] })}
      >
        {(["full", "hidden_when_locked", "hidden"] as const).map((name) => (
          <FormControlLabel
            key={name}
            value={name}
            control={<Radio size="small" slotProps={{ input: { "data-testid": `contents-${name}` } as object }} />}
            label={t(`contents_${name}`)}
          />
        ))}
      </RadioGroup>
      <p className={styles.hint}>{t("contents_hint")}</p>
      {shown.contents === "hidden_when_locked" && <Told />}
    </FormControl>
  );
}

/** What this desktop tells about its screen, and so what that choice can do here. */
function Told() {
  const found = useDiagnostics();
  if (!found.isSuccess) return null;
  const { locked, shared } = found.data.screen;
  return (
    <div className={styles.hint} data-testid="contents-told">
      <p>{t(locked == null ? "lock_untold" : "lock_told")}</p>
      <p>{t(shared == null ? "share_untold" : "share_told")}</p>
    </div>
  );
}
