/** From which level on an approval needs a reason, in the rules of approving. */
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { expectAccessible, show } from "../test/screen";
import { FakePolicies } from "./fixtures";
import { fewerReasons } from "./ReasonFrom";

describe("from which level an approval needs a reason", () => {
  it("is saved alone, and less of it is looser", async () => {
    globalThis.location.hash = "#/policy/approving";
    const server = new FakePolicies();
    server.settings = { ...server.settings, approve_reason_from: "medium" };
    server.writes("PUT", /\/settings$/, () => ({ ...server.settings, version: 2 }));
    show(server);
    const field = await screen.findByTestId<HTMLSelectElement>("reason-from");
    expect(field.value).toBe("medium");
    await expectAccessible();
    await userEvent.selectOptions(field, "never");
    await userEvent.click(screen.getByTestId("review"));
    const dialog = await screen.findByRole("dialog");
    expect(within(dialog).getAllByText(/looser$/).length).toBeGreaterThan(0);
    await userEvent.type(within(dialog).getByRole("textbox", { name: /Why is this looser/ }), "too many");
    await userEvent.click(within(dialog).getByTestId("confirm-save"));
    await waitFor(() => expect(server.last(/\/settings$/)).toEqual({ version: 1, reason: "too many", approve_reason_from: "never" }));
  });

  it("is looser when a level less needs one", () => {
    expect([fewerReasons("low", "high"), fewerReasons("high", "never"), fewerReasons("never", "low"), fewerReasons("high", "medium")]).toEqual([true, true, false, false]);
  });
});
