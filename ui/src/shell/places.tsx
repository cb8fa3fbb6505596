/** The screens, in the order of the rail. Each is loaded when it is first gone to, except the queue. */
import { lazy, type ComponentType, type ReactNode } from "react";
import { QueueScreen } from "../queue/QueueScreen";
import type { Route } from "../state/route";
import { t } from "./texts";

interface Place {
  at: Exclude<Route["at"], "enroll">;
  words: () => string;
  /** The second letter after `g`. */
  key: string;
  href: string;
  icon: ReactNode;
  Screen: ComponentType<{ route: Route }>;
}

const Queue = ({ route }: { route: Route }) => (
  <QueueScreen selectedId={route.at === "queue" ? route.approvalId : null} tab={route.at === "queue" ? route.tab : null} />
);
const Record = lazy(async () => {
  const { RecordScreen } = await import("../record/RecordScreen");
  return {
    default: ({ route }: { route: Route }) =>
      route.at === "record" ? <RecordScreen index={route.index} query={route.query} /> : null,
  };
});
const Policy = lazy(async () => {
  const { PolicyScreen } = await import("../policy/PolicyScreen");
  return {
    default: ({ route }: { route: Route }) =>
      route.at === "policy" ? <PolicyScreen path={route.path} query={route.query} /> : null,
  };
});
const Insight = lazy(async () => {
  const { InsightScreen } = await import("../insight/InsightScreen");
  return {
    default: ({ route }: { route: Route }) => (route.at === "insight" ? <InsightScreen query={route.query} /> : null),
  };
});
const Grants = lazy(async () => {
  const { GrantsScreen } = await import("../grants/GrantsScreen");
  return {
    default: ({ route }: { route: Route }) =>
      route.at === "grants" ? <GrantsScreen path={route.path} query={route.query} /> : null,
  };
});

const Settings = lazy(async () => {
  const { SettingsScreen } = await import("../settings/SettingsScreen");
  return {
    default: ({ route }: { route: Route }) => (route.at === "settings" ? <SettingsScreen path={route.path} /> : null),
  };
});
const Emergency = lazy(async () => {
  const { EmergencyScreen } = await import("../emergency/EmergencyScreen");
  return {
    default: ({ route }: { route: Route }) =>
      route.at === "emergency" ? <EmergencyScreen path={route.path} query={route.query} /> : null,
  };
});
const Oncall = lazy(async () => {
  const { OncallScreen } = await import("../oncall/OncallScreen");
  return {
    default: ({ route }: { route: Route }) => (route.at === "oncall" ? <OncallScreen path={route.path} /> : null),
  };
});

/** Drawn on a grid of 20, in lines of 1.6. */
const icon = (path: string) => (
  <svg viewBox="0 0 20 20" width="18" height="18" fill="none" stroke="currentColor" strokeWidth="1.6" aria-hidden="true" focusable="false">
    <path d={path} strokeLinecap="round" strokeLinejoin="round" />
  </svg>
);

export const PLACES: Place[] = [
  { at: "queue", words: () => t("queue"), key: "q", href: "#/", icon: icon("M3 5h14M3 10h14M3 15h8"), Screen: Queue },
  { at: "policy", words: () => t("policy"), key: "p", href: "#/policy", icon: icon("M3 6h8M15 6h2M3 14h2M9 14h8M11 4v4M5 12v4"), Screen: Policy },
  { at: "insight", words: () => t("insight"), key: "i", href: "#/insight", icon: icon("M4 17V9M10 17V3M16 17v-5"), Screen: Insight },
  { at: "record", words: () => t("record"), key: "a", href: "#/record", icon: icon("M6 3v14M6 6h9M6 10h9M6 14h6"), Screen: Record },
  { at: "grants", words: () => t("grants"), key: "g", href: "#/grants", icon: icon("M4 7a6 6 0 0 1 11-1M16 3v4h-4M16 13a6 6 0 0 1-11 1M4 17v-4h4"), Screen: Grants },
  { at: "oncall", words: () => t("oncall"), key: "o", href: "#/oncall", icon: icon("M10 3a7 7 0 1 1 0 14a7 7 0 0 1 0-14M10 6v4l3 2"), Screen: Oncall },
  { at: "emergency", words: () => t("emergency"), key: "e", href: "#/emergency", icon: icon("M7 3h6l4 4v6l-4 4H7l-4-4V7zM10 7v4M10 14v.1"), Screen: Emergency },
  { at: "settings", words: () => t("settings"), key: "s", href: "#/settings", icon: icon("M10 7a3 3 0 1 0 0 6a3 3 0 0 0 0-6M10 2v2M10 16v2M2 10h2M16 10h2M4.3 4.3l1.5 1.5M14.2 14.2l1.5 1.5M4.3 15.7l1.5-1.5M14.2 5.8l1.5-1.5"), Screen: Settings },
];
