import { useQueryClient } from '@tanstack/react-query'
import { App } from 'antd'
import { useRef } from 'react'
import { type Act, ActionKeys } from '@/api/action-key'
import { ApiError, asProblem, problemText } from '@/api/problem'
import { t } from '@/i18n'

interface Spec<T extends object> {
  /** Does it with one row; the request takes act() so that a retry is the same request. */
  run: (row: T, act: Act) => Promise<unknown>
  /** What happened to how many, in the user's words. */
  done: (n: number) => string
  /** Asks first, saying with how many; for what cannot be taken back. */
  confirm?: (n: number) => { title: string; ok: string; danger?: boolean }
}

/**
 * One write for each of several rows, one after the other. It says how many it was done with, and for the first that
 * it was not, why; those stay chosen, and trying them again is the same request (UI2).
 */
export function useBatch<T extends object>(spec: Spec<T>): (rows: T[]) => Promise<T[]> {
  const { message, modal } = App.useApp()
  const queries = useQueryClient()
  const acts = useRef(new WeakMap<T, Act>())

  const all = async (rows: T[]): Promise<T[]> => {
    const failed: { row: T; err: unknown }[] = []
    for (const row of rows) {
      const act = acts.current.get(row) ?? new ActionKeys().act(null)
      acts.current.set(row, act)
      try {
        await spec.run(row, act)
      } catch (err) {
        if (err instanceof ApiError && !err.unsure) acts.current.delete(row)
        failed.push({ row, err })
      }
    }
    void queries.invalidateQueries()
    const n = rows.length - failed.length
    const first = failed[0]
    if (!first) void message.success(spec.done(n))
    else void message.warning(t('table.some_failed', { n, m: failed.length, why: problemText(asProblem(first.err)) }), 8)
    return failed.map((f) => f.row)
  }

  return (rows) => {
    const ask = spec.confirm?.(rows.length)
    if (!ask) return all(rows)
    return new Promise((resolve) => {
      modal.confirm({
        title: ask.title, okText: ask.ok, cancelText: t('app.cancel'), okButtonProps: ask.danger ? { danger: true } : {},
        onOk: async () => { resolve(await all(rows)) }, onCancel: () => { resolve(rows) },
      })
    })
  }
}
