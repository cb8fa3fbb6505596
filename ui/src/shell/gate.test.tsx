import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { ApiError } from "../api/problem";
import { prefer } from "../state/preferences";
import { consoleState } from "../test/fixtures";
import { FakeMachine } from "../test/FakeMachine";
import { FakeTransport } from "../test/FakeTransport";
import { expectAccessible, show } from "../test/screen";
import { deviceName, passphraseFault } from "./enrollment";

function fresh(kind: "desktop" | "web" = "desktop") {
  const transport = new FakeTransport();
  transport.kind = kind;
  transport.console = consoleState({ mode: "enroll", user: null, role: null, device: null });
  if (kind === "desktop") transport.machine = new FakeMachine();
  return transport;
}

const LINK = "navi://enroll?url=http://x&invite=nvi_1";

function machineOf(transport: FakeTransport): FakeMachine {
  if (!(transport.machine instanceof FakeMachine)) throw new Error("no machine");
  return transport.machine;
}

/** As a person does with what is longer than a word. */
async function paste(user: ReturnType<typeof userEvent.setup>, field: string, text: string) {
  await user.click(await screen.findByTestId(field));
  await user.paste(text);
}

/** Past the first step: the server was looked at. */
async function atDevice(transport: FakeTransport, link = LINK) {
  const user = userEvent.setup();
  show(transport);
  await paste(user, "enroll-link", link);
  await user.click(screen.getByTestId("enroll-next"));
  await screen.findByTestId("enroll-server");
  return user;
}

