/** Takes the record as a file; says before what the file will hold. */
import { Alert, Button, Checkbox, Dialog, DialogActions, DialogContent, DialogTitle, FormControlLabel, Radio, RadioGroup, TextField } from "@mui/material";
import { useId, useState } from "react";
import { asApiError, explain, wordsOf } from "../api/problem";
import type { KeptRecord } from "../api/transport";
import type { RecordStatus } from "../api/types";
import { saveAs } from "../insight/table";
import { useParts } from "../state/console";
import { language } from "../words/words";
import { FORMATS, asText, canBeBare, fetchFile, fileName, narrows, type Format } from "./files";
import { isFiltered, readFilters } from "./filters";
import styles from "./record.module.css";
import { t } from "./texts";

interface Props {
  query: string;
  online: boolean;
  /** What is kept here; absent on the web, where the server writes the file. */
  kept: RecordStatus | undefined;
  onClose: (written: string | null) => void;
}

const numbered = (n: number): string => n.toLocaleString(language());

export function ExportDialog({ query, online, kept, onClose }: Props) {
  const { client } = useParts();
  const { record } = client.transport;
  const [format, setFormat] = useState<Format>(record ? "bundle" : "csv");
  const [wantsBare, setBare] = useState(false);
  const [path, setPath] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const title = useId();
  const bare = wantsBare && canBeBare(format);
  const problem = error === null ? null : asApiError(error);
  const write = () => {
    setBusy(true);
    setError(null);
    const written = record ? save(record, { format, bare, query, path }) : download();
    written.then(onClose).catch(setError).finally(() => setBusy(false));
  };
  const download = async () => {
    const { name, content } = await fetchFile(client.transport, format, query, bare);
    saveAs(name, content, content.type);
    return t("exported", { name });
  };
  return (
    <Dialog open onClose={(_, why) => why === "escapeKeyDown" && onClose(null)} aria-labelledby={title} maxWidth="sm" fullWidth>
      <DialogTitle id={title}>{t("export_title")}</DialogTitle>
      <DialogContent>
        <RadioGroup aria-label={t("export_format")} value={format} onChange={(_, value) => setFormat(FORMATS.find((known) => known === value) ?? "csv")}>
          {FORMATS.map((name) => (
            <FormControlLabel key={name} value={name} control={<Radio size="small" />} label={t(`format_${name}`)} />
          ))}
        </RadioGroup>
        <Holds format={format} filtered={isFiltered(readFilters(query))} kept={kept} />
        <FormControlLabel
          control={<Checkbox size="small" checked={bare} disabled={!canBeBare(format)} onChange={(_, checked) => setBare(checked)} />}
          label={t("bare")}
        />
        <p className={styles.hint}>{t(canBeBare(format) ? "bare_does" : "bare_not")}</p>
        {record && <Where record={record} name={fileName(format, true)} path={path} onPath={setPath} />}
        <p>{t(record && !online ? "export_recorded_later" : "export_recorded")}</p>
        {problem && <Alert severity="error">{explain(problem.code, problem.message)}</Alert>}
      </DialogContent>
      <DialogActions>
        <Button onClick={() => onClose(null)}>{t("cancel")}</Button>
        <Button variant="contained" disabled={busy} onClick={write} data-testid="confirm-export">
          {busy ? t("writing") : t("export_write")}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

async function save(record: KeptRecord, wish: { format: Format; bare: boolean; query: string; path: string }): Promise<string> {
  const { format, bare, query, path } = wish;
  const where = path.trim() === "" ? null : path.trim();
  const { path: at, kept: n, size } = await record.save({ format, bare, query: asText(format, query), path: where });
  return n < size ? t("export_part", { path: at, n: numbered(n), size: numbered(size) }) : t("export_done", { path: at });
}

function Holds({ format, filtered, kept }: { format: Format; filtered: boolean; kept: RecordStatus | undefined }) {
  const reach = narrows(format);
  return (
    <p data-testid="export-holds">
      {t(`holds_${format}`)} {reach === "all" ? t("reach_all") : reach === "period" ? t("reach_period") : t(filtered ? "reach_filters" : "reach_everything")}
      {kept && ` ${t("export_kept", { kept: numbered(kept.kept), size: numbered(kept.hashes) })}`}
    </p>
  );
}

/** Where the desktop puts the file: typed, chosen in its own dialog, or the downloads. */
function Where({ record, name, path, onPath }: { record: KeptRecord; name: string; path: string; onPath: (path: string) => void }) {
  const [told, setTold] = useState("");
  const choose = () => {
    record
      .choose(name)
      .then((chosen) => {
        setTold("");
        if (chosen !== null) onPath(chosen);
        return undefined;
      })
      .catch((thrown: unknown) => setTold(t("not_chosen", { why: wordsOf(thrown) })));
  };
  return (
    <div className={styles.where}>
      <TextField label={t("file")} helperText={t("file_hint")} value={path} onChange={(event) => onPath(event.target.value)} size="small" fullWidth slotProps={{ htmlInput: { "data-testid": "export-path" } }} />
      <Button onClick={choose}>{t("choose_file")}</Button>
      {told !== "" && <p role="alert">{told}</p>}
    </div>
  );
}
