import { useEffect, useEffectEvent, useState } from 'react'
import { hits, type Hit } from './find'
import { bytesOf, type Document, open, piecesOf } from './pdf'

/** A PDF being fetched and opened; it is closed with the screen. */
export function usePdf(href: string): { doc?: Document; failure?: unknown } {
  const [state, setState] = useState<{ doc?: Document; failure?: unknown }>({})
  useEffect(() => {
    const gone = new AbortController()
    let task: ReturnType<typeof open> | undefined
    const run = async () => {
      task = open(await bytesOf(href, gone.signal))
      const doc = await task.promise
      if (!gone.signal.aborted) setState({ doc })
    }
    run().catch((failure: unknown) => { if (!gone.signal.aborted) setState({ failure }) })
    return () => {
      gone.abort()
      void task?.destroy()
    }
  }, [href])
  return state
}

/** Where words stand in the document; undefined while it is being looked through. first is told the page they are found on first. */
export function useHits(doc: Document | undefined, words: string, first: (page: number) => void): Hit[] | undefined {
  const tell = useEffectEvent(first)
  const [found, setFound] = useState<{ words: string; hits: Hit[] }>({ words: '', hits: [] })
  useEffect(() => {
    if (!doc || !words) return
    let gone = false
    const run = async () => {
      const all: Hit[] = []
      for (let n = 1; n <= doc.numPages && all.length < 1000 && !gone; n++) all.push(...hits(n, await piecesOf(await doc.getPage(n)), words))
      if (gone) return
      setFound({ words, hits: all })
      if (all[0]) tell(all[0].page)
    }
    run().catch(() => { if (!gone) setFound({ words, hits: [] }) })
    return () => { gone = true }
  }, [doc, words])
  if (!words) return []
  return found.words === words ? found.hits : undefined
}
