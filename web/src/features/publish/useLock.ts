import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import { client, ok } from '@/api/client'
import { asProblem } from '@/api/problem'
import type { ItemLock } from '@/api/types'
import { isIdle } from '@/app/shell/activity'

const LOOK = 15_000 // how often a window looks who has the item
const IDLE = 10 * 60_000 // after which nobody is at the desk, and a question would keep the session alive
const RENEW = 45_000 // of a lease of two minutes, while somebody types

/** What the window that writes knows of the other windows. */
export interface Lock {
  /** Another window has it: nothing is written here until it is free, or taken over. */
  off: boolean
  held?: ItemLock
  /** Somebody types. */
  touch: () => void
  /** Takes it from the other window, with a word to who sits there. */
  take: (word: string) => Promise<void>
}

/**
 * Holds an item for the window that has its editor open, and says who else does
 * (WF-02 is the server's: this only tells people of each other). The lease is
 * renewed while somebody types, given back when the page is left, and forgotten
 * by the server if the browser is gone. back is called when the item is here
 * again after it was elsewhere: what it says may be something else by then.
 */
export function useLock(id: string, back: () => void): Lock {
  const [window_] = useState(() => crypto.randomUUID())
  const waiting = useRef(false)
  const renewed = useRef(0)
  const queries = useQueryClient()
  const key = ['lock', id, window_]
  const { data: held } = useQuery({
    queryKey: key, refetchInterval: () => (isIdle(IDLE) ? false : LOOK), retry: false, staleTime: 0,
    queryFn: ({ signal }) => ok(client.GET('/publish/items/{id}/lock', { signal, params: { path: { id }, query: { window: window_ } } })),
  })
  const know = useCallback((lock: ItemLock) => { queries.setQueryData(['lock', id, window_], lock) }, [id, window_, queries])
  const ask = useCallback(async (take?: { word: string }) => {
    renewed.current = Date.now()
    know(await ok(client.POST('/publish/items/{id}/lock', { params: { path: { id } }, body: { window: window_, ...(take ? { take: true, word: take.word } : {}) } })))
    waiting.current = false
  }, [id, window_, know])
  const refused = useCallback((err: unknown) => {
    const p = asProblem(err)
    const { by, since, until } = (p.meta ?? {}) as { by?: string; since?: string; until?: string }
    if (p.code !== 'publish.locked' || !by) return // not reached: the version still guards what is saved
    know({ held: 'elsewhere', by: { id: '', name: by }, since: since ?? null, until: until ?? null, taken: null } as unknown as ItemLock) // the schema knows no null objects
  }, [know])

  useEffect(() => {
    ask().catch(refused)
    // Also when the page is loaded anew or the window closed: the request outlives it, or one would stand before one's own lock.
    const give = (keepalive: boolean) => { void client.DELETE('/publish/items/{id}/lock', { keepalive, params: { path: { id }, query: { window: window_ } } }).catch(() => undefined) }
    const gone = () => { give(true) }
    const again = (e: PageTransitionEvent) => { if (e.persisted) ask().catch(refused) } // one went back to it
    window.addEventListener('pagehide', gone)
    window.addEventListener('pageshow', again)
    return () => {
      window.removeEventListener('pagehide', gone)
      window.removeEventListener('pageshow', again)
      give(false)
    }
  }, [ask, refused, id, window_])

  const off = held?.held === 'elsewhere'
  const free = held?.held === 'no'
  useEffect(() => {
    if (off) waiting.current = true
    else if (free && waiting.current) ask().then(back, refused)
  }, [off, free, ask, back, refused])

  return {
    off, held,
    touch: () => { if (!off && Date.now() - renewed.current > RENEW) ask().catch(refused) },
    take: async (word) => {
      await ask({ word })
      back()
    },
  }
}
