/** The way between screens: a rail on the left, a row on a narrow page. */
import { useEffect, useRef } from "react";
import { PLACES } from "./places";
import styles from "./shell.module.css";
import { t } from "./texts";

export function Rail({ at }: { at: string }) {
  const rail = useRef<HTMLElement>(null);
  // A row is wider than a narrow page.
  useEffect(() => {
    rail.current?.querySelector(`[data-testid="go-${at}"]`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [at]);
  return (
    <nav ref={rail} className={styles.rail} aria-label={t("screens")}>
      {PLACES.map((place) => (
        <a key={place.at} href={place.href} data-testid={`go-${place.at}`} aria-current={place.at === at ? "page" : undefined}>
          {place.icon}
          <span>{place.words()}</span>
        </a>
      ))}
    </nav>
  );
}
