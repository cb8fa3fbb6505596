/** The strip that says whether the record was verified, by what, and lets a person do it again. */
import { Button, LinearProgress } from "@mui/material";
import { useState } from "react";
import type { ConsoleState, RecordStatus } from "../api/types";
import { ago } from "../state/clock";
import { useNow } from "../state/console";
import { language } from "../words/words";
import { CompareDialog } from "./CompareDialog";
import { t } from "./copy.texts";
import { Found, headlineOf } from "./Found";
import styles from "./record.module.css";
import { FileDialog } from "./FileDialog";
import type { Verifying } from "./useRecord";
import { windowWords, WindowDialog } from "./WindowDialog";

interface Props {
  state: ConsoleState;
  kept: RecordStatus | undefined;
  verifying: Verifying;
  onExport: () => void;
}

export function Integrity({ state, kept, verifying, onExport }: Props) {
  const now = useNow(15_000);
  const [asking, setAsking] = useState<"file" | "window" | "compare" | null>(null);
  const last = kept?.last;
  const broken = state.integrity?.ok === false || last?.verdict === "broken";
  return (
    <section className={styles.strip} aria-label={t("integrity")} data-tone={broken ? "bad" : seen(state, kept) > 0 ? "good" : "none"} data-testid="integrity">
      {/* A page that keeps and checks nothing claims nothing. */}
      {(kept || state.integrity) && (
        <dl className={styles.facts}>
          <Fact name={t("record")} words={broken ? t("broken") : sizeWords(state, kept)} />
          {kept?.root !== undefined && <Fact name={t("root")} words={`${kept.root.slice(0, 12)}…`} title={kept.root} mono />}
          {kept?.vkey !== undefined && <Fact name={t("key")} words={t("pinned", { name: keyName(kept.vkey) })} title={kept.vkey} />}
          <Fact name={t("witnesses")} words={witnessWords(state)} />
          {kept && <Fact name={t("kept_here")} words={keptWords(kept)} />}
          {kept && <Fact name={t("last")} words={last ? `${ago(now - last.at / 1000)}: ${headlineOf(last)}` : t("never")} />}
        </dl>
      )}
      {broken && <p className={styles.todo}>{t(kept ? "broken_next" : "broken_next_web")}</p>}
      {kept ? (
        <div className={styles.buttons}>
          <Button data-testid="verify-now" variant="outlined" size="small" disabled={verifying.running} onClick={() => verifying.start(null)}>
            {t("verify_now")}
          </Button>
          <Button data-testid="verify-file" size="small" disabled={verifying.running} onClick={() => setAsking("file")}>
            {t("verify_file")}
          </Button>
          <Button size="small" onClick={() => setAsking("window")}>
            {t("what_is_kept")}
          </Button>
          <Button data-testid="compare-head" size="small" onClick={() => setAsking("compare")}>
            {t("compare")}
          </Button>
          <Button data-testid="export-record" size="small" onClick={onExport}>
            {t("export")}
          </Button>
        </div>
      ) : (
        <p className={styles.hint}>{t("only_reads")}</p>
      )}
      {verifying.running && <Running verifying={verifying} />}
      <Found verifying={verifying} />
      <FileDialog open={asking === "file"} onClose={() => setAsking(null)} onVerify={verifying.start} />
      {asking === "compare" && kept && <CompareDialog kept={kept} onClose={() => setAsking(null)} />}
      {asking === "window" && kept && <WindowDialog window={kept.window} onClose={() => setAsking(null)} />}
    </section>
  );
}

function Running({ verifying }: { verifying: Verifying }) {
  const { step } = verifying;
  const share = step && step.total > 0 ? Math.floor((step.done / step.total) * 100) : 0;
  return (
    <div className={styles.running}>
      <LinearProgress
        variant={step ? "determinate" : "indeterminate"}
        {...(step ? { value: share } : {})}
        aria-label={t("verifying")}
      />
      <span className={styles.share}>{step ? `${share} %` : t("starting")}</span>
      <Button size="small" onClick={verifying.cancel}>
        {t("stop")}
      </Button>
    </div>
  );
}

function Fact(props: { name: string; words: string; title?: string; mono?: boolean }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd title={props.title} className={props.mono ? styles.mono : undefined}>
        {props.words}
      </dd>
    </div>
  );
}

const numbered = (n: number): string => n.toLocaleString(language());

function keptWords({ kept, window, toFetch }: RecordStatus): string {
  const whole = t("kept", { count: kept, n: numbered(kept), window: windowWords(window) });
  return toFetch > 0 ? `${whole} · ${t("to_fetch", { n: numbered(toFetch) })}` : whole;
}

/** Entries that this console has seen proven. */
const seen = (state: ConsoleState, kept: RecordStatus | undefined): number => Math.max(state.integrity?.size ?? 0, kept?.hashes ?? 0);

function sizeWords(state: ConsoleState, kept: RecordStatus | undefined): string {
  const size = seen(state, kept);
  return size === 0 ? t("unseen") : t("consistent", { n: numbered(size) });
}

function witnessWords({ witnessed }: ConsoleState): string {
  if (!witnessed || witnessed.required === 0) return t("none_demanded");
  const { cosignatures: n, required } = witnessed;
  return t(witnessed.late ? "cosigned_late" : "cosigned", { n, required, size: numbered(witnessed.size) });
}

/** The name in a verification key (`NAME+HASH+KEY`). */
function keyName(vkey: string): string {
  return vkey.split("+")[0] ?? vkey;
}
