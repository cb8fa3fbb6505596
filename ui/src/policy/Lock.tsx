/** A lock, drawn: no font has to know the sign. What it means is said in words beside it. */
export function Lock() {
  return (
    <svg viewBox="0 0 16 16" width="12" height="12" fill="none" stroke="currentColor" strokeWidth="1.8" aria-hidden="true" focusable="false" style={{ verticalAlign: "-1px" }}>
      <path d="M3 7h10v7H3zM5 7V5a3 3 0 0 1 6 0v2" strokeLinejoin="round" />
    </svg>
  );
}
