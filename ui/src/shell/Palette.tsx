/** Every command that can be given now, by name, with the key that gives it. Nothing that decides is in it. */
import { Autocomplete, Dialog, TextField } from "@mui/material";
import { useMemo } from "react";
import { activeCommands, type Command } from "../state/keys";
import styles from "./shell.module.css";
import { t } from "./texts";

/** The palette was asked for by a key, so that what is typed next belongs to it. */
const focus = (input: HTMLInputElement | null) => input?.focus();

export function Palette({ open, onClose }: { open: boolean; onClose: () => void }) {
  const offered = useMemo(() => (open ? activeCommands().filter((command) => !command.decides) : []), [open]);
  return (
    <Dialog open={open} onClose={(_, why) => why === "escapeKeyDown" && onClose()} aria-label={t("palette")} fullWidth maxWidth="sm" className={styles.palette}>
      <Autocomplete<Command>
        open
        autoHighlight
        disablePortal
        options={offered}
        getOptionLabel={(command) => command.words}
        getOptionKey={(command) => `${command.words} ${command.keys ?? ""}`}
        noOptionsText={t("palette_none")}
        forcePopupIcon={false}
        renderOption={({ key, ...props }, command) => (
          <li key={key} {...props}>
            <span className={styles.command}>{command.words}</span>
            {command.keys && <kbd>{command.keys.replace("Control", "Ctrl")}</kbd>}
          </li>
        )}
        renderInput={(params) => <TextField {...params} inputRef={focus} label={t("palette_hint")} />}
        onChange={(_, command) => {
          onClose();
          command?.run();
        }}
      />
    </Dialog>
  );
}
