/**
 * A button that acts when it was held. How it is used and how far it has come is said as well as drawn; with reduced motion it is
 * drawn in steps.
 */
import { Button } from "@mui/material";
import { useId, type ReactNode } from "react";
import styles from "./hold.module.css";
import { words } from "../words/words";
import { useHold, type Stage } from "./useHold";

const t = words("hold", {
  en: {
    how: "Hold it for {{seconds}} seconds, with the pointer or with Space. A press does nothing.",
    started: "Holding. Keep on for {{seconds}} seconds.",
    half: "Half of it. Keep on.",
    done: "Held.",
    cancelled: "Let go too early. Nothing happened.",
    pressed: "A press is not enough. Hold Space for {{seconds}} seconds; a screen reader may need its focus mode for that.",
  },
  de: {
    how: "{{seconds}} Sekunden halten, mit Zeiger oder Leertaste. Ein Druck bewirkt nichts.",
    started: "Wird gehalten. Noch {{seconds}} Sekunden.",
    half: "Die Hälfte. Weiter halten.",
    done: "Gehalten.",
    cancelled: "Zu früh losgelassen. Nichts ist geschehen.",
    pressed: "Ein Druck reicht nicht. Halte die Leertaste {{seconds}} Sekunden; ein Screenreader braucht dafür vielleicht den Fokusmodus.",
  },
});

interface Props {
  ms: number;
  testId: string;
  grave?: boolean;
  disabled: boolean;
  onHeld: () => void;
  children: ReactNode;
}

const said = (stage: Stage, seconds: number): string => (stage === "idle" ? "" : t(stage, { seconds }));

export function Hold({ ms, testId, grave = false, disabled, onHeld, children }: Props) {
  const how = useId();
  const { stage, hears } = useHold(ms, disabled, onHeld);
  const holding = stage === "started" || stage === "half";
  const seconds = ms / 1000;
  return (
    <>
      <Button
        variant="contained"
        color={grave ? "error" : "primary"}
        className={styles.hold}
        style={{ "--hold": `${ms}ms` } as React.CSSProperties}
        data-testid={testId}
        data-holding={holding ? "true" : undefined}
        data-stage={stage}
        aria-describedby={how}
        disabled={disabled}
        {...hears}
      >
        {children}
      </Button>
      <span id={how} className="visually-hidden">
        {t("how", { seconds })}
      </span>
      <span role="status" className="visually-hidden" data-testid="hold-said">
        {said(stage, seconds)}
      </span>
    </>
  );
}
