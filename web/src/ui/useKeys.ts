import { useEffect, useEffectEvent } from 'react'

/** Calls the handler of a pressed key, unless somebody is typing or a dialog is open (UI5). */
export function useKeys(keys: Record<string, () => void>) {
  const press = useEffectEvent((e: KeyboardEvent) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || busyWith(e.target, e.key)) return
    const f = keys[e.key]
    if (!f) return
    e.preventDefault()
    f()
  })
  useEffect(() => {
    const listen = (e: KeyboardEvent) => { press(e) }
    window.addEventListener('keydown', listen)
    return () => { window.removeEventListener('keydown', listen) }
  }, [])
}

function busyWith(target: EventTarget | null, key: string): boolean {
  if (document.querySelector('.ant-modal-wrap:not([style*="display: none"])')) return true
  if (!(target instanceof HTMLElement)) return false
  if (target.closest('a, button, [role=tab], [role=menuitem]')) return key === 'Enter' || key === ' '
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
}
