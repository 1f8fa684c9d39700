import { useEffect, useEffectEvent } from 'react'

/** Calls turn with -1 or 1 for an arrow or page key, unless somebody is typing, choosing or scrolling sideways. */
export function useArrows(turn: (by: -1 | 1) => void) {
  const press = useEffectEvent((e: KeyboardEvent) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return
    if (e.target instanceof HTMLElement && e.target.closest('input, textarea, [role=combobox], .table-scroll')) return
    const by = { ArrowLeft: -1, PageUp: -1, ArrowRight: 1, PageDown: 1 }[e.key]
    if (by !== -1 && by !== 1) return
    e.preventDefault()
    turn(by)
  })
  useEffect(() => {
    const listen = (e: KeyboardEvent) => { press(e) }
    window.addEventListener('keydown', listen)
    return () => { window.removeEventListener('keydown', listen) }
  }, [])
}
