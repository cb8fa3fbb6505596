/** The saved views: show one, save what is shown now, remove one. */
import { Button, Dialog, DialogActions, DialogContent, DialogTitle, TextField } from "@mui/material";
import { useId, useState } from "react";
import { VisibleText } from "../text/VisibleText";
import styles from "./queue.module.css";
import { t } from "./texts";
import { MOST_VIEWS, removeView, saveView, useViews, type Shown, type View } from "./views";

interface Props {
  user: string;
  shown: Shown;
  onShow: (view: View) => void;
  onClose: () => void;
}

export function ViewsDialog({ user, shown, onShow, onClose }: Props) {
  const title = useId();
  const views = useViews(user);
  const [name, setName] = useState("");
  const wanted = name.trim();
  const taken = views.some((view) => view.name === wanted);
  const full = views.length >= MOST_VIEWS && !taken;
  const [passing, setPassing] = useState(false);
  const save = () => {
    const saved = saveView(user, wanted, shown);
    if (saved === "kept") onClose();
    setPassing(saved === "page");
  };
  return (
    <Dialog open onClose={(_, why) => why === "escapeKeyDown" && onClose()} aria-labelledby={title} maxWidth="sm" fullWidth>
      <DialogTitle id={title}>{t("views_title")}</DialogTitle>
      <DialogContent>
        {views.length === 0 && <p className={styles.hint}>{t("views_none")}</p>}
        <ol className={styles.views}>
          {views.map((view, at) => (
            <li key={view.name}>
              <kbd>{`v ${at + 1}`}</kbd>
              <span>
                <b>
                  <VisibleText text={view.name} />
                </b>
                {view.query !== "" && (
                  <code>
                    <VisibleText text={view.query} />
                  </code>
                )}
              </span>
              <Button size="small" onClick={() => onShow(view)} data-testid="use-view">
                {t("views_use")}
              </Button>
              <Button size="small" color="inherit" aria-label={t("views_removes", { name: view.name })} onClick={() => removeView(user, view.name)}>
                {t("views_remove")}
              </Button>
            </li>
          ))}
        </ol>
        <form
          className={styles.save}
          onSubmit={(event) => {
            event.preventDefault();
            save();
          }}
        >
          <TextField
            size="small"
            fullWidth
            label={t("views_name")}
            value={name}
            onChange={(event) => setName(event.target.value)}
            helperText={full ? t("views_full") : taken ? t("views_taken") : undefined}
            slotProps={{ htmlInput: { "data-testid": "view-name", maxLength: 40 } }}
          />
          <Button type="submit" variant="outlined" disabled={wanted === "" || full} data-testid="save-view">
            {t("views_save")}
          </Button>
        </form>
        {passing && (
          <p role="alert" className={styles.hint}>
            {t("views_passing")}
          </p>
        )}
      </DialogContent>
      <DialogActions>
        <Button variant="outlined" onClick={onClose}>
          {t("close")}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
