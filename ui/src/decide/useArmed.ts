/** False for the first 700 ms, so that a click meant for something else cannot land here. */
import { useEffect, useState } from "react";

export const ARMING_MS = 700;

/** Another `content` begins anew. */
export function useArmed(content = ""): boolean {
  const [armed, setArmed] = useState<string | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setArmed(content), ARMING_MS);
    return () => clearTimeout(timer);
  }, [content]);
  return armed === content;
}
