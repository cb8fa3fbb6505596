/** Which file to verify: typed, or dropped on the window. */
import { Button, Dialog, DialogActions, DialogContent, DialogContentText, DialogTitle, TextField } from "@mui/material";
import { useEffect, useId, useState } from "react";
import { useParts } from "../state/console";

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
    <Dialog open={open} onClose={onClose} aria-labelledby={title} maxWidth="sm" fullWidth>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (path.trim() !== "") verify();
        }}
      >
        <DialogTitle id={title}>Verify a file</DialogTitle>
        <DialogContent sx={{ display: "grid", gap: 2 }}>
          <DialogContentText>
            A bundle from an audit export, or from another console. Drop it here, or name it. It is read on this machine
            and sent nowhere.
          </DialogContentText>
          <TextField label="File" slotProps={{ htmlInput: { "data-testid": "file-path" } }} value={path} onChange={(event) => setPath(event.target.value)} placeholder="/home/you/Downloads/record.navi.zst" />
          <TextField
            label="Key it must be signed by"
            value={vkey}
            onChange={(event) => setVkey(event.target.value)}
            helperText="Empty: the key that this console pinned when it was enrolled."
          />
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button data-testid="confirm-verify" type="submit" variant="contained" disabled={path.trim() === ""}>
            Verify
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
