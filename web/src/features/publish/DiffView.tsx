import { Button, Tag } from 'antd'
import { useState } from 'react'
import type { Comparison, DiffBlock, DiffSpan } from '@/api/types'
import { t, tOr } from '@/i18n'
import { bytes, dateTime } from '@/ui/format'
import './revisions.css'
import { fold } from './revisions'

/** How one revision became another: title, text, particulars and attachments, each where it differs. */
export function DiffView({ changes: c }: { changes: Comparison }) {
  if (c.fields.length === 0) return <p className="quiet">{t('revision.same')}</p>
  const on = (field: string) => c.fields.includes(field)
  return (
    <div className="diff">
      <p className="diff-legend quiet"><ins>{t('revision.added')}</ins> <del>{t('revision.removed')}</del></p>
      {on('title') && <section><h3>{t('item.title')}</h3><p className="diff-title"><Spans spans={c.title} /></p></section>}
      {on('body_html') && <section><h3>{t('item.body')}</h3><Body blocks={c.blocks} /></section>}
      {c.values.length > 0 && (
        <section>
          <h3>{t('item.particulars')}</h3>
          <dl className="diff-values">
            {c.values.map((v) => (
              <div key={v.name}>
                <dt>{fieldName(v.name)}</dt>
                <dd>{v.from.value && <del>{said(v.name, v.from)}</del>} {v.to.value ? <ins>{said(v.name, v.to)}</ins> : <span className="quiet">{t('revision.emptied')}</span>}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      {on('attachments') && (
        <section>
          <h3>{t('attach.title')}</h3>
          <ul className="lines">
            {c.attachments.map((f, i) => (
              <li key={i}>
                <span className="grow"><Spans spans={f.name} /> <span className="quiet"><Spans spans={f.summary} /></span></span>
                <span className="quiet">{bytes(f.size)}</span>
                {f.op !== 'same' && <Tag color={FILE_COLOR[f.op]}>{t(`revision.file.${f.op}`)}</Tag>}
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  )
}

const FILE_COLOR = { added: 'success', removed: 'error', reworded: 'warning' } as const

/** What a field is called: its own name here, or what it is called elsewhere. */
export const fieldName = (name: string) => tOr(`revision.field.${name}`, tOr(`field.${name}`, tOr(`item.${name}`, name)))

// A value as people read it: its text, the name of a choice, or itself.
function said(name: string, v: Comparison['values'][number]['to']) {
  return v.text || tOr(`item.${name}.${v.value}`, /^\d{4}-\d\d-\d\dT/.test(v.value) ? dateTime(v.value) : v.value)
}

function Body({ blocks }: { blocks: DiffBlock[] }) {
  const [open, setOpen] = useState<readonly number[]>([])
  return (
    <div className="diff-body rich">
      {fold(blocks).map((s) => {
        if ('block' in s) return <Block key={s.at} block={s.block} />
        if (open.includes(s.at)) return blocks.slice(s.at, s.at + s.left).map((block, i) => <Block key={s.at + i} block={block} />)
        return <Button key={s.at} size="small" type="link" className="diff-fold" onClick={() => { setOpen([...open, s.at]) }}>{t('revision.folded', { n: s.left })}</Button>
      })}
    </div>
  )
}

function Block({ block: b }: { block: DiffBlock }) {
  return (
    <div className={`diff-block diff-${b.op} diff-is-${b.kind}`}>
      {b.kind === 'rule' ? <hr /> : <Spans spans={b.spans} />}
      {b.op === 'format' && <Tag className="diff-note">{t('revision.format')}</Tag>}
    </div>
  )
}

function Spans({ spans }: { spans: DiffSpan[] }) {
  return <>{spans.map((s, i) => {
    const text = s.text.replaceAll('\t', ' │ ') // the cells of a row
    if (s.op === 'added') return <ins key={i}>{text}</ins>
    return s.op === 'removed' ? <del key={i}>{text}</del> : <span key={i}>{text}</span>
  })}</>
}
