/** Somebody saved in between: theirs beside mine, and nothing is lost whichever is taken. */
import { Alert, Button } from "@mui/material";
import { Changes } from "./Changes";
import type { Scope } from "./calls";
import { clashes, differences } from "./draft";
import { Latest } from "./Latest";
import { linesOf } from "./lines";
import styles from "./policy.module.css";
import { t } from "./texts";
import type { useDraft } from "./useDraft";

interface Props {
  mine: ReturnType<typeof useDraft>;
  scope: Scope;
  version: number;
}

export function Conflict({ mine, scope, version }: Props) {
  const { kept, server } = mine;
  if (!kept) return null;
  const both = clashes(kept.base, kept.draft, server);
  return (
    <Alert severity="warning" data-testid="conflict" className={styles.conflict ?? ""}>
      <p>
        <b>{t("conflict", { version })}</b> <Latest scope={scope} />
      </p>
      <div className={styles.sides}>
        <div>
          <h3>{t("theirs")}</h3>
          <Changes lines={linesOf(differences(kept.base, server))} label={t("theirs")} />
        </div>
        <div>
          <h3>{t("mine")}</h3>
          <Changes lines={linesOf(differences(kept.base, kept.draft))} label={t("mine")} />
        </div>
      </div>
      {both.length > 0 && <p>{t("clash", { what: both.map((what) => (what === "level" || what === "threshold" ? t(what) : what)).join(", ") })}</p>}
      <Button size="small" variant="outlined" onClick={mine.carryOver}>
        {t("carry_over")}
      </Button>{" "}
      <Button size="small" onClick={mine.takeTheirs}>
        {t("take_theirs")}
      </Button>
    </Alert>
  );
}
