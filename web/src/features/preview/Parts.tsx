import { LeftOutlined, RightOutlined } from '@ant-design/icons'
import { Button, Select } from 'antd'
import { useState } from 'react'
import type { PreviewPart } from '@/api/types'
import { t } from '@/i18n'
import { Blocks } from './Blocks'
import { useArrows } from './useArrows'

/** The sheets of a workbook or the slides of a deck, one at a time; the arrow keys turn them. */
export function Parts({ parts, kind }: { parts: PreviewPart[]; kind: 'sheets' | 'slides' }) {
  const [at, setAt] = useState(0)
  const go = (to: number) => { setAt(Math.max(0, Math.min(parts.length - 1, to))) }
  useArrows((by) => { go(at + by) })
  const part = parts[at]
  if (!part) return <p className="quiet">{t('preview.empty')}</p>
  const named = (p: PreviewPart, i: number) => (kind === 'slides' ? t('preview.slide', { n: i + 1, title: p.title }) : p.title || t('preview.table'))
  return (
    <>
      {parts.length > 1 && (
        <div className="preview-bar">
          <Button icon={<LeftOutlined />} aria-label={t('preview.back')} disabled={at === 0} onClick={() => { go(at - 1) }} />
          <Select className="preview-parts" value={at} aria-label={t(`preview.${kind}`)} onChange={go} options={parts.map((p, i) => ({ value: i, label: named(p, i) }))} />
          <Button icon={<RightOutlined />} aria-label={t('preview.on')} disabled={at === parts.length - 1} onClick={() => { go(at + 1) }} />
          <span className="quiet" aria-live="polite">{t('preview.of', { n: at + 1, of: parts.length })}</span>
        </div>
      )}
      <section className={kind === 'slides' ? 'preview-page preview-slide' : 'preview-sheet'} aria-label={named(part, at)}>
        {part.title && kind === 'slides' && <h3 className="preview-h1">{part.title}</h3>}
        <Blocks blocks={part.blocks} />
        {part.cut && <p className="quiet">{t('preview.part_cut')}</p>}
      </section>
    </>
  )
}
