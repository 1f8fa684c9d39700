import { FileSearchOutlined, LinkOutlined, PaperClipOutlined } from '@ant-design/icons'
import { Button, Modal, Tooltip } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Sampled } from '@/api/types'
import { SampledText } from '@/features/assess/Sample'
import { t } from '@/i18n'
import { bytes, day } from '@/ui/format'
import { HrefLink } from '@/ui/HrefLink'
import { useAction } from '@/ui/useAction'
import type { Evidence } from './types'

interface Props {
  of: Evidence[]
  base: string
  /** The row of a unit below, whose items are opened by a look that it can see. */
  below?: string | undefined
}

/** What shows that something is so: files to open, and things the unit did. */
export function Files({ of, base, below }: Props) {
  if (of.length === 0) return <span className="quiet">{t('review.no_evidence')}</span>
  return (
    <ul className="review-files">
      {of.map((e) => (
        <li key={e.id}>
          {e.kind === 'file'
            ? <a href={`/api${base}/files/${e.id}`} download={e.name} title={e.sha256}><PaperClipOutlined /> {e.name} <small className="quiet">{bytes(e.size)}</small></a>
            : <Deed of={e} below={below} />}
        </li>
      ))}
    </ul>
  )
}

function Deed({ of: e, below }: { of: Evidence; below: string | undefined }) {
  const item = /^publish\/item\/(.+)$/.exec(e.item)?.[1]
  return (
    <span>
      <LinkOutlined /> {item && !below ? <HrefLink href={`/publish/items/${item}`}>{e.name}</HrefLink> : e.name} <small className="quiet">{day(e.at)}</small>
      {item && below && <Look unit={below} deed={e.id} />}
    </span>
  )
}

// Opens a text of a unit below. Each look is recorded and told to the unit, so nothing is fetched before it is asked for.
function Look({ unit, deed }: { unit: string; deed: string }) {
  const [text, setText] = useState<Sampled>()
  const look = useAction({
    run: (_: null, act) => ok(client.POST('/review/units/{id}/looks', { ...act(), params: { path: { id: unit } }, body: { deed } })),
    after: setText,
  })
  return (
    <>
      <Tooltip title={t('assess.sample_hint')}>
        <Button type="link" size="small" icon={<FileSearchOutlined />} loading={look.busy} onClick={() => { look.go(null) }}>{t('assess.sample')}</Button>
      </Tooltip>
      <Modal open={text !== undefined} width={760} title={t('assess.sample')} footer={null} destroyOnHidden onCancel={() => { setText(undefined) }}>
        {text && <SampledText sample={text} />}
      </Modal>
    </>
  )
}
