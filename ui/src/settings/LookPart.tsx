/** How the page looks, and in which language it speaks. Kept on this machine, for this person. */
import { FormControl, FormControlLabel, FormLabel, Radio, RadioGroup, Switch } from "@mui/material";
import { prefer, usePreferences, type Preferences } from "../state/preferences";
import { LANGUAGES } from "../words/words";
import styles from "./settings.module.css";
import { t } from "./texts";

const THEMES = ["system", "light", "dark"] as const;

export function LookPart() {
  const { theme, contrast, language } = usePreferences();
  return (
    <>
      <FormControl component="fieldset" className={styles.group}>
        <FormLabel id="theme">{t("theme")}</FormLabel>
        <RadioGroup aria-labelledby="theme" value={theme} onChange={(_, value) => prefer({ theme: value as Preferences["theme"] })}>
          {THEMES.map((name) => (
            <FormControlLabel key={name} value={name} control={<Radio size="small" slotProps={handle(`theme-${name}`)} />} label={t(`theme_${name}`)} />
          ))}
        </RadioGroup>
        <FormControlLabel
          control={<Switch checked={contrast} onChange={(_, on) => prefer({ contrast: on })} slotProps={handle("contrast")} />}
          label={t("contrast")}
        />
        <p className={styles.hint}>{t("contrast_hint")}</p>
      </FormControl>
      <FormControl component="fieldset" className={styles.group}>
        <FormLabel id="language">{t("language")}</FormLabel>
        <RadioGroup
          aria-labelledby="language"
          value={language}
          onChange={(_, value) => prefer({ language: value as Preferences["language"] })}
        >
          <FormControlLabel value="system" control={<Radio size="small" slotProps={handle("language-system")} />} label={t("language_system")} />
          {Object.entries(LANGUAGES).map(([tag, name]) => (
            <FormControlLabel key={tag} value={tag} control={<Radio size="small" slotProps={handle(`language-${tag}`)} />} label={<span lang={tag}>{name}</span>} />
          ))}
        </RadioGroup>
        <p className={styles.hint}>{t("language_hint")}</p>
      </FormControl>
    </>
  );
}

/** A handle on the control itself. */
function handle(testid: string) {
  return { input: { "data-testid": testid } as object };
}
