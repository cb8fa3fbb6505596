/** A request for a plan: its steps can be read, nothing of it is left out, and what is not understood is shown as it came. */
import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { prefer } from "../state/preferences";
import { approval, material } from "../test/fixtures";
import { FakeTransport } from "../test/FakeTransport";
import { expectAccessible, show } from "../test/screen";
import { readPlan } from "./plan";

const BUILD = { id: "build", action_type: "command_run", command: "mkdir -p out &&\necho binary > out/app", cwd: "/src/shop", files: ["out/**", "a\u202Eb"], verify: "test -s out/app", timeout_secs: 600 };
const PACK = { id: "pack", after: ["build"], action_type: "mcp_tool", tool: "store", args: { bucket: "x\u200B" }, cwd: "/src/shop/deploy", environment: "prod", rollback: "captured", retries: 2, timeout_secs: 90 };
const PLAN = { name: "release 1.4", budget: { runs: 8, minutes: 30 }, steps: [BUILD, PACK] };

async function open(args: unknown) {
  const { command: _, ...planned } = material({ action_type: "plan", args });
  const shown = approval({ level: "medium", material: planned });
  location.hash = `#/approvals/${shown.id}`;
  show(new FakeTransport(shown));
  await screen.findByTestId("detail");
  return userEvent.setup();
}

const fields = (step: HTMLElement) =>
  Object.fromEntries([...step.querySelectorAll("dl > div")].map((row) => [row.querySelector("dt")?.textContent, row.querySelector("dd")?.textContent]));

describe("a plan", () => {
  it("is a list of steps with its bounds, whole, and what hides in it is spelled", async () => {
    await open(PLAN);
    expect(screen.getByTestId("plan").querySelector("figcaption")?.textContent).toBe("A plan of 2 steps: release 1.4");
    expect(screen.getByTestId("plan-bounds").textContent).toContain("at most 8, with verifications and further tries");
    expect(screen.getByTestId("plan-bounds").textContent).toContain("30 minutes");
    const [build, pack] = screen.getAllByTestId("plan-step") as [HTMLElement, HTMLElement];
    expect(within(build).getByRole("region", { name: "Command of step build" }).textContent).toBe(BUILD.command);
    expect(fields(build)).toEqual({
      "Waits for": "nothing: it may start at once",
      Directory: "/src/shop",
      "May change": "out/**a<U+202E>b",
      "Verified by": "test -s out/app",
      "If the plan fails": "It stays as it is: nothing is undone",
      Tries: "1",
      "Ended after": "10 minutes",
    });
    expect(within(pack).getByRole("region", { name: "Arguments of step pack" }).textContent).toBe('{\n  "bucket": "x<U+200B>"\n}');
    expect(fields(pack)).toEqual({
      "Waits for": "build",
      Directory: "/src/shop/deploy",
      Environment: "prod",
      "May change": "Any file: the plan does not bound it",
      "Verified by": "Nothing: only its exit code decides",
      "If the plan fails": "What was captured before it is restored",
      Tries: "at most 3",
      "Ended after": "90 seconds",
    });
    expect(screen.getAllByTestId("hidden-warning")[0]?.textContent).toContain("Contains 1 direction-changing character, 1 invisible character.");
    await expectAccessible();
  });

  it("keeps its JSON within reach", async () => {
    const user = await open(PLAN);
    await user.click(screen.getByText("The same as JSON, as it is signed"));
    expect(screen.getByTestId("code").textContent).toBe(JSON.stringify(PLAN, null, 2).replace("\u202E", "<U+202E>").replace("\u200B", "<U+200B>"));
    expect(screen.getByTestId("approve")).toBeDefined();
    await expectAccessible();
  });

  it("is said in German", async () => {
    prefer({ language: "de" });
    await open(PLAN);
    expect(screen.getByTestId("plan").textContent).toContain("Ein Plan aus 2 Schritten:");
    expect(screen.getByTestId("plan").textContent).toContain("Jede Datei: Der Plan setzt keine Grenze");
    await expectAccessible();
  });

  it.each<[string, unknown]>([
    ["a field more in a step", { ...PLAN, steps: [{ ...BUILD, sudo: true }] }],
    ["a field more beside the steps", { ...PLAN, then: "more" }],
    ["neither command nor tool", { ...PLAN, steps: [{ ...BUILD, command: undefined }] }],
    ["both", { ...PLAN, steps: [{ ...BUILD, tool: "x" }] }],
    ["another way back", { ...PLAN, steps: [{ ...BUILD, rollback: "maybe" }] }],
    ["no steps", { ...PLAN, steps: [] }],
    ["a bound that is no number", { ...PLAN, budget: { runs: "8", minutes: 30 } }],
    ["a text", "plan"],
  ])("with %s is not understood", (_, args) => {
    expect(readPlan(JSON.parse(JSON.stringify(args)))).toBeNull();
  });

  it("that is not understood is shown as it came", async () => {
    await open({ ...PLAN, steps: [{ ...BUILD, sudo: true }] });
    expect(screen.queryByTestId("plan")).toBeNull();
    expect(screen.getByTestId("code").textContent).toContain('"sudo": true');
    await expectAccessible();
  });
});
