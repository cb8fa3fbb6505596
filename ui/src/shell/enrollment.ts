/** Rules of the enrolment form. Pure. */

/** Whether the text is a whole link (`navi://enroll?…`) or a bare invite that needs the server's address. */
export function linkParts(text: string): "link" | "invite" {
  return text.trim().startsWith("nvi_") ? "invite" : "link";
}

/** What is wrong with a passphrase; the same rule as the keystore's. */
export function passphraseFault(passphrase: string): "short" | "digits" | null {
  if ([...passphrase].length < 10) return "short";
  return /^\d+$/.test(passphrase) ? "digits" : null;
}

/** A name to start from, such as `Chrome on Linux`, or `Console on Linux` for the desktop; for people in any language. */
export function deviceName(userAgent: string, kind: "desktop" | "web"): string {
  const browser = kind === "desktop" ? "Console"
    : /Edg\//.test(userAgent) ? "Edge"
    : /Firefox\//.test(userAgent) ? "Firefox"
    : /Chrom(e|ium)\//.test(userAgent) ? "Chrome"
    : /Safari\//.test(userAgent) ? "Safari" : "Console";
  const system = /Windows/.test(userAgent) ? "Windows"
    : /Android/.test(userAgent) ? "Android"
    : /iPhone|iPad/.test(userAgent) ? "iOS"
    : /Mac OS/.test(userAgent) ? "macOS"
    : /Linux/.test(userAgent) ? "Linux" : "this machine";
  return `${browser} on ${system}`;
}
