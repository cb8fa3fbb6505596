/** The strip that says whether the record was verified, by what, and lets a person do it again. */
import { Button, LinearProgress } from "@mui/material";
import { useState } from "react";
import type { ConsoleState, RecordStatus } from "../api/types";
import { asApiError } from "../api/problem";
import { ago } from "../state/clock";
import { useNow, useParts } from "../state/console";
import { Found } from "./Found";
import styles from "./record.module.css";
import { FileDialog } from "./FileDialog";
import type { Verifying } from "./useRecord";
import { windowWords, WindowDialog } from "./WindowDialog";

interface Props {
  state: ConsoleState;
  kept: RecordStatus | undefined;
  verifying: Verifying;
}

export function Integrity({ state, kept, verifying }: Props) {
  const { client } = useParts();
  const now = useNow(15_000);
  const [asking, setAsking] = useState<"file" | "window" | null>(null);
  const [saved, setSaved] = useState<string | null>(null);
  const last = kept?.last;
  const broken = state.integrity?.ok === false || last?.verdict === "broken";
  const save = () => {
    setSaved("Writing …");
    client.transport.record
      ?.save(null)
      .then(({ path, kept: whole, size }) => {
        const part = whole < size ? ` It holds ${whole.toLocaleString()} entries and says that it is a part.` : "";
        setSaved(`Written to ${path}.${part}`);
        return undefined;
      })
      .catch((thrown: unknown) => setSaved(`Nothing was written: ${asApiError(thrown).message}`));
  };
  return (
    <section className={styles.strip} aria-label="Integrity" data-tone={broken ? "bad" : seen(state, kept) > 0 ? "good" : "none"} data-testid="integrity">
      <dl className={styles.facts}>
        <Fact name="Record" words={sizeWords(state, kept)} />
        {kept?.root !== undefined && <Fact name="Root" words={`${kept.root.slice(0, 12)}…`} title={kept.root} mono />}
        {kept?.vkey !== undefined && <Fact name="Key" words={`${keyName(kept.vkey)}, pinned`} title={kept.vkey} />}
        <Fact name="Witnesses" words={witnessWords(state)} />
        {kept && <Fact name="Kept here" words={`${kept.kept.toLocaleString()} entries, ${windowWords(kept.window)}${kept.toFetch > 0 ? ` · ${kept.toFetch.toLocaleString()} to fetch` : ""}`} />}
        {kept && <Fact name="Last verified" words={last ? `${ago(now - last.at / 1000)}: ${last.headline}` : "never in full"} />}
      </dl>
      {kept ? (
        <div className={styles.buttons}>
          <Button data-testid="verify-now" variant="outlined" size="small" disabled={verifying.running} onClick={() => verifying.start(null)}>
            Verify now
          </Button>
          <Button data-testid="verify-file" size="small" disabled={verifying.running} onClick={() => setAsking("file")}>
            Verify a file…
          </Button>
          <Button size="small" onClick={() => setAsking("window")}>
            What is kept…
          </Button>
          <Button data-testid="export-record" size="small" onClick={save}>
            Export
          </Button>
        </div>
      ) : (
        <p className={styles.hint}>The desktop console keeps and verifies the record offline; this page only reads it.</p>
      )}
      {verifying.running && <Running verifying={verifying} />}
      {saved !== null && (
        <p role="status" className={styles.saved} data-testid="exported">
          {saved}
        </p>
      )}
      <Found verifying={verifying} />
      <FileDialog open={asking === "file"} onClose={() => setAsking(null)} onVerify={verifying.start} />
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
        aria-label="Verifying the record"
      />
      <span className={styles.share}>{step ? `${share} %` : "Starting"}</span>
      <Button size="small" onClick={verifying.cancel}>
        Stop
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

/** Entries that this console has seen proven. */
const seen = (state: ConsoleState, kept: RecordStatus | undefined): number => Math.max(state.integrity?.size ?? 0, kept?.hashes ?? 0);

function sizeWords(state: ConsoleState, kept: RecordStatus | undefined): string {
  if (state.integrity?.ok === false) return "does not verify";
  const size = seen(state, kept);
  return size === 0 ? "not seen yet" : `${size.toLocaleString()} entries, consistent`;
}

function witnessWords({ witnessed }: ConsoleState): string {
  if (!witnessed || witnessed.required === 0) return "none demanded";
  const late = witnessed.late ? ", too few" : "";
  return `${witnessed.cosignatures} of ${witnessed.required} up to #${witnessed.size.toLocaleString()}${late}`;
}

/** The name in a verification key (`NAME+HASH+KEY`). */
function keyName(vkey: string): string {
  return vkey.split("+")[0] ?? vkey;
}
