import { useSyncExternalStore } from 'react'

const query = window.matchMedia('(max-width: 767px)')
const subscribe = (f: () => void) => {
  query.addEventListener('change', f)
  return () => { query.removeEventListener('change', f) }
}

/** Whether the window is a phone's (UI10). */
export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => query.matches)
}
