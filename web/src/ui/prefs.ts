// What this browser remembers of a person's habits. Nothing of the content (UI14).
import { useCallback, useSyncExternalStore } from 'react'

const listeners = new Set<() => void>()
const subscribe = (f: () => void) => {
  listeners.add(f)
  return () => { listeners.delete(f) }
}

/** A remembered text by name, and how to change it; all users of the name follow. */
export function usePref(name: string, fallback: string): [string, (v: string) => void] {
  const key = `hetu.${name}`
  const value = useSyncExternalStore(subscribe, () => localStorage.getItem(key) ?? fallback)
  const set = useCallback((v: string) => {
    localStorage.setItem(key, v)
    listeners.forEach((f) => { f() })
  }, [key])
  return [value, set]
}
