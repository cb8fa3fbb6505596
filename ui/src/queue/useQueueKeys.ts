/** The keys of the queue. Each does no more than a control on the screen. */
import { useCommands, type Command } from "../state/keys";
import { likeness } from "./group";
import { t } from "./texts";
import type { Queue } from "./useQueue";

export function useQueueKeys(queue: Queue): void {
  const { current, user, marks, rows, views, snoozing, claiming, finder } = queue;
  const alike = () => (current ? rows.order.filter((view) => likeness(view) === likeness(current)) : []);
  const { last } = snoozing;
  const commands: Command[] = [
    { keys: "j", words: t("next"), run: () => queue.move(1) },
    { keys: "k", words: t("previous"), run: () => queue.move(-1) },
    ...(queue.cursor === null ? [] : [{ keys: "Enter", words: t("open"), run: queue.openCurrent }]),
    { keys: "a", words: t("approve"), decides: true, run: () => queue.ask("approve") },
    { keys: "r", words: t("reject"), decides: true, run: () => queue.ask("reject") },
    { keys: "R", words: t("reject_pause"), decides: true, run: () => queue.ask("rejectAndPause") },
    { keys: "x", words: t("key_mark"), run: () => current && queue.mark(current, false) },
    { keys: "X", words: t("key_range"), run: () => current && queue.mark(current, true) },
    { keys: "s", words: t("key_snooze"), run: () => (queue.chosen().length > 0 ? queue.askUntil(queue.chosen()) : queue.openCurrent()) },
    { keys: "m", words: t("key_claim"), run: () => (current ? claiming.toggle(current, user) : queue.openCurrent()) },
    { keys: "e", words: t("key_compare"), run: () => queue.compareThese(alike()) },
    { keys: "v v", words: t("key_views"), run: () => queue.setOpen("views") },
    ...views.map((view, at) => ({ keys: `v ${at + 1}`, words: t("key_view", { name: view.name }), run: () => queue.showView(view) })),
    ...(last ? [{ keys: "z", words: t("key_wake"), run: () => snoozing.wake(last.ids) }] : []),
    { keys: "/", words: t("search"), run: () => finder.current?.focus() },
    ...(marks.ids.size > 0 || queue.cursor !== null || queue.selectedId !== null || queue.compared !== null
      ? [{ keys: "Escape", words: t("back"), run: queue.back }]
      : []),
  ];
  useCommands(commands);
}
