/** A button that acts when it was held for two seconds with mouse, touch or Space. Letting go, leaving or blurring stops it. */
import { Button } from "@mui/material";
import { useCallback, useEffect, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import styles from "./decide.module.css";

export const HOLD_MS = 2000;

interface Props {
  disabled: boolean;
  onHeld: () => void;
  children: ReactNode;
}

export function HoldButton({ disabled, onHeld, children }: Props) {
  const [holding, setHolding] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const stop = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = undefined;
    setHolding(false);
  }, []);
  useEffect(() => stop, [stop]);

  const start = () => {
    if (disabled || timer.current !== undefined) return;
    setHolding(true);
    timer.current = setTimeout(() => {
      stop();
      onHeld();
    }, HOLD_MS);
  };
  const pointerDown = (event: PointerEvent) => event.button === 0 && start();
  const keyDown = (event: KeyboardEvent) => {
    if (event.key === " " || event.key === "Enter") event.preventDefault();
    if (event.key === " " && !event.repeat) start();
  };

  return (
    <>
      <Button
        variant="contained"
        className={styles.hold}
        data-testid="confirm-approve"
        data-holding={holding ? "true" : undefined}
        disabled={disabled}
        onPointerDown={pointerDown}
        onPointerUp={stop}
        onPointerLeave={stop}
        onPointerCancel={stop}
        onContextMenu={(event) => event.preventDefault()}
        onKeyDown={keyDown}
        onKeyUp={stop}
        onBlur={stop}
      >
        {children}
      </Button>
      <span role="status" className="visually-hidden">
        {holding ? "Keep holding for two seconds" : ""}
      </span>
    </>
  );
}
