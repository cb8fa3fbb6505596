import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { prefer } from "../state/preferences";
import { expectAccessible, show } from "../test/screen";
import { FakePolicies } from "./fixtures";

async function tuning(rule: string) {
  globalThis.location.hash = `#/policy?rule=${rule}`;
  show(new FakePolicies());
  return screen.findByTestId("tuning");
}

describe("tuning a rule", () => {
  it("says what moves the rule, that the preview replays it, and what it caught", async () => {
    const found = await tuning("above_threshold");
    expect(found.textContent).toContain("To tune: above threshold. Move the risk threshold below.");
    expect(found.textContent).toContain("replays your draft on the last 30 days (p)");
    expect(within(found).getByRole("link", { name: "See what it caught." }).getAttribute("href")).toBe("#/record?kind=decision&rule=above_threshold");
    await expectAccessible();
  });

  it("leads to the sheet that the rule comes from", async () => {
    const found = await tuning("guardrail");
    expect(within(found).getByRole("link", { name: "Open that sheet." }).getAttribute("href")).toBe("#/policy/guardrails");
    expect(found.textContent).not.toContain("preview");
  });

  it("says that nothing moves what protects", async () => {
    const found = await tuning("rejected_before");
    expect(found.textContent).toContain("No setting moves this rule");
  });

  it("speaks German", async () => {
    prefer({ language: "de" });
    const found = await tuning("above_threshold");
    expect(found.textContent).toContain("Einzustellen: über der Schwelle. Verschieb unten die Risikoschwelle.");
  });
});
