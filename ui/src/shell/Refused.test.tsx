import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { ApiError } from "../api/problem";
import { prefer } from "../state/preferences";
import { Refused } from "./Refused";

describe("a refusal", () => {
  const draw = (code: string, message: string) => render(<p data-testid="said"><Refused error={new ApiError(code, message)} /></p>);

  it("says in English what the server says", () => {
    draw("invalid", "days must be 1 to 90.");
    expect(screen.getByTestId("said").textContent).toBe("days must be 1 to 90.");
  });

  it("is said in the reader's language, with the server's detail marked as English", () => {
    prefer({ language: "de" });
    draw("invalid", "days must be 1 to 90.");
    expect(screen.getByTestId("said").textContent).toBe("Ein Wert fehlt oder liegt außerhalb seiner Grenzen. Der Server sagt dazu: days must be 1 to 90.");
    expect(screen.getByText("days must be 1 to 90.").lang).toBe("en");
  });

  it("leaves out a detail that the code says whole", () => {
    prefer({ language: "de" });
    draw("forbidden", "save_policy is not open to a credential of role developer.");
    expect(screen.getByTestId("said").textContent).toBe("Deine Rolle darf das nicht.");
  });
});
