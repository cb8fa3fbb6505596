/** What this machine offers the console, as it was found; to be copied into a report. No contents, no secrets. */
import { Button } from "@mui/material";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import type { ApiError } from "../api/problem";
import type { Diagnostics } from "../api/types";
import { written } from "../shell/copy";
import { Failure, Waiting } from "../shell/Failure";
import styles from "./settings.module.css";
import { t } from "./texts";
import { useMachine } from "./useSettings";

export function useDiagnostics() {
  const machine = useMachine();
  return useQuery<Diagnostics, ApiError>({ queryKey: ["settings", "diagnostics"], queryFn: () => machine.diagnostics(), staleTime: 0 });
}

interface Line {
  name: string;
  /** Absent: neither good nor bad. */
  ok?: boolean;
  said: string;
}

/** What was found, line by line. */
export function lines(found: Diagnostics): Line[] {
  const { notifications: shows, screen, versions } = found;
  const buttons = shows?.capabilities.includes("actions") === true;
  return [
    { name: t("tray"), ok: found.tray, said: t(found.tray ? "tray_yes" : "tray_no") },
    { name: t("notifier"), ok: shows != null, said: shows ? `${shows.name} ${shows.version}` : t("notifier_no") },
    ...(shows ? [{ name: t("buttons"), ok: buttons, said: t(buttons ? "buttons_yes" : "buttons_no") }] : []),
    ...(shows ? [{ name: t("dnd"), ...(shows.inhibited == null ? {} : { ok: !shows.inhibited }), said: t(shows.inhibited == null ? "dnd_unknown" : shows.inhibited ? "dnd_on" : "dnd_off") }] : []),
    { name: t("screen"), said: [t(screen.locked == null ? "lock_untold" : screen.locked ? "lock_on" : "lock_off"), t(screen.shared == null ? "share_untold" : screen.shared ? "share_on" : "share_off")].join(" ") },
    { name: t("keyring"), ok: found.keyring === "unlocked", said: t(`keyring_${found.keyring}`) },
    ...(found.server ? [{ name: t("server"), said: found.server }] : []),
    ...(found.fingerprint ? [{ name: t("fingerprint"), said: found.fingerprint }] : []),
    { name: t("folder"), said: found.folder },
    ...(found.crash_log ? [{ name: t("crashes"), ok: false, said: found.crash_log }] : []),
    { name: t("version"), said: `Navi ${versions.console} · Tauri ${versions.tauri} · WebKit ${versions.webview}` },
    { name: t("system"), said: `${versions.system} · ${versions.desktop}` },
  ];
}

export function DiagnosticsPart() {
  const found = useDiagnostics();
  const [copied, setCopied] = useState("");
  if (found.isPending) return <Waiting rows={5} />;
  if (found.isError) return <Failure error={found.error} onRetry={() => void found.refetch()} />;
  const text = lines(found.data)
    .map(({ name, said }) => `${name}: ${said}`)
    .join("\n");
  return (
    <>
      <div className={styles.group}>
        <dl className={styles.facts} data-testid="diagnostics">
          {lines(found.data).map(({ name, ok, said }) => (
            <Fact key={name} name={name}>
              {ok !== undefined && (
                <span className={styles.mark} data-ok={ok} role="img" aria-label={t(ok ? "good" : "lacking")}>
                  {ok ? "✓" : "!"}
                </span>
              )}
              {said}
            </Fact>
          ))}
        </dl>
        <p className={styles.hint}>{t("diagnostics_hint")}</p>
      </div>
      <div className={styles.row}>
        <p role="status" className={styles.hint}>
          {copied}
        </p>
        <Button variant="outlined" onClick={() => void found.refetch()}>
          {t("look_again")}
        </Button>
        <Button
          variant="outlined"
          data-testid="copy-diagnostics"
          onClick={() => {
            void written(text).then((ok) => setCopied(t(ok ? "copied" : "not_copied")));
          }}
        >
          {t("copy_all")}
        </Button>
      </div>
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
