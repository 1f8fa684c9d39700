/** An address within this app, or the start page: a link must not lead a person elsewhere after signing in. */
export function inside(next: string | undefined): string {
  return next && /^\/(?![/\\])/.test(next) && !next.startsWith('/sign-in') ? next : '/'
}