describe("enrolment on the desktop", () => {
  it("looks at the server, then takes a name and a passphrase twice, then checks this console", async () => {
    const transport = fresh();
    const user = await atDevice(transport);
    expect(machineOf(transport).examined).toEqual([{ link: LINK }]);
    expect(screen.getByTestId("enroll-fingerprint").textContent).toBe("0a1b 2c3d 4e5f 6071 8293 a4b5 c6d7 e8f9");
    expect(screen.getByText(/will accept no other/)).toBeDefined();
    await expectAccessible();
    await user.clear(screen.getByTestId("enroll-name"));
    await paste(user, "enroll-name", "Laptop");
    await paste(user, "enroll-passphrase", "correct horse");
    await paste(user, "enroll-passphrase-again", "correct horse");
    await user.click(screen.getByTestId("enroll-shared"));
    await user.click(screen.getByTestId("enroll-submit"));
    await screen.findByTestId("first-run");
    expect(transport.enrollments).toEqual([
      { link: LINK, name: "Laptop", passphrase: "correct horse", shared: false, vkey: "acme+12345678+AAAA" },
    ]);
    await user.click(screen.getByTestId("first-run-done"));
    await screen.findByText("Nothing waits for you.");
  });

  it("checks this console also when it is enrolled before the answer is here", async () => {
    const transport = fresh();
    const user = await atDevice(transport);
    let answer: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const { enroll } = transport;
    transport.enroll = async (form) => {
      const state = await enroll.call(transport, form);
      transport.tell("state");
      await answered;
      return state;
    };
    await paste(user, "enroll-passphrase", "correct horse");
    await paste(user, "enroll-passphrase-again", "correct horse");
    await user.click(screen.getByTestId("enroll-submit"));
    await waitFor(() => expect(screen.queryByTestId("enroll-form")).toBeNull());
    answer();
    await screen.findByTestId("first-run");
  });

  it("asks for the server's address when only an invite was pasted, and wants the key compared", async () => {
    const user = userEvent.setup();
    const transport = fresh();
    machineOf(transport).seen = { ...machineOf(transport).seen, pinned: false, private: false };
    show(transport);
    await expectAccessible();
    await paste(user, "enroll-link", "nvi_1");
    await user.click(screen.getByTestId("enroll-next"));
    expect(await screen.findByText(/The server’s address/)).toBeDefined();
    await paste(user, "enroll-url", "http://navi.example");
    await user.click(screen.getByTestId("enroll-next"));
    await screen.findByTestId("enroll-server");
    expect(screen.getByText(/is not encrypted/)).toBeDefined();
    await user.click(screen.getByTestId("enroll-submit"));
    expect(await screen.findByText("Compare the fingerprint first.")).toBeDefined();
    expect(transport.enrollments).toEqual([]);
    await expectAccessible();
    await user.click(screen.getByTestId("enroll-compared"));
    await user.click(screen.getByTestId("enroll-submit"));
    await waitFor(() => expect(transport.enrollments).toHaveLength(1));
    expect(transport.enrollments[0]).toMatchObject({ invite: "nvi_1", url: "http://navi.example", shared: true, vkey: "acme+12345678+AAAA" });
  });

  it("fills in a link that was clicked, and asks nobody before the person does", async () => {
    const transport = fresh();
    location.hash = `#/enroll?code=${encodeURIComponent(LINK)}`;
    show(transport);
    const link = await screen.findByTestId<HTMLInputElement>("enroll-link");
    expect(link.value).toBe(LINK);
    expect(machineOf(transport).examined).toEqual([]);
    expect(transport.enrollments).toEqual([]);
  });

  it.each([
    ["other_server", "its key is another"],
    ["bad_link", "This is no invite link"],
    ["not_navi", "no Navi server"],
    ["bad_address", "no address of a server"],
    ["unavailable", "cannot be reached"],
  ])("goes no further after %s, and says what to do", async (code, said) => {
    const user = userEvent.setup();
    const transport = fresh();
    machineOf(transport).examine = () => Promise.reject(new ApiError(code, "raw"));
    show(transport);
    await paste(user, "enroll-link", LINK);
    await user.click(screen.getByTestId("enroll-next"));
    expect((await screen.findByRole("alert")).textContent).toContain(said);
    expect(screen.queryByTestId("enroll-submit")).toBeNull();
    await expectAccessible();
  });

  it("sends nothing with a weak or mistyped passphrase", async () => {
    const transport = fresh();
    const user = await atDevice(transport);
    await paste(user, "enroll-passphrase", "1234567890");
    await paste(user, "enroll-passphrase-again", "123");
    await user.click(screen.getByTestId("enroll-submit"));
    expect(await screen.findByText("Not digits only.")).toBeDefined();
    expect(screen.getByText("The two passphrases differ.")).toBeDefined();
    expect(transport.enrollments).toEqual([]);
    await expectAccessible();
  });

  it.each([
    ["invite_unusable", "Ask for a new one"],
    ["keystore", "nothing was enrolled"],
    ["disk_full", "make room"],
  ])("says why it was refused (%s), and keeps the form", async (code, said) => {
    const transport = fresh();
    transport.enroll = () => Promise.reject(new ApiError(code, "raw"));
    const user = await atDevice(transport);
    await user.click(screen.getByTestId("enroll-submit"));
    expect((await screen.findByRole("alert")).textContent).toContain(said);
    await user.click(screen.getByTestId("enroll-back"));
    expect(screen.getByTestId<HTMLInputElement>("enroll-link").value).toContain("nvi_1");
    await expectAccessible();
  });

  it("speaks German", async () => {
    prefer({ language: "de" });
    const transport = fresh();
    await atDevice(transport);
    expect(screen.getByText("Diese Konsole anmelden")).toBeDefined();
    expect(screen.getByText("Fingerabdruck seines Schlüssels")).toBeDefined();
    await expectAccessible();
  });
});

describe("enrolment on the web", () => {
  it("follows the one-time link once and forgets its code", async () => {
    const transport = fresh("web");
    location.hash = "#/enroll?code=nvi_once";
    show(transport);
    await screen.findByText("Nothing waits for you.");
    expect(transport.enrollments).toEqual([{ invite: "nvi_once", name: expect.any(String), shared: false }]);
    expect(location.hash).toBe("#/");
  });

  it("explains how to get a link", async () => {
    show(fresh("web"));
    expect(await screen.findByText("This browser is not enrolled")).toBeDefined();
    await expectAccessible();
  });

  it("says that a link was used", async () => {
    const transport = fresh("web");
    transport.enroll = () => Promise.reject(new ApiError("invite_unusable", "used"));
    location.hash = "#/enroll?code=nvi_once";
    show(transport);
    expect((await screen.findByRole("alert")).textContent).toContain("Ask for a new one");
  });
});

