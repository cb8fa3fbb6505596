/** Copies the address of what is shown. */
import { Button } from "@mui/material";
import { useState } from "react";
import { t } from "./texts";

export function CopyLink() {
  const [told, setTold] = useState("");
  const copy = () => {
    // Without a secure page there is no clipboard.
    const clipboard = globalThis.navigator.clipboard as Clipboard | undefined;
    const written = clipboard?.writeText(globalThis.location.href) ?? Promise.reject(new Error("no clipboard"));
    written.then(() => setTold(t("copied"))).catch(() => setTold(t("not_copied")));
  };
  return (
    <p>
      <Button size="small" onClick={copy}>
        {t("copy_link")}
      </Button>{" "}
      <span role="status">{told}</span>
    </p>
  );
}
