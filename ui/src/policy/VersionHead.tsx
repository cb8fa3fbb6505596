/** The first lines of a saved version: number, who, when, with whom, why. */
import { fullTime } from "../state/clock";
import { VisibleText } from "../text/VisibleText";
import { Say } from "../words/Say";
import styles from "./policy.module.css";
import { t } from "./texts";

interface Props {
  version: number;
  saved_by: string;
  saved_at: number;
  proposed_by?: string | null;
  reason?: string;
  looser?: string[];
  ledger_index: number;
}

export function VersionHead(props: Props) {
  const who = <VisibleText text={props.saved_by} />;
  return (
    <>
      <p>
        <b>{t("version", { version: props.version })}</b>{" "}
        {props.proposed_by ? (
          <Say text={t("agreed_by", { at: fullTime(props.saved_at) })} parts={{ who, first: <VisibleText text={props.proposed_by} /> }} />
        ) : (
          <Say text={t("saved_by", { at: fullTime(props.saved_at) })} parts={{ who, why: "" }} />
        )}{" "}
        <a href={`#/record/${props.ledger_index}`}>{t("entry_of", { index: props.ledger_index })}</a>
        {(props.looser?.length ?? 0) > 0 && <span className={styles.tag}>▲ {t("looser")}</span>}
      </p>
      {props.reason && (
        <p className={styles.reason}>
          <span className="visually-hidden">{t("why")}: </span>
          <VisibleText text={props.reason} />
        </p>
      )}
    </>
  );
}
