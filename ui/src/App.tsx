/** Providers, and which screen the console's state calls for. */
import { CssBaseline, ThemeProvider } from "@mui/material";
import { QueryClientProvider, type QueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { Transport } from "./api/transport";
import { QueueScreen } from "./queue/QueueScreen";
import { RecordScreen } from "./record/RecordScreen";
import { Banners } from "./shell/Banners";
import { Enroll } from "./shell/Enroll";
import { Failure, Waiting } from "./shell/Failure";
import { Header } from "./shell/Header";
import { Locked } from "./shell/Locked";
import styles from "./shell/shell.module.css";
import { StatusBar } from "./shell/StatusBar";
import type { ServerClock } from "./state/clock";
import { ConsoleProvider, useConsoleState, useParts } from "./state/console";
import { goTo, useRoute } from "./state/route";
import { theme } from "./theme/theme";

export function App(props: { transport: Transport; cache: QueryClient; clock?: ServerClock }) {
  return (
    <ThemeProvider theme={theme} disableTransitionOnChange>
      <CssBaseline />
      <QueryClientProvider client={props.cache}>
        <ConsoleProvider transport={props.transport} {...(props.clock ? { clock: props.clock } : {})}>
          <Gate />
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
  const { mode, locked_reason: reason, pending_link: link } = state.data;
  if (mode === "enroll") return <Enroll code={route.at === "enroll" ? route.code : (link ?? "")} />;
  if (mode === "locked") return <Locked reason={reason} onRetry={() => void state.refetch()} />;
  return (
    <div className={styles.frame}>
      <Header state={state.data} at={route.at} />
      <Banners state={state.data} />
      <main style={{ minHeight: 0 }}>
        {route.at === "record" ? (
          <RecordScreen index={route.index} query={route.query} />
        ) : (
          <QueueScreen selectedId={route.at === "queue" ? route.approvalId : null} />
        )}
      </main>
      <StatusBar state={state.data} />
    </div>
  );
}
