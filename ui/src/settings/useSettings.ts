/** What the settings read and change, through the cache. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { httpOver, need } from "../api/client";
import type { ApiError } from "../api/problem";
import type { Machine } from "../api/transport";
import type { DeviceView, MachineSettings } from "../api/types";
import { useConsoleState, useParts } from "../state/console";

/** The machine; only parts that are offered on a desktop ask for it. */
export function useMachine(): Machine {
  const { machine } = useParts().client.transport;
  if (!machine) throw new Error("This part needs a program on this machine.");
  return machine;
}

export function useMachineSettings() {
  const machine = useMachine();
  return useQuery<MachineSettings, ApiError>({ queryKey: ["settings", "machine"], queryFn: () => machine.settings() });
}

export function useKeepSettings() {
  const machine = useMachine();
  const cache = useQueryClient();
  return useMutation<MachineSettings, ApiError, Partial<Pick<MachineSettings, "rendering" | "updates">>>({
    mutationFn: (change) => machine.keepSettings(change),
    onSuccess: (kept) => cache.setQueryData(["settings", "machine"], kept),
  });
}

export function useAutostart() {
  const machine = useMachine();
  const cache = useQueryClient();
  const known = useQuery<boolean, ApiError>({ queryKey: ["settings", "autostart"], queryFn: () => machine.autostart() });
  const change = useMutation<boolean, ApiError, boolean>({
    mutationFn: (on) => machine.setAutostart(on),
    onSuccess: (is) => cache.setQueryData(["settings", "autostart"], is),
  });
  return { known, change };
}

/** Devices that this person may see: their own; administrators and auditors see everybody's. */
export function useDevices() {
  const { client } = useParts();
  const http = httpOver(client.transport);
  return useQuery<DeviceView[], ApiError>({ queryKey: ["settings", "devices"], queryFn: () => need(http.GET("/api/governance/devices")) });
}

export type DeviceAct = "confirm" | "revoke";

export function useDeviceAct(onDone: (act: DeviceAct, device: DeviceView) => void) {
  const { client } = useParts();
  const cache = useQueryClient();
  const state = useConsoleState();
  const http = httpOver(client.transport);
  return useMutation<DeviceView, ApiError, { act: DeviceAct; id: string }>({
    mutationFn: ({ act, id }) => {
      const params = { path: { id } };
      return act === "confirm"
        ? need(http.POST("/api/governance/devices/{id}/confirm", { params }))
        : need(http.DELETE("/api/governance/devices/{id}", { params }));
    },
    onSuccess: (device, { act }) => {
      onDone(act, device);
      void cache.invalidateQueries({ queryKey: ["settings", "devices"] });
      void state.refetch();
    },
  });
}
