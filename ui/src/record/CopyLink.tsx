/** Copies the address of what is shown. */
import { Button } from "@mui/material";
import { useState } from "react";
import { written } from "../shell/copy";
import { t } from "./texts";

export function CopyLink() {
  const [told, setTold] = useState("");
  const copy = () => {
    void written(globalThis.location.href).then((ok) => setTold(t(ok ? "copied" : "not_copied")));
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
