/** The handover sheet: everything that is open now, to be read, printed or taken along. */
import { Button } from "@mui/material";
import type { ReactNode } from "react";
import { levelOf, type ConsoleState } from "../api/types";
import { saveAs } from "../insight/table";
import { Waiting } from "../shell/Failure";
import { LevelMark } from "../shell/LevelMark";
import { fullTime } from "../state/clock";
import { VisibleText } from "../text/VisibleText";
import { NotShown } from "./OncallScreen";
import styles from "./oncall.module.css";
import { asText, sections, type Row } from "./sheet";
import { t } from "./texts";
import { useHandover, type HandoverView } from "./useOncall";

export function Handover({ state }: { state: ConsoleState }) {
  const sheet = useHandover();
  if (sheet.isPending) return <Waiting rows={4} />;
  if (sheet.isError) return <NotShown error={sheet.error} online={state.online} onRetry={() => void sheet.refetch()} />;
  return <Sheet sheet={sheet.data} />;
}

function Sheet({ sheet }: { sheet: HandoverView }) {
  const name = `handover-${new Date(sheet.at / 1000).toISOString().slice(0, 16).replaceAll(":", "")}`;
  return (
    <div className={styles.sheet} data-testid="handover" data-print="sheet">
      <div className={styles.noPrint}>
        <p className={styles.hint}>{t("sheet_intro")}</p>
        <div className={styles.acts}>
          <Button variant="outlined" onClick={() => globalThis.print()} data-testid="print-handover">
            {t("print")}
          </Button>
          <Button variant="outlined" onClick={() => saveAs(`${name}.md`, asText(sheet), "text/markdown")} data-testid="handover-text">
            {t("as_text")}
          </Button>
          <Button variant="outlined" onClick={() => saveAs(`${name}.json`, `${JSON.stringify(sheet, null, 2)}\n`, "application/json")} data-testid="handover-json">
            {t("as_json")}
          </Button>
        </div>
      </div>
      <p className={styles.paperTitle} data-testid="paper-title">
        {t("handover")}
      </p>
      <p className={styles.asOf}>{t("sheet_at", { at: fullTime(sheet.at) })}</p>
      {sections(sheet).map(({ key, title, rows, empty }) => (
        <Part key={key} name={key} title={title} empty={empty}>
          {rows.map((row) => (
            <Item key={row.id} row={row} />
          ))}
        </Part>
      ))}
    </div>
  );
}

function Part({ name, title, empty, children }: { name: string; title: string; empty: string; children: ReactNode[] }) {
  return (
    <section aria-label={title} data-testid={`handover-${name}`}>
      <h2>
        {title} <span className={styles.count}>{children.length}</span>
      </h2>
      {children.length === 0 ? <p className={styles.hint}>{empty}</p> : <ul className={styles.items}>{children}</ul>}
    </section>
  );
}

function Item({ row }: { row: Row }) {
  return (
    <li>
      <span className={styles.itemHead}>
        {row.level != null && <LevelMark level={levelOf(row.level)} />}
        {row.href == null ? (
          <b>
            <VisibleText text={row.head} />
          </b>
        ) : (
          <a href={row.href}>
            <VisibleText text={row.head} />
          </a>
        )}
      </span>
      <span className={styles.hint}>
        <VisibleText text={row.facts.join(" · ")} />
      </span>
    </li>
  );
}
