/** Single characters as commands: on or off, and which (WCAG 2.1.4). */
import { Alert, Button, FormControlLabel, Switch } from "@mui/material";
import { useState } from "react";
import { prefer, usePreferences } from "../state/preferences";
import { keyFault, OWN_KEYS, withKey, type OwnKey } from "./keymap";
import styles from "./settings.module.css";
import { keyWords, t } from "./texts";

export function KeysPart() {
  const { letterKeys, typeInsteadOfHold, keys } = usePreferences();
  const [fault, setFault] = useState<string | null>(null);
  const choose = (own: OwnKey, chosen: string) => {
    const wrong = keyFault(own, chosen, keys);
    setFault(wrong === null ? null : t(`key_${wrong}`, { key: chosen }));
    if (wrong === null) prefer({ keys: withKey(own, chosen, keys) });
  };
  return (
    <>
      <div className={styles.group}>
        <FormControlLabel
          control={<Switch checked={letterKeys} onChange={(_, on) => prefer({ letterKeys: on })} />}
          label={t("letter_keys")}
        />
        <p className={styles.hint}>{t("letter_keys_hint")}</p>
        <FormControlLabel
          control={<Switch checked={typeInsteadOfHold} onChange={(_, on) => prefer({ typeInsteadOfHold: on })} />}
          label={t("type_instead")}
        />
        <p className={styles.hint}>{t("type_instead_hint")}</p>
      </div>
      <div className={styles.group}>
        <h2>{t("remap")}</h2>
        <p className={styles.hint}>{t("remap_hint")}</p>
        <div role="alert" className={styles.told}>
          {fault !== null && <Alert severity="error">{fault}</Alert>}
        </div>
        <table className={styles.keys}>
          <thead>
            <tr>
              <th scope="col">{t("command")}</th>
              <th scope="col">{t("key")}</th>
            </tr>
          </thead>
          <tbody>
            {OWN_KEYS.map((own) => (
              <tr key={own}>
                <th scope="row">{keyWords(own)}</th>
                <td>
                  <input
                    aria-label={t("key_for", { command: keyWords(own) })}
                    data-testid={`key-${own}`}
                    value={keys[own] ?? own}
                    disabled={!letterKeys}
                    // The newest character takes the place of the one before.
                    onChange={(event) => event.target.value !== "" && choose(own, event.target.value.slice(-1))}
                    onFocus={(event) => event.target.select()}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        <div>
          <Button
            disabled={Object.keys(keys).length === 0}
            onClick={() => {
              setFault(null);
              prefer({ keys: {} });
            }}
            data-testid="keys-reset"
          >
            {t("keys_reset")}
          </Button>
        </div>
      </div>
    </>
  );
}