describe("other gates", () => {
  it.each([
    ["starting", "is starting", []],
    ["keyring_locked", "The keyring is locked", []],
    ["keyring_absent", "No keyring answers", []],
    ["keyring_gone", "no longer holds", ["locked-wipe"]],
    ["keyring_damaged", "is damaged", ["locked-wipe"]],
    ["keyring_refused", "refused to give", []],
    ["database_corrupt", "The local copy is damaged", ["rebuild"]],
    ["disk_full", "Make room", []],
    ["copy_unreadable", "cannot be opened", ["locked-wipe"]],
    ["signed_out", "signed out", ["locked-wipe"]],
    ["something new", "said by the console", []],
  ])("are closed when locked by %s: what to do is said, and nothing cached is shown", async (code, said, offered) => {
    const transport = fresh();
    transport.console = consoleState({ mode: "locked", locked_code: code, locked_reason: "said by the console" });
    show(transport);
    expect((await screen.findByTestId("locked")).textContent).toContain(said);
    expect(screen.queryByTestId("approval-row")).toBeNull();
    const buttons = ["rebuild", "locked-wipe"].filter((id) => screen.queryByTestId(id) !== null);
    expect(buttons).toEqual(offered);
    await expectAccessible();
  });

  it("try again when asked", async () => {
    const user = userEvent.setup();
    const transport = fresh();
    transport.console = consoleState({ mode: "locked", locked_code: "keyring_locked" });
    show(transport);
    await screen.findByTestId("locked");
    transport.console = consoleState();
    await user.click(screen.getByTestId("locked-retry"));
    expect(await screen.findByText("Nothing waits for you.")).toBeDefined();
  });

  it("wipe a console that was signed out, after asking, and let it be enrolled anew", async () => {
    const user = userEvent.setup();
    const transport = fresh();
    transport.console = consoleState({ mode: "locked", locked_code: "signed_out" });
    show(transport);
    await user.click(await screen.findByTestId("locked-wipe"));
    expect(document.activeElement?.textContent).toBe("Cancel");
    await expectAccessible();
    transport.console = consoleState({ mode: "enroll" });
    await user.click(screen.getByTestId("confirm"));
    await screen.findByTestId("enroll-link");
    expect(machineOf(transport).wiped).toEqual([false]);
  });

  it("speak German", async () => {
    prefer({ language: "de" });
    const transport = fresh();
    transport.console = consoleState({ mode: "locked", locked_code: "disk_full" });
    show(transport);
    expect((await screen.findByTestId("locked")).textContent).toContain("Die Platte ist voll");
    await expectAccessible();
  });

  it("offer to begin a damaged copy anew, and say when that fails", async () => {
    const user = userEvent.setup();
    const transport = fresh();
    transport.console = consoleState({ mode: "locked", locked_code: "database_corrupt" });
    const rebuilt = [() => Promise.reject(new ApiError("internal", "no room"))];
    machineOf(transport).rebuild = () => {
      const refused = rebuilt.pop();
      if (refused !== undefined) return refused();
      transport.console = consoleState();
      return Promise.resolve(transport.console);
    };
    show(transport);
    await user.click(await screen.findByTestId("rebuild"));
    expect((await screen.findByRole("alert")).textContent).toContain("Nothing was deleted");
    await expectAccessible();
    await user.click(screen.getByTestId("rebuild"));
    await screen.findByText("Nothing waits for you.");
  });

  it("say when not even the state can be read", async () => {
    const user = userEvent.setup();
    const transport = fresh();
    const real = transport.state;
    transport.state = () => Promise.reject(new TypeError("Failed to fetch"));
    show(transport);
    expect(await screen.findByText(/No answer from the server/)).toBeDefined();
    await expectAccessible();
    transport.state = real;
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByTestId("enroll-form")).toBeDefined();
  });
});

describe("form rules", () => {
  it("hold the passphrase to the keystore's rule", () => {
    expect(["short", "1234567890", "ten chars!", "пароль-дана"].map(passphraseFault)).toEqual([
      "short", "digits", null, null,
    ]);
  });

  it("name a device after its browser and system", () => {
    const agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36";
    expect(deviceName(agent, "web")).toBe("Chrome on Linux");
    expect(deviceName(agent, "desktop")).toBe("Console on Linux");
  });
});
