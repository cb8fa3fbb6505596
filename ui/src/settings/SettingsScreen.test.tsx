import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { ApiError } from "../api/problem";
import type { DeviceView } from "../api/types";
import { prefer, preferences } from "../state/preferences";
import { FakeMachine } from "../test/FakeMachine";
import { FakeRecord } from "../test/FakeRecord";
import { FakeProblem, FakeTransport } from "../test/FakeTransport";
import { consoleState, device, NOW } from "../test/fixtures";
import { expectAccessible, show } from "../test/screen";
import { keyFault, withKey } from "./keymap";
import { notifyFaults } from "./notify";

function desktop(path: string): { transport: FakeTransport; machine: FakeMachine } {
  globalThis.location.hash = `#/settings/${path}`;
  const transport = new FakeTransport();
  const machine = new FakeMachine();
  transport.machine = machine;
  transport.record = new FakeRecord();
  return { transport, machine };
}

const refuse = (code: string) => () => Promise.reject(new ApiError(code, `raw ${code}`));
const never = () => new Promise<never>(() => undefined);

describe("the parts of the settings", () => {
  it("are all offered on a desktop, and on the web page only what it has", async () => {
    const { transport } = desktop("look");
    const page = show(transport);
    const names = within(await screen.findByRole("navigation", { name: "Parts of the settings" }));
    expect(names.getAllByRole("link").map((link) => link.textContent)).toEqual([
      "Notifications", "Look and language", "Keys", "Devices", "Data", "This console", "Diagnostics",
    ]);
    await expectAccessible();
    page.unmount();
    const web = new FakeTransport();
    web.kind = "web";
    show(web);
    const fewer = within(await screen.findByRole("navigation", { name: "Parts of the settings" }));
    expect(fewer.getAllByRole("link").map((link) => link.textContent)).toEqual(["Look and language", "Keys", "Devices"]);
  });

  it("are reached by g and s", async () => {
    const user = userEvent.setup();
    const { transport } = desktop("look");
    globalThis.location.hash = "";
    show(transport);
    await screen.findByText("Nothing waits for you.");
    await user.keyboard("gs");
    expect(await screen.findByRole("navigation", { name: "Parts of the settings" })).toBeDefined();
  });

  it("are closed while the console is locked", async () => {
    const { transport } = desktop("devices");
    transport.console = consoleState({ mode: "locked", locked_code: "keyring_locked" });
    show(transport);
    await screen.findByTestId("locked");
    expect(screen.queryByTestId("device")).toBeNull();
  });
});

describe("look and language", () => {
  it("change at once and are kept", async () => {
    const user = userEvent.setup();
    const { transport } = desktop("look");
    show(transport);
    await user.click(await screen.findByTestId("theme-dark"));
    await user.click(screen.getByTestId("contrast"));
    await waitFor(() => expect(document.documentElement.dataset["scheme"]).toBe("dark"));
    expect(document.documentElement.hasAttribute("data-contrast")).toBe(true);
    await expectAccessible();
    await user.click(screen.getByTestId("language-de"));
    expect(await screen.findByRole("heading", { name: "Aussehen und Sprache" })).toBeDefined();
    expect(document.documentElement.lang).toBe("de");
    expect(preferences()).toMatchObject({ theme: "dark", contrast: true, language: "de" });
    await expectAccessible();
  });
});

describe("keys", () => {
  it("are given to other commands, and the command hears the new one only", async () => {
    const user = userEvent.setup();
    const { transport } = desktop("keys");
    show(transport);
    await user.type(await screen.findByTestId("key-?"), "h");
    expect(preferences().keys).toEqual({ "?": "h" });
    await expectAccessible();
    screen.getByRole("heading", { level: 1, name: "Keys" }).click();
    (document.activeElement as HTMLElement | null)?.blur();
    await user.keyboard("?");
    expect(screen.queryByRole("dialog")).toBeNull();
    await user.keyboard("h");
    expect(await screen.findByRole("dialog", { name: "Keys and rules" })).toBeDefined();
  });

  it("are not given twice", async () => {
    const user = userEvent.setup();
    const { transport } = desktop("keys");
    show(transport);
    await user.type(await screen.findByTestId("key-a"), "r");
    expect((await screen.findByText("“r” already gives another command."))).toBeDefined();
    await user.type(screen.getByTestId("key-a"), "g");
    expect(await screen.findByText("“g” begins the ways between screens.")).toBeDefined();
    expect(preferences().keys).toEqual({});
    await expectAccessible();
  });

  it("can all be off, and their own again", async () => {
    const user = userEvent.setup();
    prefer({ keys: { a: "y" } });
    const { transport } = desktop("keys");
    show(transport);
    await user.click(await screen.findByTestId("keys-reset"));
    expect(preferences().keys).toEqual({});
    await user.click(screen.getByRole("switch", { name: "Single characters act as commands" }));
    expect(preferences().letterKeys).toBe(false);
    expect(screen.getByTestId<HTMLInputElement>("key-a").disabled).toBe(true);
  });

  it("hold their rules", () => {
    expect(keyFault("a", "y", {})).toBeNull();
    expect(keyFault("a", "y", { r: "y" })).toBe("taken");
    expect(keyFault("a", "r", { r: "y" })).toBeNull();
    expect(keyFault("a", "ä", {})).toBe("not_a_key");
    expect(withKey("a", "a", { a: "y", r: "q" })).toEqual({ r: "q" });
  });
});

