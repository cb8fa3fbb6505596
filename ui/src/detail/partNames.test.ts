import { describe, expect, it } from "vitest";
import { prefer } from "../state/preferences";
import { partWords } from "./partNames";

describe("parts of an action", () => {
  it("are named in the reader's language, and what is below them as the agent named it", () => {
    prefer({ language: "de" });
    expect(["command", "repo", "files", "args.env.PORT"].map(partWords)).toEqual(["Befehl", "Repository", "Dateien", "Argumente.env.PORT"]);
  });

  it("keep a name that is not known", () => {
    expect(partWords("altitude.max")).toBe("altitude.max");
    expect(partWords('["a.b"]')).toBe('["a.b"]');
  });
});
