/** An agent that asks a lot at once, as one card. */
import { Button } from "@mui/material";
import { LevelMark } from "../shell/LevelMark";
import { VisibleText } from "../text/VisibleText";
import { Say } from "../words/Say";
import type { Flood } from "./flood";
import styles from "./queue.module.css";
import { t } from "./texts";

export function FloodCard({ card, open, onToggle }: { card: Flood; open: boolean; onToggle: () => void }) {
  return (
    <div className={styles.flood} data-testid="flood">
      <LevelMark level={card.level} />
      <span>
        <Say
          text={t("flood", { count: card.count })}
          parts={{ agent: <VisibleText text={card.agent} />, person: <VisibleText text={card.requester} /> }}
        />
      </span>
      <Button size="small" aria-expanded={open} onClick={onToggle}>
        {t(open ? "flood_close" : "flood_open")}
      </Button>
    </div>
  );
}
