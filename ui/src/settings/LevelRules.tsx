/** How each level is told. */
import { Checkbox, MenuItem, Select, TextField } from "@mui/material";
import { LEVELS, type Level, type LevelRule, type NotifyPreferences } from "../api/types";
import { LEVEL_WORDS, LevelMark } from "../shell/LevelMark";
import styles from "./settings.module.css";
import { t } from "./texts";

interface Props {
  shown: NotifyPreferences;
  fault: boolean;
  onChange: (next: NotifyPreferences) => void;
}

/** No setting makes anybody miss these. */
const ALWAYS: readonly Level[] = ["high", "critical"];

export function LevelRules({ shown, fault, onChange }: Props) {
  const set = (level: Level, change: Partial<LevelRule>) =>
    onChange({ ...shown, levels: { ...shown.levels, [level]: { ...shown.levels[level], ...change } } });
  return (
    <div className={styles.group}>
      <h2>{t("levels")}</h2>
      <div className={styles.scroll}>
        <table className={styles.keys}>
          <thead>
            <tr>
              {(["level", "show", "sound", "repeat"] as const).map((head) => (
                <th key={head} scope="col">
                  {t(head)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {LEVELS.map((level) => (
              <tr key={level}>
                <th scope="row">
                  <LevelMark level={level} />
                </th>
                <td>
                  <Select
                    size="small"
                    value={shown.levels[level].show}
                    disabled={ALWAYS.includes(level)}
                    onChange={(event) => set(level, { show: event.target.value as LevelRule["show"] })}
                    inputProps={{ "aria-label": t("show_of", { level: LEVEL_WORDS[level] }), "data-testid": `show-${level}` }}
                  >
                    {(["never", "digest", "bubble"] as const).map((show) => (
                      <MenuItem key={show} value={show}>
                        {t(`show_${show}`)}
                      </MenuItem>
                    ))}
                  </Select>
                </td>
                {(["sound", "repeat"] as const).map((name) => (
                  <td key={name}>
                    <Checkbox
                      checked={shown.levels[level][name]}
                      onChange={(_, on) => set(level, { [name]: on })}
                      slotProps={{ input: { "aria-label": t(`${name}_of`, { level: LEVEL_WORDS[level] }), "data-testid": `${name}-${level}` } as object }}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className={styles.hint}>{t("levels_hint")}</p>
      <TextField
        id="digest"
        label={t("digest")}
        value={Number.isNaN(shown.digest) ? "" : String(shown.digest)}
        error={fault}
        helperText={fault ? t("digest_bad") : " "}
        onChange={(event) => onChange({ ...shown, digest: event.target.value === "" ? Number.NaN : Number(event.target.value) })}
        slotProps={{ htmlInput: { inputMode: "numeric", "data-testid": "digest" } }}
      />
    </div>
  );
}
