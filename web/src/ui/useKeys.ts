import { useEffect, useEffectEvent } from 'react'
import type { Key } from '@/i18n'

/** What the keys are for, in the order in which they are listed. Whoever uses another one says it here. */
const KEYS = {
  '/': 'keys.search', '?': 'keys.help', j: 'keys.down', k: 'keys.up', Enter: 'keys.open', a: 'keys.approve', r: 'keys.return',
} as const satisfies Record<string, Key>

type Name = keyof typeof KEYS
const here = new Set<{ names: string[] }>()

/** The keys that do something just now, and what. */
export function keysHere(): [string, Key][] {
  const names = new Set([...here].flatMap((k) => k.names))
  return Object.entries(KEYS).filter(([name]) => names.has(name))
}

/** Calls the handler of a pressed key, unless somebody is typing or a dialog is open (UI5). */
export function useKeys(keys: Partial<Record<Name, () => void>>) {
  const press = useEffectEvent((e: KeyboardEvent) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || busyWith(e.target, e.key)) return
    const f = keys[e.key as Name]
    if (!f) return
    e.preventDefault()
    f()
  })
  useEffect(() => {
    const listen = (e: KeyboardEvent) => { press(e) }
    window.addEventListener('keydown', listen)
    return () => { window.removeEventListener('keydown', listen) }
  }, [])
  const names = Object.keys(keys).join(' ')
  useEffect(() => {
    const mine = { names: names.split(' ') }
    here.add(mine)
    return () => { here.delete(mine) }
  }, [names])
}

function busyWith(target: EventTarget | null, key: string): boolean {
  if (document.querySelector('.ant-modal-wrap:not([style*="display: none"]), .ant-drawer-open')) return true
  if (!(target instanceof HTMLElement)) return false
  if (target.closest('a, button, th, [role=tab], [role=menuitem]')) return key === 'Enter' || key === ' '
  if (target instanceof HTMLInputElement && /^(checkbox|radio)$/.test(target.type)) return key === 'Enter' || key === ' '
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
}
