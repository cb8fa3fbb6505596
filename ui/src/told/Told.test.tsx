import { render, screen } from "@testing-library/react";
import axe from "axe-core";
import { afterEach, expect, test } from "vitest";
import { prefer } from "../state/preferences";
import { Told } from "./Told";
import { how, type ToldView } from "./told";

const NOW = 100_000_000;
const told = (change: Partial<ToldView>): ToldView => ({ user: "bob", connected: true, ...change });

test("each stage is said as it is, and nothing is claimed that nobody saw", () => {
  const said = (change: Partial<ToldView>) => how(told(change), NOW);
  expect(said({ stage: "shown", at: 60_000_000 })).toBe("shown 40 s ago");
  expect(said({ stage: "accepted", at: 60_000_000 })).toBe("handed to the desktop 40 s ago");
  expect(said({ stage: "dispatched", at: 0, hindered: "do_not_disturb" })).toBe("do not disturb");
  expect(said({ stage: "dispatched", at: 0, hindered: "no_service", connected: false })).toBe(
    "the desktop shows no notifications, console closed",
  );
  expect(said({ stage: "opened", at: NOW - 7_200_000_000, hindered: "screen_locked" })).toBe("opened 2 h ago");
  expect(said({})).toBe("console open");
  expect(said({ connected: false })).toBe("console closed");
  expect(said({ hindered: "something new" })).toBe("held back");
});

test("one line a person, with odd names made visible", async () => {
  const people = [told({ stage: "shown", at: NOW }), told({ user: "e\u202eve", connected: false })];
  const { container } = render(<dl><Told told={people} now={NOW} asOf={NOW - 119_000_000} /></dl>);
  const text = screen.getByTestId("told").textContent;
  expect(text).toContain("bob: shown 0 s ago");
  expect(text).toContain("202E");
  const { violations } = await axe.run(container, { rules: { "color-contrast": { enabled: false }, region: { enabled: false } } });
  expect(violations).toEqual([]);
});

test("nobody told draws nothing", () => {
  const { container } = render(<Told told={undefined} now={NOW} asOf={NOW} />);
  expect(container.textContent).toBe("");
});

afterEach(() => prefer({ language: "system" }));

test("it speaks German", () => {
  prefer({ language: "de" });
  expect(how(told({ stage: "shown", at: 60_000_000 }), NOW)).toBe("vor 40 s angezeigt");
});

test("says how old it is once that matters, and ages on meanwhile", () => {
  const people = [told({ stage: "shown", at: NOW - 60_000_000 })];
  const later = NOW + 300_000_000;
  const { container } = render(<dl><Told told={people} now={later} asOf={NOW} /></dl>);
  expect(container.textContent).toContain("bob: shown 6 min ago");
  expect(container.textContent).toContain("As it was 5 min ago.");
});