describe("devices", () => {
  const answering = (transport: FakeTransport, all: DeviceView[]) => transport.on("GET", /\/devices$/, () => all);

  it("say which is this one, of what kind, how high, and what shared means", async () => {
    const { transport } = desktop("devices");
    const { confirmed_at: _, ...unconfirmed } = device({ id: "dev-2", name: "Laptop", shared: true, ceiling: "medium" });
    answering(transport, [device({ revoked_at: NOW, id: "dev-3", name: "Old", class: "terminal" }), device(), unconfirmed]);
    show(transport);
    await waitFor(() => expect(screen.queryAllByTestId("device")).toHaveLength(3));
    const rows = screen.getAllByTestId("device").map((row) => row.textContent);
    expect(rows[0]).toContain("Laptop");
    expect(rows[0]).toContain("shared");
    expect(rows[0]).toContain("decides nothing until it is confirmed");
    expect(rows[0]).toContain("Agents run on the same machine");
    expect(rows[1]).toContain("this one");
    expect(rows[1]).toContain("desktop console");
    expect(rows[1]).toContain("Critical");
    expect(rows[2]).toContain("terminal");
    expect(rows[2]).toContain("Revoked");
    await expectAccessible();
  });

  it("are confirmed after asking, from a confirmed one", async () => {
    const user = userEvent.setup();
    const { transport } = desktop("devices");
    const { confirmed_at: _, ...unconfirmed } = device({ id: "dev-2", name: "Laptop" });
    const done: string[] = [];
    answering(transport, [device(), unconfirmed]).on("POST", /\/confirm$/, ({ pathname }) => {
      done.push(pathname);
      return device({ id: "dev-2", name: "Laptop" });
    });
    show(transport);
    await user.click(await screen.findByTestId("confirm-device"));
    expect(document.activeElement?.textContent).toBe("Cancel");
    await expectAccessible();
    await user.click(screen.getByTestId("confirm"));
    await screen.findByText("Confirmed: Laptop.");
    expect(done).toEqual(["/api/governance/devices/dev-2/confirm"]);
  });

  it("are revoked after asking, and this one says what that means", async () => {
    const user = userEvent.setup();
    const { transport } = desktop("devices");
    const gone: string[] = [];
    answering(transport, [device()]).on("DELETE", /\/devices\//, ({ pathname }) => {
      gone.push(pathname);
      return device({ revoked_at: NOW });
    });
    show(transport);
    await user.click(await screen.findByTestId("revoke-device"));
    await screen.findByText(/This is the console you are looking at/);
    await user.click(screen.getByTestId("confirm"));
    await screen.findByText(/^Revoked: /);
    expect(gone).toEqual(["/api/governance/devices/dev-1"]);
  });

  it("say why one was not revoked", async () => {
    const user = userEvent.setup();
    const { transport } = desktop("devices");
    answering(transport, [device()]).on("DELETE", /\/devices\//, () => {
      throw new FakeProblem({ status: 403, code: "forbidden", detail: "no" });
    });
    show(transport);
    await user.click(await screen.findByTestId("revoke-device"));
    await user.click(screen.getByTestId("confirm"));
    expect(await screen.findByText("Your role may not do this.")).toBeDefined();
    await expectAccessible();
  });

  it.each([
    ["loading", (t: FakeTransport) => t.on("GET", /\/devices$/, never), "progressbar"],
    ["empty", (t: FakeTransport) => answering(t, []), "No device is enrolled."],
    ["no permission", (t: FakeTransport) => t.on("GET", /\/devices$/, () => { throw new FakeProblem({ status: 403, code: "forbidden", detail: "no" }); }), "Your role does not see this."],
    ["an error", (t: FakeTransport) => t.on("GET", /\/devices$/, () => { throw new FakeProblem({ status: 500, code: "internal", detail: "It broke.", request_id: "r-1" }); }), "It broke."],
    ["offline", (t: FakeTransport) => { t.console = consoleState({ online: false }); answering(t, [device()]); }, "Offline: the list may be old"],
    ["stale", (t: FakeTransport) => { t.console = consoleState({ stale: true }); answering(t, [device()]); }, "something may have changed since"],
  ])("say so while %s", async (_state, prepare, said) => {
    const { transport } = desktop("devices");
    prepare(transport);
    show(transport);
    const told = said === "progressbar" ? await screen.findByRole("progressbar") : await screen.findByText(said, { exact: false });
    expect(told).toBeDefined();
    await expectAccessible();
  });

  it("are nobody's to change while offline", async () => {
    const { transport } = desktop("devices");
    transport.console = consoleState({ online: false });
    answering(transport, [device()]);
    show(transport);
    expect((await screen.findByTestId<HTMLButtonElement>("revoke-device")).disabled).toBe(true);
  });
});

