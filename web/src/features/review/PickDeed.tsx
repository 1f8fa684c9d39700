import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Checkbox, Input, Modal } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import { t } from '@/i18n'
import { day } from '@/ui/format'
import { Loaded, Nothing } from '@/ui/Loaded'
import type { Evidence, Line, Proof } from './types'

/** Chooses, as evidence, from what the unit itself did in the period. */
export default function PickDeed({ form, line, close, add }: { form: string; line: Line; close: () => void; add: (...all: Evidence[]) => void }) {
  const [q, setQ] = useState('')
  const [chosen, setChosen] = useState<Proof[]>([])
  const query = useQuery({
    queryKey: ['review-deeds', form, line.code, q], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/review/forms/{id}/deeds', { signal, params: { path: { id: form }, query: { code: line.code, limit: 50, ...(q ? { q } : {}) } } })),
  })
  const take = () => {
    add(...chosen.map((p): Evidence => ({ kind: 'deed', id: p.id, name: p.title, item: p.item, at: p.at, size: 0, type: '', sha256: '' })))
    close()
  }
  const flip = (p: Proof) => { setChosen((old) => old.some((x) => x.id === p.id) ? old.filter((x) => x.id !== p.id) : [...old, p]) }
  return (
    <Modal open title={t('review.pick_deed', { line: line.name })} onCancel={close} onOk={take} okText={t('review.pick_ok', { n: chosen.length })} cancelText={t('app.cancel')} okButtonProps={{ disabled: chosen.length === 0 }} width={680}>
      <Input.Search allowClear placeholder={t('review.pick_search')} aria-label={t('review.pick_search')} onSearch={setQ} className="gap-below" />
      <Loaded query={query} isEmpty={(d) => d.items.length === 0} empty={<Nothing text={t('review.no_deeds')} />}>
        {(d) => (
          <ul className="lines review-picks">
            {d.items.map((p) => (
              <li key={p.id}>
                <Checkbox className="grow" checked={chosen.some((x) => x.id === p.id)} onChange={() => { flip(p) }}>{p.title}</Checkbox>
                <span className="when">{day(p.at)}</span>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Modal>
  )
}
