/** Usual reasons for a reject, to be picked. The agent reads them, so they are words of the product's own language. */
import { Chip } from "@mui/material";
import styles from "./decide.module.css";
import { t } from "./texts";

export const REASONS = ["wrong_target", "too_broad", "missing_test", "not_now", "needs_human", "malicious"] as const;

/** The picked reasons and the words as one reason. */
export function reasonOf(chips: string[], words: string): string {
  return [chips.join(", "), words.trim()].filter((part) => part !== "").join(": ");
}

interface Props {
  chosen: string[];
  onChange: (chosen: string[]) => void;
}

export function ReasonChips({ chosen, onChange }: Props) {
  const toggle = (chip: string) => onChange(chosen.includes(chip) ? chosen.filter((c) => c !== chip) : [...chosen, chip]);
  return (
    <div className={styles.chips} role="group" aria-label={t("reject_why")}>
      {REASONS.map((name) => {
        const chip = t(`reason_${name}`);
        const picked = chosen.includes(chip);
        return (
          <Chip
            key={name}
            label={picked ? `✓ ${chip}` : chip}
            component="button"
            type="button"
            clickable
            variant="outlined"
            color={picked ? "primary" : "default"}
            aria-label={chip}
            aria-pressed={picked}
            onClick={() => toggle(chip)}
          />
        );
      })}
    </div>
  );
}
