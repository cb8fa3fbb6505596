/** Whose vote it is: one's own, or that of somebody who delegated theirs. Only there when there is a choice. */
import { dayOf } from "../state/clock";
import styles from "./decide.module.css";
import type { DelegationView } from "./standIn";
import { t } from "./texts";

export function forWhom(delegation: DelegationView): string {
  return t("vote_for_whom", { who: delegation.from, day: dayOf(delegation.ends_at) });
}

interface Props {
  options: DelegationView[];
  chosen: DelegationView | undefined;
  disabled: boolean;
  onChoose: (user: string | undefined) => void;
}

export function StandIn({ options, chosen, disabled, onChoose }: Props) {
  if (options.length === 0) return null;
  return (
    <label className={styles.standin}>
      {t("vote_whose")}
      <select value={chosen?.from ?? ""} disabled={disabled} data-testid="vote-for" onChange={(event) => onChoose(event.target.value || undefined)}>
        <option value="">{t("vote_own")}</option>
        {options.map((one) => (
          <option key={one.from} value={one.from}>
            {forWhom(one)}
          </option>
        ))}
      </select>
    </label>
  );
}
