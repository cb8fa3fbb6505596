/** Providers, and which screen the console's state calls for. */
import { CssBaseline, ThemeProvider } from "@mui/material";
import { QueryClientProvider, type QueryClient } from "@tanstack/react-query";
import { lazy, Suspense, use, useEffect, useState } from "react";
import type { Transport } from "./api/transport";
import type { ConsoleState } from "./api/types";
import { RefusedBand } from "./decide/RefusedBand";
import { EmergencyBands } from "./emergency/EmergencyBands";
import { Banners } from "./shell/Banners";
import { Failure, Waiting } from "./shell/Failure";
import { Header } from "./shell/Header";
import { Copied } from "./shell/Copied";
import { Live } from "./shell/Live";
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
import { themeIn } from "./theme/theme";
import { serverWords } from "./words/server";
import { language } from "./words/words";

// What most starts never show. What a key opens is there before anybody presses it.
const soon = {
  Help: () => import("./shell/Help"),
  Palette: () => import("./shell/Palette"),
};
const Help = lazy(async () => ({ default: (await soon.Help()).Help }));
const Palette = lazy(async () => ({ default: (await soon.Palette()).Palette }));
const Enroll = lazy(async () => ({ default: (await import("./shell/Enroll")).Enroll }));
const Locked = lazy(async () => ({ default: (await import("./shell/Locked")).Locked }));

export function App(props: { transport: Transport; cache: QueryClient; clock?: ServerClock }) {
  usePreferences();
  return (
    <ThemeProvider theme={themeIn(language())} defaultMode="system" disableTransitionOnChange>
      <Look />
      <CssBaseline />
      <QueryClientProvider client={props.cache}>
        <ConsoleProvider transport={props.transport} {...(props.clock ? { clock: props.clock } : {})}>
          <Suspense fallback={<Waiting rows={4} />}>
            <Spoken key={language()} />
          </Suspense>
        </ConsoleProvider>
      </QueryClientProvider>
    </ThemeProvider>
  );
}

/** Waits for the words of the language, where they are not here yet. */
function Spoken() {
  use(serverWords(language()));
  return <Gate />;
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
  if (mode === "locked") return <Locked reason={reason} code={code} busy={state.isFetching} onRetry={() => void state.refetch()} />;
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
  useEffect(() => {
    for (const load of Object.values(soon)) void load().catch(() => undefined);
  }, []);
  const openId = route.at === "queue" ? route.approvalId : null;
  return (
    <div className={styles.frame}>
      <Header state={state} />
      <div>
        <EmergencyBands state={state} />
        <Banners state={state} />
        <RefusedBand user={state.user ?? ""} openId={openId} />
      </div>
      <div className={styles.body}>
        <Rail at={route.at} />
        <Stage route={route} />
      </div>
      <StatusBar state={state} />
      <Copied />
      <Live atRequests={route.at === "queue"} openId={openId} user={state.user ?? ""} />
      <Suspense fallback={null}>
        {over === "help" && <Help open onClose={() => setOver(null)} />}
        {over === "palette" && <Palette open onClose={() => setOver(null)} />}
      </Suspense>
    </div>
  );
}
