/** Providers, and which screen the console's state calls for. */
import { CssBaseline, ThemeProvider } from "@mui/material";
import { QueryClientProvider, type QueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Transport } from "./api/transport";
import type { ConsoleState } from "./api/types";
import { Banners } from "./shell/Banners";
import { Enroll } from "./shell/Enroll";
import { Failure, Waiting } from "./shell/Failure";
import { Header } from "./shell/Header";
import { Help } from "./shell/Help";
import { Locked } from "./shell/Locked";
import { Palette } from "./shell/Palette";
import { PLACES } from "./shell/places";
import { Rail } from "./shell/Rail";
import styles from "./shell/shell.module.css";
import { Stage } from "./shell/Stage";
import { StatusBar } from "./shell/StatusBar";
import { t } from "./shell/texts";
import type { ServerClock } from "./state/clock";
import { ConsoleProvider, useConsoleState, useParts } from "./state/console";
import { useCommands } from "./state/keys";
import { usePreferences } from "./state/preferences";
import { goTo, useRoute, type Route } from "./state/route";
import { Look } from "./theme/Look";
import { theme } from "./theme/theme";
import { language } from "./words/words";

export function App(props: { transport: Transport; cache: QueryClient; clock?: ServerClock }) {
  usePreferences();
  return (
    <ThemeProvider theme={theme} defaultMode="system" disableTransitionOnChange>
      <Look />
      <CssBaseline />
      <QueryClientProvider client={props.cache}>
        <ConsoleProvider transport={props.transport} {...(props.clock ? { clock: props.clock } : {})}>
          <Gate key={language()} />
        </ConsoleProvider>
      </QueryClientProvider>
    </ThemeProvider>
  );
}

function Gate() {
  const state = useConsoleState();
  const route = useRoute();
  const { client } = useParts();
  useEffect(() => client.transport.onOpenApproval(goTo), [client]);

  if (route.at === "enroll" && client.transport.kind === "web") return <Enroll code={route.code} />;
  if (state.isPending) return <Waiting rows={4} />;
  if (state.isError) {
    return (
      <main className={styles.page}>
        <Failure error={state.error} onRetry={() => void state.refetch()} />
      </main>
    );
  }
  const { mode, locked_reason: reason, locked_code: code, pending_link: link } = state.data;
  if (mode === "enroll") return <Enroll code={route.at === "enroll" ? route.code : (link ?? "")} />;
  if (mode === "locked") return <Locked reason={reason} code={code} onRetry={() => void state.refetch()} />;
  return <Frame state={state.data} route={route} />;
}

function Frame({ state, route }: { state: ConsoleState; route: Route }) {
  const [over, setOver] = useState<"help" | "palette" | null>(null);
  useCommands([
    { keys: "?", words: t("help"), run: () => setOver("help") },
    { keys: "Control+k", words: t("palette"), run: () => setOver("palette") },
    ...PLACES.map((place) => ({
      keys: `g ${place.key}`,
      words: t("go_to", { place: place.words() }),
      run: () => globalThis.location.assign(place.href),
    })),
  ]);
  return (
    <div className={styles.frame}>
      <Header state={state} />
      <Banners state={state} />
      <div className={styles.body}>
        <Rail at={route.at} />
        <Stage route={route} />
      </div>
      <StatusBar state={state} />
      <Help open={over === "help"} onClose={() => setOver(null)} />
      <Palette open={over === "palette"} onClose={() => setOver(null)} />
    </div>
  );
}
