// Which long works this visit waits for. They are announced when they end, on
// whatever page one is by then.
const followed = new Set<string>()
const listeners = new Set<() => void>()
let snapshot: readonly string[] = []

function changed() {
  snapshot = [...followed]
  listeners.forEach((f) => { f() })
}

/** Waits for a work that was just asked for, or that was found under way. */
export function follow(...ids: string[]) {
  const fresh = ids.filter((id) => !followed.has(id))
  if (fresh.length === 0) return
  fresh.forEach((id) => followed.add(id))
  changed()
}

/** Stops waiting; false if nobody did, so that an end is announced once. */
export function forget(id: string): boolean {
  const there = followed.delete(id)
  if (there) changed()
  return there
}

/** The works waited for, in the order in which they were taken up. */
export function following(): readonly string[] { return snapshot }

/** Tells f of every change; for useSyncExternalStore. */
export function onFollowing(f: () => void): () => void {
  listeners.add(f)
  return () => { listeners.delete(f) }
}