describe("data", () => {
  it("says how much room the copy takes and what is kept, and changes the window", async () => {
    const user = userEvent.setup();
    const { transport, machine } = desktop("data");
    machine.takes = { folder: "/data", bytes: 3_400_000, set_aside: 1 };
    show(transport);
    expect((await screen.findByTestId("copy-size")).textContent).toContain("3.4");
    expect(screen.getByText(/of the last 30 days/)).toBeDefined();
    expect(screen.getByText("Damaged copies set aside")).toBeDefined();
    await expectAccessible();
    await user.click(screen.getByRole("button", { name: "Change…" }));
    await user.clear(await screen.findByLabelText("Days"));
    await user.type(screen.getByLabelText("Days"), "7");
    await user.click(screen.getByRole("button", { name: "Keep this" }));
    expect(await screen.findByText(/of the last 7 days/)).toBeDefined();
  });

  it("wipes only after asking, and names unsent decisions first", async () => {
    const user = userEvent.setup();
    const { transport, machine } = desktop("data");
    const wipe = machine.wipe;
    machine.wipe = (withUnsent) => (withUnsent ? wipe(true) : refuse("unsent_decisions")());
    show(transport);
    await user.click(await screen.findByTestId("wipe"));
    await user.click(screen.getByTestId("confirm"));
    await screen.findByText(/they would be lost/);
    expect(screen.getByTestId<HTMLButtonElement>("confirm").disabled).toBe(true);
    await expectAccessible();
    await user.click(screen.getByTestId("lose-unsent"));
    transport.console = consoleState({ mode: "enroll" });
    await user.click(screen.getByTestId("confirm"));
    await screen.findByTestId("enroll-link");
    expect(machine.wiped).toEqual([true]);
  });

  it("says when the size cannot be read", async () => {
    const { transport, machine } = desktop("data");
    machine.copy = refuse("internal");
    show(transport);
    expect(await screen.findByText("raw internal")).toBeDefined();
    await expectAccessible();
  });
});

describe("this console", () => {
  it("starts with the session, draws safely from the next start, and looks for no updates by itself", async () => {
    const user = userEvent.setup();
    const { transport, machine } = desktop("console");
    show(transport);
    await waitFor(() => expect(screen.getByTestId<HTMLInputElement>("autostart").disabled).toBe(false));
    await user.click(screen.getByTestId("autostart"));
    await waitFor(() => expect(machine.starts).toBe(true));
    await user.click(screen.getByTestId("rendering-safe"));
    expect(await screen.findByText(/acts when the console is started next/)).toBeDefined();
    expect(screen.getByTestId<HTMLInputElement>("updates").disabled).toBe(true);
    expect(screen.getByText(/Nobody configured/)).toBeDefined();
    expect(machine.set).toMatchObject({ rendering: "safe", updates: false });
    await expectAccessible();
  });

  it("looks for a newer version when asked, and installs only a signed one", async () => {
    const user = userEvent.setup();
    const { transport, machine } = desktop("console");
    machine.set = { ...machine.set, updates_configured: true };
    machine.newer = () => Promise.resolve({ version: "9.1.0", notes: "" });
    show(transport);
    await user.click(await screen.findByTestId("updates"));
    await user.click(await screen.findByTestId("look-for-update"));
    await screen.findByText(/Version 9.1.0 is there/);
    await expectAccessible();
    await user.click(screen.getByTestId("install-update"));
    await screen.findByText(/It is installed/);
    expect(machine.installed).toBe(1);
  });

  it("refuses an announcement with a wrong signature", async () => {
    const user = userEvent.setup();
    const { transport, machine } = desktop("console");
    machine.set = { ...machine.set, updates: true, updates_configured: true };
    machine.newer = refuse("bad_signature");
    show(transport);
    await user.click(await screen.findByTestId("look-for-update"));
    await screen.findByText(/not signed with the key this console trusts/);
    expect(screen.queryByTestId("install-update")).toBeNull();
    await expectAccessible();
  });

  it("says what could not be kept or read", async () => {
    const user = userEvent.setup();
    const { transport, machine } = desktop("console");
    machine.keepSettings = refuse("not_saved");
    machine.setAutostart = refuse("unsupported");
    const page = show(transport);
    await user.click(await screen.findByTestId("rendering-safe"));
    await screen.findByText(/could not be saved/);
    await user.click(screen.getByTestId("autostart"));
    await screen.findByText("This desktop cannot do that.");
    await expectAccessible();
    page.unmount();
    machine.settings = refuse("internal");
    show(transport);
    expect(await screen.findByText("raw internal")).toBeDefined();
  });
});

