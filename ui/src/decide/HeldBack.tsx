/** The approvals that are not sent yet, each with its Undo. */
import { Button } from "@mui/material";
import { useEffect, useState } from "react";
import { useCommands } from "../state/keys";
import { VisibleText } from "../text/VisibleText";
import { Say } from "../words/Say";
import styles from "./decide.module.css";
import { undo, useHeld, type Held } from "./held";
import { t } from "./texts";

export function HeldBack({ approvalId }: { approvalId: string }) {
  const held = useHeld();
  useCommands(held.length > 0 ? [{ keys: "z", words: t("undo_key"), run: () => void undo() }] : []);
  return held.map((one) => <Line key={one.approvalId} held={one} here={one.approvalId === approvalId} />);
}

function Line({ held, here }: { held: Held; here: boolean }) {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 250);
    return () => clearInterval(timer);
  }, []);
  const count = Math.max(1, Math.ceil((held.until - now) / 1000));
  return (
    <div className={styles.held} data-testid="held-back">
      {/* The seconds change; what is announced does not. */}
      <p role="status">
        <b>
          {here ? t("held_here") : <Say text={t("held_elsewhere")} parts={{ title: <VisibleText text={held.title} /> }} />}
        </b>{" "}
        {t("held_note")}
      </p>
      <span aria-hidden="true">{t("held_seconds", { count })}</span>
      <Button variant="outlined" size="small" data-testid="undo" onClick={() => undo(held.approvalId)}>
        {t("undo")}
      </Button>
    </div>
  );
}
