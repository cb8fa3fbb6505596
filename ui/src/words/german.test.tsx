/** A German reader meets no sentence of the server in English, and what the agent wrote stays as it was. */
import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { ApprovalView } from "../api/types";
import { prefer } from "../state/preferences";
import { approval, material, NOW } from "../test/fixtures";
import { FakeTransport } from "../test/FakeTransport";
import { expectAccessible, show } from "../test/screen";
import { inWords, serverWords, titleIn, type Worded } from "./server";

const run: Worded = { text: "Run make deploy in web", code: "title.in", with: { repo: "web", subject: { text: "Run make deploy", code: "do.run", with: { command: "make deploy" } } } };
const WORDS: Worded[] = [
  run,
  {
    text: "Risk 0.750 is above the threshold 0.600 (policy of dana)",
    code: "why.above_threshold",
    with: { score: { thousandths: 750 }, limit: { thousandths: 600 }, source: { text: "policy of dana", code: "scope.user", with: { user: "dana" } } },
  },
  { text: "Overwrites published history", code: "rule.git-force-push" },
  { text: "command: git push --force", code: "evidence.command", with: { command: "git push --force" } },
  {
    text: "0.300 lower without --force",
    code: "lower",
    with: { score: { thousandths: 300 }, without: { text: "without --force", code: "rule.git-force-push.without" } },
  },
  { text: "policy of dana (standard)", code: "scope.level", with: { scope: { text: "policy of dana", code: "scope.user", with: { user: "dana" } }, level: { text: "standard", code: "level.standard" } } },
  { text: "7 of 9 like this were rejected: git_push with reaching production", code: "advice.alike", with: { rejected: 7, count: 9, type: "git_push", kinds: { text: "with reaching production", code: "kinds.with", with: { facts: { text: "reaching production", code: "among.production" } } } } },
  { text: "Critical risk always asks", code: "guardrail.critical-asks" },
];
const ENGLISH = WORDS.map(({ text }) => text);

/** As the server sends it. */
function asked(): ApprovalView {
  return approval({
    title: run.text,
    reasons: [ENGLISH[1] ?? "", "Ours: ask Cleo first"],
    factors: [{ name: "rollback_difficulty", contribution: 300, reason: ENGLISH[2] ?? "", evidence: [ENGLISH[3] ?? ""], counterfactual: ENGLISH[4] ?? "" }],
    guardrails: [{ id: "critical-asks", reason: ENGLISH[7] ?? "" }],
    policy: ENGLISH[5] ?? "",
    advice: { reject_probability: 0.7, rests_on: 9, reasons: [ENGLISH[6] ?? ""], raised: false },
    claims: { intent: "Run make deploy in web" },
    material: material({ command: "make deploy", repo: "web" }),
    words: WORDS,
  });
}

function withoutClaims(): string {
  const page = document.body.cloneNode(true) as HTMLElement;
  for (const quote of page.querySelectorAll("blockquote")) quote.remove();
  return page.textContent ?? "";
}

describe("a German reader", () => {
  it("reads the queue and the request in German, and the agent's words as they are", async () => {
    prefer({ language: "de" });
    const view = asked();
    const transport = new FakeTransport(view);
    transport.on("GET", /precedents$/, () => ({ items: [], compared: 0, more: false, server_time: NOW }));
    location.hash = `#/approvals/${view.id}`;
    show(transport);
    const detail = within(await screen.findByTestId("detail"));
    expect(detail.getByRole("heading", { level: 2 }).textContent).toBe("Ausführen: make deploy in web");
    const page = withoutClaims();
    expect(ENGLISH.filter((text) => page.includes(text))).toEqual([]);
    for (const said of [
      "Risiko 0,750 liegt über der Schwelle 0,600 (Richtlinie von dana)",
      "Überschreibt veröffentlichte Geschichte",
      "Befehl: git push --force",
      "0,300 weniger ohne --force",
      "Richtlinie von dana (Standard)",
      "7 von 9 wie dieser wurden abgelehnt: git_push mit: Produktion erreicht",
      "Kritisches Risiko fragt immer",
      "Ours: ask Cleo first",
    ]) {
      expect(page).toContain(said);
    }
    expect(document.querySelector("blockquote")?.textContent).toBe("Run make deploy in web");
    await expectAccessible();
  });

  it("changes the language while a request is open", async () => {
    const view = asked();
    const transport = new FakeTransport(view);
    transport.on("GET", /precedents$/, () => ({ items: [], compared: 0, more: false, server_time: NOW }));
    location.hash = `#/approvals/${view.id}`;
    show(transport);
    expect((await screen.findByTestId("detail")).textContent).toContain(run.text);
    prefer({ language: "de" });
    expect(await screen.findByRole("heading", { level: 2, name: "Ausführen: make deploy in web" })).toBeDefined();
    prefer({ language: "en" });
    expect(await screen.findByRole("heading", { level: 2, name: run.text })).toBeDefined();
  });
});

describe("a sentence", () => {
  const say = async (worded: Worded) => {
    prefer({ language: "de" });
    await serverWords("de");
    return inWords([worded], worded.text);
  };

  it("is said in the plural that fits, with numbers as they are written in the language", async () => {
    const more = (n: number) => ({ text: `${n} more files`, code: "undo.more_files", with: { count: n } });
    expect(await say(more(1))).toBe("1 weitere Datei");
    expect(await say(more(12_345))).toBe("12.345 weitere Dateien");
  });

  it("of a newer server is said as it came, also inside another", async () => {
    const newer: Worded = { text: "Launch it", code: "do.launch" };
    expect(await say(newer)).toBe("Launch it");
    expect(await say({ text: "Launch it on prod", code: "title.on", with: { subject: newer, environment: "prod" } })).toBe("Launch it auf prod");
  });

  it("is filled once: what an agent named like a slot stays", async () => {
    const worded = { text: "Run {{repo}} $t(x) in web", code: "title.in", with: { repo: "web", subject: { text: "Run {{repo}} $t(x)", code: "do.run", with: { command: "{{repo}} $t(x)" } } } };
    expect(await say(worded)).toBe("Ausführen: {{repo}} $t(x) in web");
  });

  it("that is a title is no longer than the server makes them", async () => {
    const long: Worded = { text: "Run it", code: "do.run", with: { command: "x".repeat(160) } };
    await say(long);
    expect(titleIn([long], "Run it")).toHaveLength(160);
    expect(titleIn([long], "Run it").endsWith("…")).toBe(true);
  });
});