describe("diagnostics", () => {
  it("say what was found and what lacks, and are copied without secrets", async () => {
    const user = userEvent.setup();
    const { transport, machine } = desktop("diagnostics");
    machine.found = { ...machine.found, tray: false, keyring: "file", notifications: { name: "dunst", version: "1.9", capabilities: [], inhibited: true }, crash_log: "/data/crash.log" };
    show(transport);
    const found = await screen.findByTestId("diagnostics");
    for (const said of ["No tray on this desktop", "dunst 1.9", "There are none", "held back", "whoever reads it has the keys", "/data/crash.log", "WebKit 2.50.6"]) {
      expect(found.textContent).toContain(said);
    }
    await expectAccessible();
    await user.click(screen.getByTestId("copy-diagnostics"));
    await screen.findByText("Copied.");
    const text = await navigator.clipboard.readText();
    expect(text).toContain("Notifications: dunst 1.9");
    expect(text).toContain("0a1b 2c3d");
  });

  it("say when nothing shows notifications, and when the looking failed", async () => {
    const { transport, machine } = desktop("diagnostics");
    machine.found = { ...machine.found, notifications: null };
    const page = show(transport);
    expect((await screen.findByTestId("diagnostics")).textContent).toContain("Nothing shows notifications.");
    page.unmount();
    machine.diagnostics = refuse("internal");
    show(transport);
    expect(await screen.findByText("raw internal")).toBeDefined();
    await expectAccessible();
  });
});

