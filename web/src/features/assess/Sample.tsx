import { FileSearchOutlined } from '@ant-design/icons'
import { Button, Modal, Tooltip } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Deed, Sampled } from '@/api/types'
import { t } from '@/i18n'
import { dateTime } from '@/ui/format'
import { RichText } from '@/ui/RichText'
import { useAction } from '@/ui/useAction'

/** Whether a deed's item is a text of another tenant that may still be there to be looked into. */
export function sampleable({ item, note }: Deed): boolean {
  return item.kind === 'publish/item' && item.note === 'elsewhere' && note !== 'reversed' && note !== 'reversal'
}

/** Opens a text of the unit that is assessed. Each look is recorded and told to the unit, so nothing is fetched before it is asked for. */
export function SampleButton({ entry, deed }: { entry: string; deed: Deed }) {
  const [text, setText] = useState<Sampled>()
  const [open, setOpen] = useState(false)
  const sample = useAction({
    run: (_: null, act) => ok(client.POST('/assess/samples', { ...act(), body: { entry_id: entry, deed_id: deed.id } })),
    after: (s) => { setText(s); setOpen(true) },
  })
  return (
    <>
      <Tooltip title={t('assess.sample_hint')}>
        <Button type="link" size="small" className="flush" icon={<FileSearchOutlined />} loading={sample.busy} onClick={() => { sample.go(null) }}>{t('assess.sample')}</Button>
      </Tooltip>
      <Modal open={open} width={760} title={t('assess.sample')} footer={null} destroyOnHidden onCancel={() => { setOpen(false) }}>
        {text && <SampledText sample={text} />}
      </Modal>
    </>
  )
}

/** A text of another tenant as its readers there see it. */
export function SampledText({ sample: s }: { sample: Sampled }) {
  return (
    <article>
      <h2 className="paper-title">{s.title}</h2>
      <div className="paper-meta">
        <span>{s.department}</span>
        <span>{s.column_name}</span>
        <span>{t(`item.kind.${s.kind}`)}</span>
        {s.source && <span>{t('item.source_is', { text: s.source })}</span>}
        {s.event_date && <span>{t('item.event_is', { day: s.event_date })}</span>}
        <span>{dateTime(s.published_at)}</span>
      </div>
      {s.cover_alt && <p className="quiet">{t('assess.sample_cover', { text: s.cover_alt })}</p>}
      <RichText html={s.body_html} />
      {s.attachments.length > 0 && (
        <>
          <h2 className="section">{t('attach.title')}</h2>
          <ul className="lines">{s.attachments.map((a, i) => <li key={i}><span className="grow">{a.name}</span><span className="quiet">{a.summary}</span></li>)}</ul>
        </>
      )}
      <dl className="named" aria-label={t('item.named')}>
        <div><dt>{t('item.drafter')}</dt><dd>{s.drafter}</dd></div>
        <div><dt>{t('item.reviewer')}</dt><dd>{s.reviewers.join('、')}</dd></div>
        <div><dt>{t('item.publisher')}</dt><dd>{s.publisher}</dd></div>
        {s.editor && <div><dt>{t('item.editor')}</dt><dd>{s.editor}</dd></div>}
      </dl>
      <p className="quiet">{t('assess.sampled', { at: dateTime(s.sampled_at) })}</p>
    </article>
  )
}
