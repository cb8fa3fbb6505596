/** The screen of a place. One that fails to draw says so and leaves the rest of the console standing. */
import { Button } from "@mui/material";
import { Component, Suspense, type ReactNode } from "react";
import type { Route } from "../state/route";
import { Waiting } from "./Failure";
import { PLACES } from "./places";
import styles from "./shell.module.css";
import { t } from "./texts";

class Fence extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render() {
    if (!this.state.error) return this.props.children;
    return (
      <div className={styles.failure} role="alert">
        <p>
          <strong>{t("broken")}</strong> {t("broken_next")}
        </p>
        <code className={styles.code}>{this.state.error.message}</code>
        <Button onClick={() => this.setState({ error: null })}>{t("retry")}</Button>
      </div>
    );
  }
}

export function Stage({ route }: { route: Route }) {
  const Screen = (PLACES.find((place) => place.at === route.at) ?? PLACES[0])?.Screen;
  return (
    <main className={styles.stage}>
      <Fence key={route.at}>
        <Suspense fallback={<Waiting rows={4} />}>{Screen && <Screen route={route} />}</Suspense>
      </Fence>
    </main>
  );
}