describe("notifications", () => {
  it("are chosen by level, with quiet hours and what they say, and saved whole", async () => {
    const user = userEvent.setup();
    const { transport, machine } = desktop("notifications");
    show(transport);
    expect((await screen.findByTestId<HTMLInputElement>("show-high")).disabled).toBe(true);
    await user.click(screen.getByTestId("sound-medium"));
    await user.click(screen.getByTestId("quiet"));
    await user.clear(screen.getByTestId("quiet-zone"));
    await user.click(screen.getByTestId("quiet-zone"));
    await user.paste("Europe/Berlin");
    await user.click(screen.getByLabelText("Sun"));
    await user.click(screen.getByTestId("contents-hidden"));
    await expectAccessible();
    await user.click(screen.getByTestId("save-notifications"));
    await screen.findByText("Saved.");
    expect(machine.told.levels.medium).toEqual({ show: "bubble", sound: false, repeat: false });
    expect(machine.told.quiet).toMatchObject({ enabled: true, zone: "Europe/Berlin", days: [1, 2, 3, 4, 5, 6] });
    expect(machine.told.contents).toBe("hidden");
  });

  it.each([
    ["what is told", { locked: true, shared: false }, ["tells when the screen is locked", "falls silent while"]],
    ["that nobody tells", {}, ["Nothing here tells whether the screen is locked", "before you share it"]],
  ] as const)("say of the screen %s, where that counts", async (_, told, texts) => {
    const user = userEvent.setup();
    const { transport, machine } = desktop("notifications");
    machine.found = { ...machine.found, screen: told };
    show(transport);
    await screen.findByTestId("contents-hidden");
    expect(screen.queryByTestId("contents-told")).toBeNull();
    await user.click(screen.getByTestId("contents-hidden_when_locked"));
    const hint = await screen.findByTestId("contents-told");
    for (const text of texts) expect(hint.textContent).toContain(text);
    await expectAccessible();
  });

  it("are not saved while something is wrong, and say what", async () => {
    const user = userEvent.setup();
    const { transport } = desktop("notifications");
    show(transport);
    await user.clear(await screen.findByTestId("digest"));
    await screen.findByText("A whole number, 5 to 480.");
    expect(screen.getByTestId<HTMLButtonElement>("save-notifications").disabled).toBe(true);
    await expectAccessible();
  });

  it("say when they could not be read or kept", async () => {
    const user = userEvent.setup();
    const { transport, machine } = desktop("notifications");
    machine.keepNotifyPreferences = refuse("not_saved");
    const page = show(transport);
    await user.click(await screen.findByTestId("sound-low"));
    await user.click(screen.getByTestId("save-notifications"));
    await screen.findByText(/could not be saved/);
    page.unmount();
    machine.notifyPreferences = refuse("internal");
    show(transport);
    expect(await screen.findByText("raw internal")).toBeDefined();
    await expectAccessible();
  });

  it.each([
    ["its button worked", { shown: true, pressed: "review" as const }, null, "its button works"],
    ["nothing showed it", { shown: false, pressed: null }, null, "Nothing on this desktop shows notifications"],
    ["it was seen without a button", { shown: true, pressed: null }, "Yes", "without working buttons"],
    ["it was not seen", { shown: true, pressed: null }, "No", "do not disturb"],
  ])("are tried: %s", async (_case, came, answer, said) => {
    const user = userEvent.setup();
    const { transport, machine } = desktop("notifications");
    machine.notified = () => Promise.resolve(came);
    show(transport);
    await user.click(await screen.findByTestId("test-notification"));
    if (answer !== null) await user.click(await screen.findByRole("button", { name: answer }));
    await waitFor(() => expect(screen.getByTestId("test-result").textContent).toContain(said));
    await expectAccessible();
  });

  it("hold their rules", async () => {
    const good = new FakeMachine().told;
    expect(notifyFaults(good)).toEqual({});
    expect(notifyFaults({ ...good, digest: 4 })).toEqual({ digest: true });
    expect(notifyFaults({ ...good, quiet: { ...good.quiet, enabled: true, zone: "Mars", days: [], from: "7:00" } })).toEqual({ zone: true, days: true, times: true });
  });
});

describe("the first run", () => {
  beforeEach(() => {
    globalThis.location.hash = "#/settings/first-run";
  });

  it("tries the keys, a notification and the tray, and goes on to the requests", async () => {
    const user = userEvent.setup();
    const { transport, machine } = desktop("first-run");
    show(transport);
    expect((await screen.findByTestId("tray-result")).textContent).toContain("shows the console’s icon");
    await expectAccessible();
    await user.type(screen.getByTestId("test-passphrase"), "correct horse");
    await user.click(screen.getByTestId("test-signature"));
    await screen.findByText("Both signatures are good.");
    expect(machine.passphrases).toEqual(["correct horse"]);
    expect(screen.getByTestId<HTMLInputElement>("test-passphrase").value).toBe("");
    await user.click(screen.getByTestId("test-notification"));
    await screen.findByText("It was shown, and its button works.");
    await user.click(screen.getByTestId("first-run-done"));
    await screen.findByText("Nothing waits for you.");
  });

  it("says what is not good: keys, passphrase, tray, an unconfirmed device", async () => {
    const user = userEvent.setup();
    const { transport, machine } = desktop("first-run");
    const { confirmed_at: _, ...unconfirmed } = device();
    transport.console = consoleState({ device: unconfirmed });
    machine.found = { ...machine.found, tray: false };
    machine.signed = () => ({ vote: false, stepUp: null });
    show(transport);
    expect((await screen.findByTestId("tray-result")).textContent).toContain("No tray on this desktop");
    expect(screen.getByText(/It is not your first device/)).toBeDefined();
    await user.click(screen.getByTestId("test-signature"));
    await screen.findByText(/holds other keys/);
    machine.testSignature = refuse("wrong_passphrase");
    await user.click(screen.getByTestId("test-signature"));
    expect(await screen.findByText(/does not open your step-up key/)).toBeDefined();
    await expectAccessible();
  });

  it("speaks German", async () => {
    prefer({ language: "de" });
    const { transport } = desktop("first-run");
    show(transport);
    expect(await screen.findByText("Diese Konsole ist angemeldet")).toBeDefined();
    await expectAccessible();
  });
});
