import { useState } from 'react'
import { useKeys } from './useKeys'

/** Moves a chosen row of a list with j and k and opens it with Enter (UI5). Returns the row chosen. */
export function useRowKeys(ids: string[], open: (id: string) => void): string | undefined {
  const [chosen, choose] = useState<string>()
  const at = chosen !== undefined && ids.includes(chosen) ? chosen : undefined
  const move = (step: number) => {
    const next = ids[nextRow(at === undefined ? -1 : ids.indexOf(at), step, ids.length)]
    if (!next) return
    choose(next)
    if (document.activeElement instanceof HTMLElement && document.activeElement.closest('[data-row]')) document.activeElement.blur()
    document.querySelector(`[data-row="${next}"]`)?.scrollIntoView({ block: 'nearest' })
  }
  useKeys({ j: () => { move(1) }, k: () => { move(-1) }, Enter: () => { if (at) open(at) } })
  return at
}

/** Where a step leads in a list of n rows: from nowhere (-1) to the first; never beyond either end. */
export function nextRow(at: number, step: number, n: number): number {
  if (n === 0) return -1
  return at < 0 ? 0 : Math.min(Math.max(at + step, 0), n - 1)
}
