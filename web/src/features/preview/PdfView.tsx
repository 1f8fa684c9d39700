import { DownOutlined, LeftOutlined, RightOutlined, UpOutlined, ZoomInOutlined, ZoomOutOutlined } from '@ant-design/icons'
import { Alert, Button, Input, InputNumber } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { asProblem, ApiError, problemText } from '@/api/problem'
import { t } from '@/i18n'
import type { Document } from './pdf'
import { PdfPage } from './PdfPage'
import { useArrows } from './useArrows'
import { useHits, usePdf } from './usePdf'

const ZOOMS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4]

/** A PDF, page by page, with zoom and search. */
export default function PdfView({ href, name }: { href: string; name: string }) {
  const { doc, failure } = usePdf(href)
  if (failure) {
    const why = failure instanceof ApiError ? problemText(asProblem(failure)) : t((failure as Error).name === 'PasswordException' ? 'preview.none.locked' : 'preview.none.damaged')
    return <Alert type="info" showIcon title={why} description={t('preview.none_next')} />
  }
  if (!doc) return <p role="status" className="quiet">{t('preview.drawing')}</p>
  return <Pages doc={doc} name={name} />
}

function Pages({ doc, name }: { doc: Document; name: string }) {
  const [page, setPage] = useState(1)
  const [zoom, setZoom] = useState(1)
  const [words, setWords] = useState('')
  const [at, setAt] = useState(0)
  const [box, width] = useWidth()
  const found = useHits(doc, words, setPage)
  const current = found?.[at]
  const go = (to: number) => { setPage(Math.max(1, Math.min(doc.numPages, to))) }
  const seek = (to: number) => {
    if (!found?.length) return
    const next = (to + found.length) % found.length
    setAt(next)
    go(found[next]?.page ?? page)
  }
  const size = (by: 1 | -1) => { setZoom((z) => ZOOMS[Math.max(0, Math.min(ZOOMS.length - 1, ZOOMS.indexOf(z) + by))] ?? 1) }
  useArrows((by) => { go(page + by) })
  return (
    <>
      <div className="preview-bar">
        <Button icon={<LeftOutlined />} aria-label={t('preview.back')} disabled={page === 1} onClick={() => { go(page - 1) }} />
        <InputNumber className="preview-number" min={1} max={doc.numPages} value={page} aria-label={t('preview.page')} controls={false} onChange={(n) => { if (n) go(n) }} />
        <span className="quiet">{t('preview.pages', { n: doc.numPages })}</span>
        <Button icon={<RightOutlined />} aria-label={t('preview.on')} disabled={page === doc.numPages} onClick={() => { go(page + 1) }} />
        <Button icon={<ZoomOutOutlined />} aria-label={t('preview.smaller')} disabled={zoom === ZOOMS[0]} onClick={() => { size(-1) }} />
        <span className="quiet preview-zoom">{t('preview.zoom', { n: Math.round(zoom * 100) })}</span>
        <Button icon={<ZoomInOutlined />} aria-label={t('preview.larger')} disabled={zoom === ZOOMS.at(-1)} onClick={() => { size(1) }} />
        <Input.Search className="preview-find" allowClear placeholder={t('preview.find')} aria-label={t('preview.find')} loading={found === undefined}
          onSearch={(s) => {
            const next = s.trim()
            if (next && next === words) return seek(at + 1)
            setWords(next)
            setAt(0)
          }} />
        {words && (
          <>
            <span className="quiet" aria-live="polite">{found === undefined ? t('preview.finding') : found.length ? t('preview.of', { n: at + 1, of: found.length }) : t('preview.not_found')}</span>
            <Button icon={<UpOutlined />} aria-label={t('preview.hit_back')} disabled={!found?.length} onClick={() => { seek(at - 1) }} />
            <Button icon={<DownOutlined />} aria-label={t('preview.hit_on')} disabled={!found?.length} onClick={() => { seek(at + 1) }} />
          </>
        )}
      </div>
      <div className="pdf-box" ref={box} tabIndex={0} role="region" aria-label={name}>
        {width > 0 && <PdfPage doc={doc} page={page} zoom={zoom} width={width} hits={found ?? []} current={current} name={name} />}
      </div>
    </>
  )
}

// How wide a page may be to fit; a page is not drawn anew for a scroll bar.
function useWidth() {
  const box = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const el = box.current
    if (!el) return
    const seen = new ResizeObserver(() => {
      const now = Math.min(el.offsetWidth - 24, 1000)
      setWidth((w) => (Math.abs(now - w) > 20 ? now : w))
    })
    seen.observe(el)
    return () => { seen.disconnect() }
  }, [])
  return [box, width] as const
}
