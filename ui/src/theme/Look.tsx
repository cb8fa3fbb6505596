/** Puts the chosen look and language onto the document. */
import { useColorScheme } from "@mui/material/styles";
import { useEffect } from "react";
import { usePreferences } from "../state/preferences";
import { language } from "../words/words";

export function Look() {
  const { theme, contrast } = usePreferences();
  const { mode, setMode } = useColorScheme();
  const tag = language();
  useEffect(() => {
    if (mode !== undefined && mode !== theme) setMode(theme);
  }, [mode, setMode, theme]);
  useEffect(() => {
    document.documentElement.lang = tag;
    document.documentElement.toggleAttribute("data-contrast", contrast);
  }, [tag, contrast]);
  return null;
}
