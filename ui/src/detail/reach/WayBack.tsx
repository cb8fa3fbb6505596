/** The rollback plan before consent: whether there is one, how, how long, at what cost, and never more than is known. */
import type { ReactNode } from "react";
import { HiddenWarning, VisibleText } from "../../text/VisibleText";
import type { WayBack as Told } from "../rollback";
import { Section } from "../Section";
import detail from "../detail.module.css";
import { Items } from "./Items";
import { t } from "./texts";

export function WayBack({ back }: { back: Told }) {
  const said = saidWhy(back);
  const possible = back.state !== "impossible";
  return (
    <Section must title={t("way_back")}>
      <div data-testid="rollback" data-state={back.state} className={detail.back_state}>
        <p className={detail.truth}>
          <b>{t(TRUTH[back.state])}</b> {whyWords(back)} {said !== null && <VisibleText text={said} />}
        </p>
        <dl className={detail.place}>
          {back.evidence.length > 0 && (
            <Row name={t(possible ? "hard" : "evidence")}>
              <Items items={back.evidence} />
            </Row>
          )}
          {possible && (
            <>
              <Row name={t("by_how")}>
                {back.strategies.length === 0 ? t("how_none") : <Items items={back.strategies.map(strategyWords)} />}
              </Row>
              <Row name={t("tested")}>{t(back.by === "runner" ? "tested_runner" : "tested_not")}</Row>
            </>
          )}
          {back.windowMinutes !== null && (possible || back.windowMinutes === 0) && (
            <Row name={t("window")}>
              <span data-testid="rollback-window">{windowWords(back.windowMinutes)}</span>
            </Row>
          )}
          {possible && back.undoes.length > 0 && (
            <Row name={t("undoes")}>
              <Items items={back.undoes} />
            </Row>
          )}
          {possible && (
            <>
              <Row name={t("leaves")}>{back.leaves.length > 0 ? <Items items={back.leaves} /> : t("leaves_always")}</Row>
              <Row name={t("cost")}>{t("cost_own")}</Row>
            </>
          )}
          {back.plan !== null && (
            <Row name={t("plan")}>
              <HiddenWarning text={back.plan} />
              <blockquote className={detail.quote}>
                <VisibleText text={back.plan} />
              </blockquote>
            </Row>
          )}
        </dl>
      </div>
    </Section>
  );
}

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const TRUTH = { impossible: "truth_impossible", unverified: "truth_unverified", verified: "truth_verified" } as const;

/** What the server's names for its reasons mean. */
const WHY: Record<string, () => string> = {
  destroys_data: () => t("why_destroys_data"),
  exposes_secret: () => t("why_exposes_secret"),
  cannot_be_called_back: () => t("why_cannot_be_called_back"),
  no_window: () => t("why_no_window"),
  hard_to_undo: () => t("why_hard_to_undo"),
  nothing_captured: () => t("why_nothing_captured"),
  known_after_run: () => t("why_known_after_run"),
  per_step: () => t("why_per_step"),
  nothing_said: () => t("why_nothing_said"),
};

function whyWords({ because, state, why }: Told): string {
  if (because === "rehearsed") return t(state === "verified" ? "why_rehearsed_verified" : "why_rehearsed");
  return WHY[because]?.() ?? (why === null ? t("why_unknown") : "");
}

/** The words of who said so, where they say more than the reason's own sentence. */
function saidWhy({ because, why }: Told): string | null {
  return because === "rehearsed" || because === "nothing_captured" || WHY[because] === undefined ? why : null;
}

const HOW: Record<string, () => string> = {
  git: () => t("how_git"),
  config: () => t("how_config"),
  feature_flag: () => t("how_feature_flag"),
  database: () => t("how_database"),
};

const strategyWords = (name: string): string => HOW[name]?.() ?? name;

/** The largest unit that holds it whole. */
function windowWords(minutes: number): string {
  if (minutes === 0) return t("window_never");
  const time =
    minutes % 1440 === 0
      ? t("days", { count: minutes / 1440 })
      : minutes % 60 === 0
        ? t("hours", { count: minutes / 60 })
        : t("minutes", { count: minutes });
  return t("window_for", { time });
}
