/** Holding a button with mouse, touch or Space: how far it has come, and what stops it. Letting go, leaving or blurring does. */
import { useCallback, useEffect, useRef, useState, type KeyboardEvent, type MouseEvent, type PointerEvent } from "react";

/** How far a hold has come. `pressed`: it was pressed and not held, as a screen reader presses. */
export type Stage = "idle" | "started" | "half" | "done" | "cancelled" | "pressed";

export function useHold(ms: number, disabled: boolean, onHeld: () => void) {
  const [stage, setStage] = useState<Stage>("idle");
  const timers = useRef<ReturnType<typeof setTimeout>[]>([]);
  const clear = useCallback(() => {
    for (const timer of timers.current) clearTimeout(timer);
    timers.current = [];
  }, []);
  useEffect(() => clear, [clear]);
  const start = () => {
    if (disabled || timers.current.length > 0) return;
    setStage("started");
    timers.current = [
      setTimeout(() => setStage("half"), ms / 2),
      setTimeout(() => {
        clear();
        setStage("done");
        onHeld();
      }, ms),
    ];
  };
  const stop = () => {
    if (timers.current.length === 0) return;
    clear();
    setStage("cancelled");
  };
  return {
    stage,
    /** What the button hears. */
    hears: {
      onPointerDown: (event: PointerEvent) => void (event.button === 0 && start()),
      onPointerUp: stop,
      onPointerLeave: stop,
      onPointerCancel: stop,
      onContextMenu: (event: MouseEvent) => event.preventDefault(),
      // A press that was neither pointer nor key comes from something that cannot hold.
      onClick: (event: MouseEvent) => void (event.detail === 0 && timers.current.length === 0 && !disabled && setStage("pressed")),
      onKeyDown: (event: KeyboardEvent) => {
        if (event.key === " " || event.key === "Enter") event.preventDefault();
        if (event.key === " " && !event.repeat) start();
      },
      onKeyUp: (event: KeyboardEvent) => {
        // Else letting go of Space would press the button.
        if (event.key === " ") event.preventDefault();
        stop();
      },
      onBlur: stop,
    },
  };
}
