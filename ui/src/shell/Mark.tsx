/** The product's mark: a shield whose lower half is a gate. */
export function Mark({ size }: { size: number }) {
  return (
    <svg viewBox="0 0 512 512" width={size} height={size} aria-hidden="true" focusable="false">
      <path
        fill="#2259d6"
        d="M256 20C320 62 388 82 456 84V248C456 366 374 448 256 494C138 448 56 366 56 248V84C124 82 192 62 256 20Z"
      />
      <path
        fill="none"
        stroke="#fff"
        strokeWidth="52"
        strokeLinecap="round"
        strokeLinejoin="round"
        d="M170 270L236 336L350 206"
      />
    </svg>
  );
}
