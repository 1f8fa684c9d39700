import { useEffect, useRef, useState } from 'react'
import { t } from '@/i18n'
import type { Hit } from './find'
import { type Document, TextLayer } from './pdf'

interface Props { doc: Document; page: number; zoom: number; width: number; hits: Hit[]; current?: Hit; name: string }

/** One page: drawn, with its text over it to be selected, read aloud and found. */
export function PdfPage({ doc, page, zoom, width, hits, current, name }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const layer = useRef<HTMLDivElement>(null)
  const [drawn, setDrawn] = useState<{ spans: HTMLElement[]; page: number }>()
  const [failed, setFailed] = useState<number>()
  useEffect(() => {
    const to = canvas.current
    const over = layer.current
    if (!to || !over) return
    let gone = false
    let stop = () => { /* nothing has begun */ }
    const run = async () => {
      const p = await doc.getPage(page)
      if (gone) return
      const plain = p.getViewport({ scale: 1 })
      const scale = (width / plain.width) * zoom
      const sharp = Math.min(window.devicePixelRatio || 1, 2, Math.sqrt(16_000_000 / (plain.width * plain.height)) / scale)
      const viewport = p.getViewport({ scale })
      const points = p.getViewport({ scale: scale * sharp })
      to.width = Math.floor(points.width)
      to.height = Math.floor(points.height)
      to.style.width = over.style.width = `${String(viewport.width)}px`
      to.style.height = over.style.height = `${String(viewport.height)}px`
      over.style.setProperty('--total-scale-factor', String(scale))
      const drawing = p.render({ canvas: to, viewport: points, annotationMode: 0 })
      stop = () => { drawing.cancel() }
      drawing.promise.catch(() => undefined) // it may be called off before anybody waits for it
      const text = new TextLayer({ textContentSource: await p.getTextContent(), container: over, viewport })
      over.replaceChildren()
      await Promise.all([drawing.promise, text.render()])
      if (!gone) setDrawn({ spans: text.textDivs, page })
    }
    run().catch(() => { if (!gone) setFailed(page) })
    return () => {
      gone = true
      stop()
    }
  }, [doc, page, zoom, width])
  useEffect(() => {
    if (drawn?.page !== page) return
    drawn.spans.forEach((s) => { s.classList.remove('hit', 'now') })
    for (const h of hits) {
      if (h.page !== page) continue
      for (const s of drawn.spans.slice(h.from, h.to + 1)) s.classList.add('hit', ...(h === current ? ['now'] : []))
    }
    if (current?.page === page) drawn.spans[current.from]?.scrollIntoView({ block: 'center', inline: 'nearest' })
  }, [drawn, page, hits, current])
  return (
    <div className="pdf-page">
      {failed === page && <p role="alert">{t('preview.page_failed')}</p>}
      <canvas ref={canvas} aria-hidden />
      <div ref={layer} className="pdf-text" role="document" aria-label={t('preview.page_of', { n: page, name })} />
    </div>
  )
}
