/** The line that a waiting request climbs: who was alerted so far and why, and who is next. Rows of a description list. */
import type { ApprovalView } from "../api/types";
import { roleWords } from "../shell/words";
import { clockTime } from "../state/clock";
import { VisibleText } from "../text/VisibleText";
import { t } from "./texts";
import { useOncall, type OnCallView, type StepView } from "./useOncall";

type Alert = NonNullable<ApprovalView["alerts"]>[number];

/** The step that is next, and when (UTC microseconds); null when it stands still, is claimed or was alerted to the end. */
export function nextStep(view: ApprovalView, book: OnCallView | undefined): { step: StepView; at: number } | null {
  const step = book?.line?.[view.alerts?.length ?? 0];
  if (step === undefined || view.status !== "pending" || view.claimed_by != null || view.paused_since != null) return null;
  return { step, at: view.created_at + ((view.expires_at - view.created_at) * step.at) / 1000 };
}

export function Alerts({ view }: { view: ApprovalView }) {
  const book = useOncall().data;
  const next = nextStep(view, book);
  const alerts = view.alerts ?? [];
  return (
    <>
      {alerts.map((alert) => (
        <div key={alert.step} data-testid="alert">
          <dt>{t("alerted")}</dt>
          <dd>
            <VisibleText text={alertWords(alert)} />
          </dd>
        </div>
      ))}
      {view.target_missed_at != null && (
        <div data-testid="target-missed">
          <dt>{t("late_title")}</dt>
          <dd>{t("missed", { at: clockTime(view.target_missed_at) })}</dd>
        </div>
      )}
      {next && (
        <div data-testid="next-alert">
          <dt>{t("alerts_next")}</dt>
          <dd>
            <VisibleText text={t("next_at", { who: stepWords(next.step), at: clockTime(next.at) })} />
          </dd>
        </div>
      )}
    </>
  );
}

function alertWords({ users, cause, at }: Alert): string {
  const who = users.length === 0 ? t("alerted_nobody") : users.join(", ");
  return t(cause === "undeliverable" ? "alerted_undeliverable" : "alerted_time", { who, at: clockTime(at) });
}

const stepWords = (step: StepView) => {
  const reach = (["schedule", "user", "role"] as const).find((known) => known === step.to) ?? "user";
  const name = reach === "role" ? roleWords(step.name) : step.name;
  return `${t(`to_${reach}`)} ${name}`;
};
