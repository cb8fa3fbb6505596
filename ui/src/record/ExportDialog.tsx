/** Takes the record as a file; says before what the file will hold. */
import { Alert, Button, Dialog, DialogActions, DialogContent, DialogTitle, FormControlLabel, Radio, RadioGroup } from "@mui/material";
import { useId, useState } from "react";
import { asApiError, explain } from "../api/problem";
import { saveAs } from "../insight/table";
import { useParts } from "../state/console";
import { FORMATS, fetchFile, narrows, type Format } from "./files";
import { isFiltered, readFilters } from "./filters";
import { t } from "./texts";

interface Props {
  query: string;
  onClose: (written: string | null) => void;
}

export function ExportDialog({ query, onClose }: Props) {
  const { client } = useParts();
  const [format, setFormat] = useState<Format>("csv");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const title = useId();
  const reach = narrows(format);
  const filtered = isFiltered(readFilters(query));
  const problem = error === null ? null : asApiError(error);
  const write = () => {
    setBusy(true);
    setError(null);
    fetchFile(client.transport, format, query)
      .then(({ name, content }) => {
        saveAs(name, content, content.type);
        return onClose(name);
      })
      .catch(setError)
      .finally(() => setBusy(false));
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
        <p data-testid="export-holds">
          {t(`holds_${format}`)} {reach === "all" ? t("reach_all") : reach === "period" ? t("reach_period") : t(filtered ? "reach_filters" : "reach_everything")}
        </p>
        <p>{t("export_recorded")}</p>
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
