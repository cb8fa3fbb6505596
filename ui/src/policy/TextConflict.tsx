/** Somebody saved another text in between: both are shown, and mine is only replaced when I say so. */
import { Alert, Button } from "@mui/material";
import type { TextView } from "./calls";
import type { KeptText } from "./OrgText";
import styles from "./policy.module.css";
import { TextDiff } from "./TextDiff";
import { t } from "./texts";

interface Props {
  kept: KeptText;
  view: TextView;
  onTake: () => void;
  onKeep: () => void;
}

export function TextConflict({ kept, view, onTake, onKeep }: Props) {
  return (
    <Alert severity="warning" data-testid="conflict">
      <p>
        <b>{t("conflict", { version: view.version })}</b> {t("text_conflict")}
      </p>
      <div className={styles.sides}>
        <div>
          <h3>{t("theirs")}</h3>
          <TextDiff before={kept.base} after={view.text} />
        </div>
        <div>
          <h3>{t("mine")}</h3>
          <TextDiff before={kept.base} after={kept.text} />
        </div>
      </div>
      <Button size="small" variant="outlined" onClick={onKeep}>{t("keep_mine")}</Button>{" "}
      <Button size="small" onClick={onTake}>{t("take_theirs_text")}</Button>
    </Alert>
  );
}
