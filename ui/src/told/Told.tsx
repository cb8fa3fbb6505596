/** With whom the news of a request has come how far: one line for each person who can decide. A part of a `dl`. */
import detail from "../detail/detail.module.css";
import { VisibleText } from "../text/VisibleText";
import { Say } from "../words/Say";
import { how, span, type ToldView } from "./told";
import { t } from "./texts";

/** From this age on it is said. */
const OLD = 120_000_000;

/** Ages are those at `now`; the lines are as the server said them at `asOf`. Both are microseconds of its clock. */
export function Told({ told, now, asOf }: { told: readonly ToldView[] | undefined; now: number; asOf: number }) {
  if (told === undefined || told.length === 0) return null;
  return (
    <div>
      <dt>{t("told")}</dt>
      <dd data-testid="told">
        {told.map((one) => (
          <div key={one.user}>
            <Say text={t("line", { who: "<who/>", how: how(one, now) })} parts={{ who: <VisibleText text={one.user} /> }} />
          </div>
        ))}
        {now - asOf >= OLD && <p className={detail.note}>{t("as_of", { ago: span(now - asOf) })}</p>}
      </dd>
    </div>
  );
}
