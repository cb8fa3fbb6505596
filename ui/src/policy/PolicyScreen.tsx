/** How far agents may go alone, and what stands above that: policies, guardrails, risk, the rules of approving. */
import { Suspense, lazy, useEffect, useRef } from "react";
import { Waiting } from "../shell/Failure";
import { goTo } from "../state/route";
import { useCommands } from "../state/keys";
import { Autonomy } from "./Autonomy";
import styles from "./policy.module.css";
import { Proposals } from "./Proposals";
import { ReadOnly } from "./ReadOnly";
import { Suggestions } from "./Suggestions";
import { t } from "./texts";
import { useAccess, useFollow, useProposals, type Access } from "./usePolicy";

const Rules = lazy(async () => ({ default: (await import("./OrgText")).OrgText }));
const Risk = lazy(async () => ({ default: (await import("./Risk")).Risk }));
const AllowRules = lazy(async () => ({ default: (await import("../allow/AllowRules")).AllowRules }));
const Approving = lazy(async () => ({ default: (await import("./Approving")).Approving }));

const SHEETS = ["", "guardrails", "catalogue", "risk", "approving", "allowed", "suggestions", "proposals"] as const;
type Sheet = (typeof SHEETS)[number];

const nameOf = (sheet: Sheet): string => t(sheet === "" ? "sheet_autonomy" : `sheet_${sheet}`);

export function PolicyScreen({ path, query }: { path: string; query: string }) {
  useFollow();
  const access = useAccess();
  const sheet = SHEETS.find((name) => name === path) ?? "";
  const proposals = useProposals(access.edits);
  const waiting = proposals.data?.length ?? 0;
  const tabs = useRef<HTMLElement>(null);
  useEffect(() => {
    tabs.current?.querySelector(`[data-sheet="${sheet}"]`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [sheet]);
  useCommands([
    { keys: "Escape", words: t("back"), run: () => goTo(null) },
    ...SHEETS.map((name) => ({
      words: t("open_sheet", { sheet: nameOf(name) }),
      run: () => globalThis.location.assign(name === "" ? "#/policy" : `#/policy/${name}`),
    })),
  ]);
  return (
    <div className={styles.screen}>
      <nav ref={tabs} className={styles.sheets} aria-label={t("sheets")}>
        {SHEETS.map((name) => (
          <a key={name} data-sheet={name} href={name === "" ? "#/policy" : `#/policy/${name}`} aria-current={name === sheet ? "page" : undefined}>
            {nameOf(name)}
            {name === "proposals" && waiting > 0 && (
              <span className={styles.count}>
                {waiting}
                <span className="visually-hidden"> {t("open")}</span>
              </span>
            )}
          </a>
        ))}
      </nav>
      <div className={styles.scroll} tabIndex={-1}>
        <ReadOnly access={access} />
        <Suspense fallback={<Waiting rows={5} />}>
          <Body sheet={sheet} query={query} access={access} />
        </Suspense>
      </div>
    </div>
  );
}

function Body({ sheet, query, access }: { sheet: Sheet; query: string; access: Access }) {
  if (sheet === "guardrails" || sheet === "catalogue") return <Rules key={sheet} kind={sheet} access={access} />;
  if (sheet === "risk") return <Risk query={query} access={access} />;
  if (sheet === "approving") return <Approving access={access} />;
  if (sheet === "allowed") return <AllowRules access={access} />;
  if (sheet === "suggestions") return <Suggestions access={access} />;
  if (sheet === "proposals") return <Proposals access={access} />;
  return <Autonomy query={query} access={access} />;
}
