/** What the agent says: quoted, labelled unverified, plain text only. Never part of what is signed. */
import { HiddenWarning, VisibleText } from "../text/VisibleText";
import styles from "./detail.module.css";
import { Section } from "./Section";

export function Claims({ claims }: { claims: unknown }) {
  const { intent, repos, other } = (typeof claims === "object" && claims !== null ? claims : {}) as {
    intent?: unknown;
    repos?: unknown;
    other?: unknown;
  };
  const flags = Object.entries((typeof other === "object" && other !== null ? other : {}) as Record<string, unknown>);
  const lines = [
    ...(Array.isArray(repos) && repos.length > 0 ? [`repos: ${repos.join(", ")}`] : []),
    ...flags.map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`),
  ];
  if (typeof intent !== "string" && lines.length === 0) return null;
  const text = [...(typeof intent === "string" ? [intent] : []), ...lines].join("\n");
  return (
    <Section title="Agent says" aside="unverified">
      <HiddenWarning text={text} />
      <blockquote className={styles.quote}>
        <VisibleText text={text} />
      </blockquote>
    </Section>
  );
}
