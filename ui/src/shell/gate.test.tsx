import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { ApiError } from "../api/problem";
import { consoleState } from "../test/fixtures";
import { FakeTransport } from "../test/FakeTransport";
import { expectAccessible, show } from "../test/screen";
import { deviceName, passphraseFault } from "./enrollment";

function fresh(kind: "desktop" | "web" = "desktop") {
  const transport = new FakeTransport();
  transport.kind = kind;
  transport.console = consoleState({ mode: "enroll", user: null, role: null, device: null });
  return transport;
}

describe("enrolment on the desktop", () => {
  it("takes a link, a name and a passphrase twice", async () => {
    const user = userEvent.setup();
    const transport = fresh();
    show(transport);
    await screen.findByTestId("enroll-form");
    await expectAccessible();
    await user.type(screen.getByTestId("enroll-link"), "navi://enroll?url=http://x&invite=nvi_1");
    await user.clear(screen.getByTestId("enroll-name"));
    await user.type(screen.getByTestId("enroll-name"), "Laptop");
    await user.type(screen.getByTestId("enroll-passphrase"), "correct horse");
    await user.type(screen.getByTestId("enroll-passphrase-again"), "correct horse");
    await user.click(screen.getByTestId("enroll-shared"));
    await user.click(screen.getByTestId("enroll-submit"));
    await screen.findByText("Nothing waits for you.");
    expect(transport.enrollments).toEqual([
      { link: "navi://enroll?url=http://x&invite=nvi_1", name: "Laptop", passphrase: "correct horse", shared: false },
    ]);
  });

  it("asks for the server's address when only an invite was pasted", async () => {
    const user = userEvent.setup();
    const transport = fresh();
    show(transport);
    await user.type(await screen.findByTestId("enroll-link"), "nvi_1");
    await user.click(screen.getByTestId("enroll-submit"));
    expect(await screen.findByText(/The server’s address/)).toBeDefined();
    await user.type(screen.getByTestId("enroll-url"), "http://127.0.0.1:7420");
    await user.click(screen.getByTestId("enroll-submit"));
    await waitFor(() => expect(transport.enrollments).toHaveLength(1));
    expect(transport.enrollments[0]).toMatchObject({ invite: "nvi_1", url: "http://127.0.0.1:7420", shared: true });
  });

  it("fills in a link that was clicked, and waits for the person", async () => {
    const transport = fresh();
    location.hash = `#/enroll?code=${encodeURIComponent("navi://enroll?url=http://x&invite=nvi_1")}`;
    show(transport);
    const link = await screen.findByTestId<HTMLInputElement>("enroll-link");
    expect(link.value).toBe("navi://enroll?url=http://x&invite=nvi_1");
    expect(transport.enrollments).toEqual([]);
  });

  it("sends nothing with a weak or mistyped passphrase", async () => {
    const user = userEvent.setup();
    const transport = fresh();
    show(transport);
    await user.type(await screen.findByTestId("enroll-link"), "navi://enroll?invite=nvi_1");
    await user.type(screen.getByTestId("enroll-passphrase"), "1234567890");
    await user.type(screen.getByTestId("enroll-passphrase-again"), "123");
    await user.click(screen.getByTestId("enroll-submit"));
    expect(await screen.findByText("Not digits only.")).toBeDefined();
    expect(screen.getByText("The two passphrases differ.")).toBeDefined();
    expect(transport.enrollments).toEqual([]);
    await expectAccessible();
  });

  it("says why it was refused, and keeps the form", async () => {
    const user = userEvent.setup();
    const transport = fresh();
    transport.enroll = () => Promise.reject(new ApiError("invite_unusable", "used"));
    show(transport);
    await user.type(await screen.findByTestId("enroll-link"), "navi://enroll?invite=nvi_1");
    await user.click(screen.getByTestId("enroll-submit"));
    expect((await screen.findByRole("alert")).textContent).toContain("Ask for a new one");
    expect(screen.getByTestId<HTMLInputElement>("enroll-link").value).toContain("nvi_1");
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
  it("are closed while the keyring is locked, and nothing cached is shown", async () => {
    const transport = fresh();
    transport.console = consoleState({ mode: "locked", locked_reason: "The keyring is locked." });
    show(transport);
    expect((await screen.findByTestId("locked")).textContent).toContain("The keyring is locked.");
    expect(screen.queryByTestId("approval-row")).toBeNull();
    await expectAccessible();
  });

  it("offer to begin a damaged copy anew, and say when that fails", async () => {
    const user = userEvent.setup();
    const transport = fresh();
    const damaged = { mode: "locked", locked_code: "database_corrupt", locked_reason: "The local copy is damaged." } as const;
    transport.console = consoleState(damaged);
    const rebuilt = [() => Promise.reject(new ApiError("internal", "no room"))];
    const rebuild = () => {
      const refused = rebuilt.pop();
      if (refused !== undefined) return refused();
      transport.console = consoleState();
      return Promise.resolve(transport.console);
    };
    const never = () => Promise.reject(new Error("not asked"));
    transport.machine = { rebuild, autostart: never, setAutostart: never, wipe: never };
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
      "At least 10 characters.", "Not digits only.", null, null,
    ]);
  });

  it("name a device after its browser and system", () => {
    const agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36";
    expect(deviceName(agent, "web")).toBe("Chrome on Linux");
    expect(deviceName(agent, "desktop")).toBe("Console on Linux");
  });
});
