/** How far agents may go alone, and what stands above that: policies, guardrails, risk, the rules of approving. */
import { Suspense, lazy } from "react";
import { Waiting } from "../shell/Failure";
import { Parts } from "../shell/Parts";
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
const hrefOf = (sheet: Sheet): string => (sheet === "" ? "#/policy" : `#/policy/${sheet}`);

export function PolicyScreen({ path, query }: { path: string; query: string }) {
  useFollow();
  const access = useAccess();
  const sheet = SHEETS.find((name) => name === path) ?? "";
  const proposals = useProposals(access.edits);
  const waiting = proposals.data?.length ?? 0;
  useCommands([
    { keys: "Escape", words: t("back"), run: () => goTo(null) },
    ...SHEETS.map((name) => ({
      words: t("open_sheet", { sheet: nameOf(name) }),
      run: () => globalThis.location.assign(hrefOf(name)),
    })),
  ]);
  return (
    <div className={styles.screen}>
      <Parts
        label={t("sheets")}
        parts={SHEETS.map((name) => ({
          href: hrefOf(name),
          words: nameOf(name),
          current: name === sheet,
          count: name === "proposals" ? waiting : 0,
          counts: t("open"),
        }))}
      />
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
