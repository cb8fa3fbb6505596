/** What the agent says: quoted, labelled unverified, plain text only. Never part of what is signed. */
import { HiddenWarning, VisibleText } from "../text/VisibleText";
import styles from "./detail.module.css";
import { Section } from "./Section";
import { t } from "./texts";

/** `told`: fields that are shown elsewhere, as the gate's. */
export function Claims({ claims, told }: { claims: unknown; told: string[] }) {
  const { intent, repos, other } = (typeof claims === "object" && claims !== null ? claims : {}) as {
    intent?: unknown;
    repos?: unknown;
    other?: unknown;
  };
  const flags = Object.entries((typeof other === "object" && other !== null ? other : {}) as Record<string, unknown>).filter(([name]) => !told.includes(name));
  const lines = [
    ...(Array.isArray(repos) && repos.length > 0 ? [`repos: ${repos.join(", ")}`] : []),
    ...flags.map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`),
  ];
  if (typeof intent !== "string" && lines.length === 0) return null;
  const text = [...(typeof intent === "string" ? [intent] : []), ...lines].join("\n");
  return (
    <Section title={t("says")} aside={t("unverified")}>
      <HiddenWarning text={text} />
      <blockquote className={styles.quote}>
        <VisibleText text={text} />
      </blockquote>
    </Section>
  );
}
