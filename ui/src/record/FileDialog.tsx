/** Which file to verify: typed, or dropped on the window. */
import { Button, Dialog, DialogActions, DialogContent, DialogContentText, DialogTitle, TextField } from "@mui/material";
import { useEffect, useId, useState } from "react";
import { useParts } from "../state/console";
import { t } from "./copy.texts";

interface Props {
  open: boolean;
  onClose: () => void;
  onVerify: (file: { path: string; vkey?: string }) => void;
}

export function FileDialog({ open, onClose, onVerify }: Props) {
  const { client } = useParts();
  const [path, setPath] = useState("");
  const [vkey, setVkey] = useState("");
  const title = useId();
  useEffect(() => {
    if (!open) return undefined;
    return client.transport.record?.onDrop(([first]) => first !== undefined && setPath(first));
  }, [open, client]);
  const verify = () => {
    onClose();
    onVerify({ path: path.trim(), ...(vkey.trim() === "" ? {} : { vkey: vkey.trim() }) });
  };
  return (
    <Dialog open={open} onClose={(_, why) => why === "escapeKeyDown" && onClose()} aria-labelledby={title} maxWidth="sm" fullWidth>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (path.trim() !== "") verify();
        }}
      >
        <DialogTitle id={title}>{t("file_title")}</DialogTitle>
        <DialogContent sx={{ display: "grid", gap: 2 }}>
          <DialogContentText>{t("file_what")}</DialogContentText>
          <TextField label={t("file")} slotProps={{ htmlInput: { "data-testid": "file-path" } }} value={path} onChange={(event) => setPath(event.target.value)} />
          <TextField
            label={t("file_key")}
            value={vkey}
            onChange={(event) => setVkey(event.target.value)}
            helperText={t("file_key_hint")}
          />
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button data-testid="confirm-verify" type="submit" variant="contained" disabled={path.trim() === ""}>
            {t("verify")}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
