/**
 * Exactly what will run, drawn from the digest's material and nothing else: untruncated, with hidden characters spelled
 * out. A part this version does not know is shown raw, and then there is no Approve.
 */
import { memo, useCallback, useMemo, type Ref } from "react";
import { copy } from "../shell/copy";
import { HiddenWarning, VisibleText } from "../text/VisibleText";
import styles from "./detail.module.css";
import { Diff, type GoOn, type Looked } from "./Diff";
import { against } from "./diff";
import { factWords } from "../shell/words";
import type { ApprovalView } from "../api/types";
import type { Material, Reading } from "./material";
import { readPlan } from "./plan";
import { PlanSteps } from "./PlanSteps";
import { Parsed } from "./reach/Parsed";
import { Section } from "./Section";
import { t } from "./texts";

/** Action type of a plan; its arguments are the plan. */
const PLAN_TYPE = "plan";

interface Props {
  reading: Reading;
  digest: string;
  /** The command as the server's parser reads it. */
  segments?: ApprovalView["segments"];
  /** Its SQL and HTTP, taken apart. */
  reach?: ApprovalView["reach"];
  /** What the server found, to mark the hunks it rests on. */
  factors: ApprovalView["factors"];
  /** How far a person came in the diff of this content. */
  onLooked: (digest: string, looked: Looked) => void;
  goOn: Ref<GoOn>;
}

/** Drawn once per content: the clock ticks around it. */
export const WhatRuns = memo(function WhatRuns({ reading, digest, segments, reach, factors, onLooked, goOn }: Props) {
  const { material, problems, unknown } = reading;
  const args = useMemo(() => (material.args === undefined ? null : JSON.stringify(material.args, null, 2)), [material.args]);
  const plan = useMemo(() => (material.action_type === PLAN_TYPE ? readPlan(material.args) : null), [material]);
  const tellLooked = useCallback((looked: Looked) => onLooked(digest, looked), [onLooked, digest]);
  return (
    <Section
      must
      title={t("runs")}
      aside={
        <button
          type="button"
          className={styles.digest}
          title={t("digest", { digest })}
          onClick={() => void copy(digest)}
        >
          {digest.slice(0, 8)}
        </button>
      }
    >
      {problems.length > 0 && (
        <ul className={styles.problems} data-testid="material-problems">
          {problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      )}
      {material.command !== undefined && <Code label={t("command")} text={material.command} />}
      {segments && segments.length > 0 && <Parts segments={segments} />}
      {plan && args !== null && <PlanSteps plan={plan} json={args} />}
      {!plan && args !== null && <Code label={material.tool ? t("args_of", { tool: material.tool }) : t("args")} text={args} />}
      {reach && <Parsed reach={reach} />}
      {material.files && material.files.length > 0 && <Files files={material.files} factors={factors} />}
      {material.diff !== undefined && <Diff key={digest} text={material.diff} factors={factors} onLooked={tellLooked} goOn={goOn} />}
      {unknown.map(([name, value]) => (
        <Code key={name} label={t("unknown_part", { name })} text={JSON.stringify(value, null, 2)} />
      ))}
      <Place material={material} />
    </Section>
  );
});

function Code({ label, text }: { label: string; text: string }) {
  return (
    <figure className={styles.code}>
      <figcaption>{label}</figcaption>
      <HiddenWarning text={text} />
      {/* Scrollable by keyboard, as a long line needs. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre data-testid="code" role="group" tabIndex={0} aria-label={label}>
        <VisibleText text={text} />
      </pre>
    </figure>
  );
}

/** The command as the server's parser reads it, every part of it; what is known against a part stands beside it. */
function Parts({ segments }: { segments: NonNullable<ApprovalView["segments"]> }) {
  return (
    <figure className={styles.code}>
      <figcaption>{t("parts")}</figcaption>
      <ul className={styles.parts} data-testid="segments">
        {segments.map((part, i) => (
          // Parts of one command never move, so their position is their identity.
          // oxlint-disable-next-line no-array-index-key
          <li key={i} data-telling={(part.facts ?? []).length > 0 ? "true" : undefined}>
            <code>
              <VisibleText text={part.text} />
            </code>
            <span>{(part.facts ?? []).map(factWords).join(", ") || t("parts_calm")}</span>
          </li>
        ))}
      </ul>
    </figure>
  );
}

const OPS: Record<string, () => string> = {
  edit: () => t("op_edit"),
  create: () => t("op_create"),
  delete: () => t("op_delete"),
  read: () => t("op_read"),
};

function Files({ files, factors }: { files: NonNullable<Material["files"]>; factors: ApprovalView["factors"] }) {
  return (
    <figure className={styles.code}>
      <figcaption>{t("files", { count: files.length })}</figcaption>
      <HiddenWarning text={files.map((file) => file.path).join("\n")} />
      <ul className={styles.files}>
        {files.map((file) => (
          <li key={`${file.op} ${file.path}`} data-op={file.op}>
            <span>{OPS[file.op]?.() ?? file.op}</span>
            <code>
              <VisibleText text={file.path} />
            </code>
            {against(file.path, factors).map((reason) => (
              <span key={reason} className={styles.risks} data-testid="file-risk">
                ▲ <VisibleText text={reason} />
              </span>
            ))}
            {(file.before !== undefined || file.after !== undefined) && (
              <code className={styles.hashes} title={`${t("file_before", { before: file.before ?? t("file_nothing") })}\n${t("file_after", { after: file.after ?? t("file_nothing") })}`}>
                {`${file.before?.slice(0, 8) ?? t("file_none")} → ${file.after?.slice(0, 8) ?? t("file_none")}`}
              </code>
            )}
          </li>
        ))}
      </ul>
    </figure>
  );
}

function Place({ material }: { material: Partial<Material> }) {
  const rows: [string, string | undefined][] = [
    [t("place_action"), material.action_type],
    [t("place_tool"), material.tool],
    [t("place_cwd"), material.cwd],
    [t("place_repo"), material.repo],
    [t("place_branch"), material.branch],
    [t("place_environment"), material.environment],
    [t("place_target"), material.target_state === undefined ? undefined : targetWords(material.target_state)],
    [t("place_org"), material.org],
    [t("place_agent"), material.agent],
    [t("place_behalf"), material.on_behalf_of],
    [t("place_session"), material.session_id],
  ];
  return (
    <dl className={styles.place} data-columns="2">
      {rows.map(
        ([name, value]) =>
          value !== undefined && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <HiddenWarning text={value} />
                <code>
                  <VisibleText text={value} />
                </code>
              </dd>
            </div>
          ),
      )}
    </dl>
  );
}

/** The observed state in one line; anything unexpected as it came. */
export function targetWords(state: unknown): string {
  const known = state as {
    git?: { head?: string; dirty_sha256?: string };
    env?: { name?: string; revision?: string };
    none?: string;
  };
  if (typeof known.none === "string") return known.none === "not observed" ? t("target_unobserved") : t("target_because", { why: known.none });
  if (known.git) return t("target_git", { head: known.git.head ?? "?", dirty: known.git.dirty_sha256 ?? "?" });
  if (known.env) return t("target_env", { name: known.env.name ?? "?", revision: known.env.revision ?? "?" });
  return JSON.stringify(state);
}
