/** Who saved last, when, and why. */
import { fullTime } from "../state/clock";
import { VisibleText } from "../text/VisibleText";
import { Say } from "../words/Say";
import type { Scope } from "./calls";
import { t } from "./texts";
import { useHistory } from "./usePolicy";

export function Latest({ scope }: { scope: Scope }) {
  const newest = useHistory(scope, true).data?.[0];
  if (!newest) return null;
  const why = newest.reason ? <q><VisibleText text={newest.reason} /></q> : "";
  return <Say text={t("saved_by", { at: fullTime(newest.saved_at) })} parts={{ who: <VisibleText text={newest.saved_by} />, why }} />;
}
