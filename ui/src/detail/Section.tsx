/** A titled part of the evidence. */
import { useId, type ReactNode } from "react";
import styles from "./detail.module.css";

interface Props {
  title: string;
  aside?: ReactNode;
  /** All of it must have been in view before deciding (`useRead`). */
  must?: boolean;
  children: ReactNode;
}

export function Section({ title, aside, must = false, children }: Props) {
  const id = useId();
  return (
    <section className={styles.section} aria-labelledby={id} data-must={must ? "true" : undefined}>
      <h3 id={id}>
        {title}
        {aside !== undefined && <span className={styles.aside}>{aside}</span>}
      </h3>
      {children}
    </section>
  );
}
