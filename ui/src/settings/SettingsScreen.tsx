/** Settings: what a person chose here, the devices of theirs, and what this machine offers. A part for each path. */
import type { ComponentType } from "react";
import { useConsoleState, useParts } from "../state/console";
import { useCommands } from "../state/keys";
import { goTo } from "../state/route";
import { DataPart } from "./DataPart";
import { DevicesPart } from "./DevicesPart";
import { DiagnosticsPart } from "./DiagnosticsPart";
import { FirstRun } from "./FirstRun";
import { KeysPart } from "./KeysPart";
import { LookPart } from "./LookPart";
import { MachinePart } from "./MachinePart";
import { NotificationsPart } from "./NotificationsPart";
import styles from "./settings.module.css";
import { t } from "./texts";

interface Part {
  path: string;
  name: () => string;
  /** Needs a program on this machine. */
  desktop?: true;
  Body: ComponentType;
}

const PARTS: Part[] = [
  { path: "notifications", name: () => t("notifications"), desktop: true, Body: NotificationsPart },
  { path: "look", name: () => t("look"), Body: LookPart },
  { path: "keys", name: () => t("keys"), Body: KeysPart },
  { path: "devices", name: () => t("devices"), Body: DevicesPart },
  { path: "data", name: () => t("data"), desktop: true, Body: DataPart },
  { path: "console", name: () => t("console"), desktop: true, Body: MachinePart },
  { path: "diagnostics", name: () => t("diagnostics"), desktop: true, Body: DiagnosticsPart },
];

export function SettingsScreen({ path }: { path: string }) {
  const state = useConsoleState().data;
  const { transport } = useParts().client;
  const parts = PARTS.filter((part) => part.desktop !== true || transport.machine !== undefined);
  useCommands([
    { keys: "Escape", words: t("back"), run: () => goTo(null) },
    ...parts.map((part) => ({ words: t("go", { part: part.name() }), run: () => globalThis.location.assign(`#/settings/${part.path}`) })),
  ]);
  if (!state) return null;
  if (path === "first-run" && transport.machine !== undefined) return <FirstRun state={state} machine={transport.machine} />;
  const shown = parts.find((part) => part.path === path) ?? parts[0];
  return (
    <div className={styles.screen}>
      <nav className={styles.parts} aria-label={t("parts")}>
        {parts.map((part) => (
          <a
            key={part.path}
            href={`#/settings/${part.path}`}
            aria-current={part === shown ? "page" : undefined}
            data-testid={`settings-${part.path}`}
          >
            {part.name()}
          </a>
        ))}
      </nav>
      <div className={styles.body} key={shown?.path}>
        <h1>{shown?.name()}</h1>
        {shown && <shown.Body />}
      </div>
    </div>
  );
}
