/** What a verification found, sentence by sentence. */
import { Alert, Button } from "@mui/material";
import { useState } from "react";
import { wordsOf } from "../api/problem";
import type { Verification } from "../api/types";
import { useParts } from "../state/console";
import { VisibleText } from "../text/VisibleText";
import { language } from "../words/words";
import { Say } from "../words/Say";
import { t } from "./copy.texts";
import { sentenceWords } from "./found.de";
import styles from "./record.module.css";
import type { Verifying } from "./useRecord";

const SEVERITY = { whole: "success", partial: "success", unknown: "warning", broken: "error" } as const;

/** The verdict in one sentence. The console says it in English; in another language it is said anew. */
export function headlineOf({ verdict, headline, place, kept, size }: Verification): string {
  if (language() === "en") return headline;
  const n = (value: number) => value.toLocaleString(language());
  if (verdict !== "broken") return t(`head_${verdict}`, { kept: n(kept), size: n(size) });
  if (place === undefined) return t("head_broken");
  return place.first === place.last ? t("head_broken_at", { first: n(place.first) }) : t("head_broken_in", { first: n(place.first), last: n(place.last) });
}

export function Found({ verifying }: { verifying: Verifying }) {
  const { result, error, dismiss } = verifying;
  const close = (
    <Button size="small" color="inherit" onClick={dismiss}>
      {t("close")}
    </Button>
  );
  if (error !== null && error !== undefined) {
    return (
      <Alert severity="error" variant="outlined" action={close}>
        {t("not_verified", { why: wordsOf(error) })}
      </Alert>
    );
  }
  if (!result) return null;
  const { found, file } = result;
  return (
    <Alert severity={SEVERITY[found.verdict]} variant="outlined" action={close} className={styles.found} data-testid="verification" data-verdict={found.verdict}>
      <strong>
        {file === null ? headlineOf(found) : <Say text={t("in_file", { headline: headlineOf(found) })} parts={{ file: <VisibleText text={file} /> }} />}
      </strong>
      <ul>
        {found.sentences.map((sentence) => (
          <li key={sentence}>
            <VisibleText text={sentenceWords(sentence)} />
          </li>
        ))}
      </ul>
      <Numbers found={found} />
      <Save />
    </Alert>
  );
}

/** The result as a file, which the console writes itself: what stands in it is what it found. */
function Save() {
  const { record } = useParts().client.transport;
  const [told, setTold] = useState("");
  if (!record) return null;
  const save = async (format: "json" | "html") => {
    const path = await record.choose(`verification.${format}`);
    if (path !== null) setTold(t("found_saved", { path: await record.saveFound(format, path) }));
  };
  const press = (format: "json" | "html") => () => {
    save(format).catch((thrown: unknown) => setTold(t("not_written", { why: wordsOf(thrown) })));
  };
  return (
    <p className={styles.save}>
      <Button size="small" color="inherit" onClick={press("json")}>
        {t("save_json")}
      </Button>
      <Button size="small" color="inherit" data-testid="save-page" onClick={press("html")}>
        {t("save_html")}
      </Button>
      <span role="status">{told}</span>
    </p>
  );
}

function Numbers({ found }: { found: Verification }) {
  const digits = found.millis < 10_000 ? 2 : 0;
  const seconds = (found.millis / 1000).toLocaleString(language(), { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const n = found.size.toLocaleString(language());
  const isFast = found.millis > 0 && found.size >= 1000;
  const each = isFast ? Math.round((found.size / found.millis) * 1000).toLocaleString(language()) : "";
  return <span className={styles.hint}>{isFast ? t("speed_by", { n, seconds, each }) : t("speed", { n, seconds })}</span>;
}
