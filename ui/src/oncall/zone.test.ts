import { describe, expect, it } from "vitest";
import { clockChange, inZone, offset, zoneName } from "./zone";

const at = (text: string) => Date.parse(text) * 1000;

describe("wall clocks", () => {
  it("an instant is read by the zone's clock, whatever this machine's is", () => {
    expect(inZone(at("2026-11-29T08:00:00Z"), "Europe/Berlin")).toContain("09:00");
    expect(inZone(at("2026-11-29T08:00:00Z"), "America/New_York")).toContain("03:00");
    expect(inZone(at("2026-11-29T08:00:00Z"), "Mars/Base")).toContain("08:00");
  });

  it("daylight saving is seen where it changes, and nowhere else", () => {
    expect(offset(at("2026-07-01T00:00:00Z"), "Europe/Berlin")).toBe(120);
    expect(offset(at("2026-12-01T00:00:00Z"), "Europe/Berlin")).toBe(60);
    const week = (from: string, to: string, zone: string) => clockChange(at(from), at(to), zone);
    // Back on 25 October, on again on 28 March.
    expect(week("2026-10-19T07:00:00Z", "2026-10-26T08:00:00Z", "Europe/Berlin")).toBe(-60);
    expect(week("2027-03-22T08:00:00Z", "2027-03-29T07:00:00Z", "Europe/Berlin")).toBe(60);
    expect(week("2026-11-02T08:00:00Z", "2026-11-09T08:00:00Z", "Europe/Berlin")).toBe(0);
    expect(week("2026-10-19T07:00:00Z", "2026-10-26T08:00:00Z", "Asia/Tokyo")).toBe(0);
    // Half an hour on Lord Howe Island.
    expect(week("2026-09-30T00:00:00Z", "2026-10-07T00:00:00Z", "Australia/Lord_Howe")).toBe(30);
  });

  it("names the zone as it is called then", () => {
    expect(zoneName(at("2026-07-01T00:00:00Z"), "America/New_York")).toBe("EDT");
    expect(zoneName(at("2026-12-01T00:00:00Z"), "America/New_York")).toBe("EST");
  });
});
