/** An address within this app, or the start page: a link must not lead a person elsewhere after signing in. */
export function inside(next: string | undefined): string {
  // Browsers take a backslash for a stroke, and leave tabs and line ends out.
  return next && /^\/(?!\/)[^\\\p{Cc}]*$/u.test(next) && !next.startsWith('/sign-in') ? next : '/'
}
