import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { App } from 'antd'
import { useEffect, useState } from 'react'
import { ActionKeys } from '@/api/action-key'
import { client, ok } from '@/api/client'
import { ApiError, asProblem, type Problem, type Stale, staleOf } from '@/api/problem'
import type { Item, ItemDraft } from '@/api/types'
import { staleDialog } from '@/ui/useAction'
import { Autosaver, type SaveState } from './autosave'
import { itemQuery } from './data'

const RETRY = 5_000 // until the server answers, or the writer has signed in again

/** How a draft reaches the server: it knows the version that the next change builds on. */
class DraftLine {
  version: number
  private readonly keys = new ActionKeys()
  private readonly id: string
  private readonly queries: QueryClient

  constructor(item: Item, queries: QueryClient) {
    this.id = item.id
    this.version = item.version
    this.queries = queries
  }

  /** Takes over what any request of this page made of the item. */
  accept(next: Item) {
    this.version = next.version
    this.queries.setQueryData(itemQuery(this.id).queryKey, next)
  }

  async save(draft: Partial<ItemDraft>): Promise<void> {
    const body = { ...draft, version: this.version }
    const act = this.keys.act(body)
    try {
      this.accept(await ok(client.PATCH('/publish/items/{id}', { ...act(), params: { path: { id: this.id } }, body })))
      this.keys.settled()
    } catch (err) {
      if (err instanceof ApiError && !err.unsure) this.keys.settled()
      throw err
    }
  }
}

/**
 * The draft of an item being written. It saves itself; when another person saved
 * meanwhile, the writer chooses between that version and their own.
 */
export function useDraft(item: Item, reload: () => void) {
  const { modal } = App.useApp()
  const queries = useQueryClient()
  const [state, setState] = useState<SaveState>('saved')
  const [problem, setProblem] = useState<Problem>()
  const [line] = useState(() => new DraftLine(item, queries))
  const [saver] = useState(() => {
    const lost = (stale: Stale) => {
      modal.confirm({ ...staleDialog(stale), onOk: reload, onCancel: () => { keepMine(stale.version) } })
    }
    const save = async (draft: Partial<ItemDraft>): Promise<void> => {
      try {
        await line.save(draft)
        setProblem(undefined)
      } catch (err) {
        const p = asProblem(err)
        const stale = staleOf(p)
        setProblem(p)
        if (stale) lost(stale)
        throw err
      }
    }
    const made = new Autosaver(save, setState)
    const keepMine = (version: number) => {
      line.version = version
      void made.flush().catch(() => undefined)
    }
    return made
  })
  const again = state === 'failed' && (problem?.status === 0 || problem?.status === 401 || (problem?.status ?? 0) >= 500)
  useEffect(() => {
    if (!again) return
    const timer = window.setInterval(() => { void saver.flush().catch(() => undefined) }, RETRY)
    return () => { window.clearInterval(timer) }
  }, [again, saver])
  useEffect(() => {
    const ask = (e: BeforeUnloadEvent) => { if (saver.unsaved) e.preventDefault() }
    window.addEventListener('beforeunload', ask)
    return () => {
      window.removeEventListener('beforeunload', ask)
      void saver.flush().catch(() => undefined)
    }
  }, [saver])
  return { saver, state, problem, accept: (next: Item) => { line.accept(next) }, version: () => line.version }
}
