/**
 * MUI in the product's clothes: flat, dense, 1 px lines, no shadows and no ripples. Colours repeat `tokens.css`, because
 * MUI mixes them at build time.
 */
import { deDE } from "@mui/material/locale";
import { createTheme, type Theme, type ThemeOptions } from "@mui/material/styles";
import type { Language } from "../words/words";

const clothes: ThemeOptions = {
  cssVariables: { colorSchemeSelector: "data-scheme" },
  colorSchemes: {
    light: {
      palette: {
        primary: { main: "#1f55c4", contrastText: "#ffffff" },
        error: { main: "#b0123f" },
        warning: { main: "#815400" },
        success: { main: "#1c6b47" },
        background: { default: "#f4f5f7", paper: "#ffffff" },
        text: { primary: "#171c24", secondary: "#545e6c" },
        divider: "#dde1e7",
      },
    },
    dark: {
      palette: {
        // Under the pointer a filled button gets lighter here: a darker one would swallow its dark letters.
        primary: { main: "#86aefb", dark: "#a8c5fd", contrastText: "#0b1424" },
        error: { main: "#ff7f98", dark: "#ff9fb2", contrastText: "#2a060f" },
        warning: { main: "#e2b552" },
        success: { main: "#63c795" },
        background: { default: "#0d1116", paper: "#14191f" },
        text: { primary: "#e4e8ed", secondary: "#98a3b0" },
        divider: "#262d36",
      },
    },
  },
  shape: { borderRadius: 6 },
  typography: {
    fontFamily: "var(--navi-sans)",
    fontSize: 13,
    body1: { fontSize: "0.84375rem", lineHeight: 1.45 },
    body2: { fontSize: "0.8125rem", lineHeight: 1.45 },
    button: { textTransform: "none", fontWeight: 600, letterSpacing: 0 },
  },
  components: {
    MuiButtonBase: { defaultProps: { disableRipple: true } },
    MuiButton: {
      defaultProps: { disableElevation: true },
      styleOverrides: {
        root: {
          minHeight: 34,
          "&:focus-visible": { outline: "2px solid var(--navi-accent)", outlineOffset: 2 },
          "@media (forced-colors: active)": { border: "1px solid ButtonText", color: "ButtonText", backgroundColor: "ButtonFace", transition: "none" },
        },
      },
    },
    MuiPaper: { defaultProps: { elevation: 0 }, styleOverrides: { root: { backgroundImage: "none" } } },
    MuiDialog: {
      styleOverrides: {
        paper: { border: "1px solid var(--navi-line-strong)", boxShadow: "none" },
      },
    },
    MuiDialogTitle: { styleOverrides: { root: { fontSize: "1.0625rem", fontWeight: 650, paddingBottom: 4 } } },
    MuiDialogActions: { styleOverrides: { root: { padding: "8px 24px 20px" } } },
    MuiTextField: { defaultProps: { size: "small", fullWidth: true } },
    // The thumb of a switch stays inside of what scrolls.
    MuiFormControlLabel: { styleOverrides: { root: { marginLeft: -4 } } },
    MuiChip: { styleOverrides: { root: { borderRadius: 6, fontWeight: 500 } } },
    MuiTooltip: { defaultProps: { enterDelay: 400 } },
  },
};

/** What MUI says by itself, such as the name of a closing cross; English is its own. */
const SAYS: Record<Language, object> = { en: {}, de: deDE };
const made: Partial<Record<Language, Theme>> = {};

/** The theme in a language; the same object each time. */
export const themeIn = (tag: Language): Theme => (made[tag] ??= createTheme(clothes, SAYS[tag]));
