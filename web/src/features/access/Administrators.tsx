import { useQuery } from '@tanstack/react-query'
import { Alert, Button, Form, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Administrations } from '@/api/types'
import { useCan, useMe } from '@/app/session'
import { t, tOr } from '@/i18n'
import { chosen, FormDialog } from '@/ui/FormDialog'
import { dateTime } from '@/ui/format'
import { Loaded } from '@/ui/Loaded'
import { PersonSelect } from '@/ui/pickers'
import { useAction } from '@/ui/useAction'

type One = Administrations['items'][number]

/** The three administrators: who looks after people, who gives rights, who watches both (AU-05). */
export function Administrators() {
  const [appointing, setAppointing] = useState<One>()
  const may = useCan()('org.grant')
  const me = useMe().member.id
  const query = useQuery({ queryKey: ['access', 'administrators'], queryFn: ({ signal }) => ok(client.GET('/access/administrators', { signal })) })
  const dismiss = useAction({
    run: (id: string, act) => ok(client.DELETE('/org/grants/{id}', { ...act(), params: { path: { id } } })),
    done: () => t('access.dismissed'),
    confirm: () => ({ title: t('access.dismiss_ask'), ok: t('access.dismiss'), danger: true }),
  })
  return (
    <Loaded query={query}>
      {(a) => (
        <div className="stack-wide">
          <Alert showIcon type={a.apart ? 'success' : 'warning'} title={t(a.apart ? 'access.apart' : 'access.not_apart')} description={a.apart ? undefined : t('access.not_apart_how')} />
          {a.items.map((one) => (
            <section key={one.power} aria-label={t(`access.power.${one.power}`)}>
              <div className="row" style={{ justifyContent: 'space-between', alignItems: 'baseline' }}>
                <h2 className="section" style={{ margin: 0 }}>{t(`access.power.${one.power}`)}</h2>
                {may && one.role_id && <Button size="small" onClick={() => { setAppointing(one) }}>{t('access.appoint')}</Button>}
              </div>
              <p className="quiet">{t(`access.power_is.${one.power}`)}</p>
              <ul className="lines">
                {one.people.length === 0 && <li className="quiet">{t('access.nobody')}</li>}
                {one.people.map((p) => (
                  <li key={p.grant_id} className="row" style={{ justifyContent: 'space-between' }}>
                    <span>
                      {p.name} <small className="quiet"><span className="mono">{p.login}</span> {p.department}</small> {p.other && <Tag color="warning">{t('access.has_other')}</Tag>}
                      {p.state !== 'active' && <Tag>{tOr(`member.state.${p.state}`, p.state)}</Tag>}
                      <div className="quiet">{p.by ? t('access.given_by', { by: p.by, at: dateTime(p.since) }) : t('access.given_first')}{p.until && <> {t('access.ends', { at: dateTime(p.until) })}</>}</div>
                    </span>
                    {may && p.id !== me && <Button size="small" danger loading={dismiss.busy} onClick={() => { dismiss.go(p.grant_id) }}>{t('access.dismiss')}</Button>}
                  </li>
                ))}
              </ul>
            </section>
          ))}
          <AppointDialog one={appointing} close={() => { setAppointing(undefined) }} />
        </div>
      )}
    </Loaded>
  )
}

function AppointDialog({ one, close }: { one: One | undefined; close: () => void }) {
  const [form] = Form.useForm<{ subject_id: string }>()
  const appoint = useAction({
    form,
    run: (v: { subject_id: string }, act) => ok(client.POST('/org/grants', { ...act(), body: { subject_kind: 'member', subject_id: v.subject_id, role_id: one?.role_id ?? '' } })),
    done: (g) => t('access.appointed', { name: g.subject.name }),
    after: close,
  })
  return (
    <FormDialog title={one ? t('access.appoint_as', { role: t(`access.power.${one.power}`) }) : ''} open={one !== undefined} close={close} form={form} action={appoint} ok={t('access.appoint')}>
      <p className="quiet">{t('access.appoint_how')}</p>
      <Form.Item name="subject_id" label={t('app.person')} rules={[chosen(t('app.person'))]}><PersonSelect /></Form.Item>
    </FormDialog>
  )
}
