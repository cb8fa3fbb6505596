/** Reads and changes who is on call. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { httpOver, need } from "../api/client";
import type { components } from "../api/schema.gen";
import { useParts } from "../state/console";

type Schemas = components["schemas"];
export type OnCallView = Schemas["OnCallView"];
export type ScheduleView = Schemas["ScheduleView"];
export type TurnView = Schemas["TurnView"];
export type StepView = Schemas["StepView"];
export type HandoverView = Schemas["HandoverView"];
export type CalendarView = Schemas["CalendarView"];
export type ScheduleRequest = Schemas["ScheduleRequest"];
export type LineRequest = Schemas["LineRequest"];
export type ShiftRequest = Schemas["ShiftRequest"];
export type CalendarRequest = Schemas["CalendarRequest"];

const ONCALL = ["oncall"] as const;
const ROOT = "/api/governance/oncall";
const WEEKS_AHEAD_US = 28 * 86_400 * 1_000_000;

function useHttp() {
  return httpOver(useParts().client.transport);
}

export function useOncall() {
  const http = useHttp();
  // Whose turn it is changes without an entry in the ledger.
  return useQuery<OnCallView>({ queryKey: [...ONCALL, "book"], queryFn: () => need(http.GET(ROOT)), refetchInterval: 60_000 });
}

/** The next four weeks of a schedule. */
export function useTurns(id: string, version: number, from: number) {
  const http = useHttp();
  return useQuery<TurnView[]>({
    queryKey: [...ONCALL, "turns", id, version],
    queryFn: () => need(http.GET(`${ROOT}/schedules/{id}/turns`, { params: { path: { id }, query: { from, to: from + WEEKS_AHEAD_US } } })),
  });
}

export function useHandover() {
  const http = useHttp();
  return useQuery<HandoverView>({ queryKey: [...ONCALL, "handover"], queryFn: () => need(http.GET(`${ROOT}/handover`)), refetchInterval: 60_000 });
}

/** A change of the book; everything that shows it is read anew. */
function useChange<V, R>(change: (http: ReturnType<typeof useHttp>, value: V) => Promise<R>, onDone: (done: R) => void) {
  const http = useHttp();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (value: V) => change(http, value),
    onSuccess: async (done) => {
      await cache.invalidateQueries({ queryKey: ONCALL });
      onDone(done);
    },
  });
}

export function useSaveSchedule(onDone: () => void) {
  return useChange(
    (http, { id, body }: { id: string; body: ScheduleRequest }) => need(http.PUT(`${ROOT}/schedules/{id}`, { params: { path: { id } }, body })),
    onDone,
  );
}

export function useRemoveSchedule(onDone: () => void) {
  return useChange((http, id: string) => need(http.DELETE(`${ROOT}/schedules/{id}`, { params: { path: { id } } })), onDone);
}

export function useTakeShift(onDone: () => void) {
  return useChange(
    (http, { id, body }: { id: string; body: ShiftRequest }) => need(http.POST(`${ROOT}/schedules/{id}/shifts`, { params: { path: { id } }, body })),
    onDone,
  );
}

export function useGiveBack(onDone: () => void) {
  return useChange(
    (http, { id, shift }: { id: string; shift: string }) =>
      need(http.DELETE(`${ROOT}/schedules/{id}/shifts/{shift_id}`, { params: { path: { id, shift_id: shift } } })),
    onDone,
  );
}

export function useImport(onDone: (found: CalendarView) => void) {
  return useChange(
    (http, { id, body }: { id: string; body: CalendarRequest }) => need(http.POST(`${ROOT}/schedules/{id}/calendar`, { params: { path: { id } }, body })),
    onDone,
  );
}

export function useSaveLine(onDone: () => void) {
  return useChange((http, body: LineRequest) => need(http.PUT(`${ROOT}/line`, { body })), onDone);
}
