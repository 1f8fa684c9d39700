import { BellOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { Button, Form } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Case } from '@/api/types'
import { itemQuery } from '@/features/publish/data'
import { t } from '@/i18n'
import { Loaded } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { type Reason, ReasonDialog } from '@/ui/ReasonDialog'
import { useAction } from '@/ui/useAction'
import { caseQuery } from './data'
import { Fold } from './Fold'
import { Opinions, Route } from './Route'
import { isItem, Subject } from './Subject'

/** One case as its starter sees it: where it stands, urge, withdraw. */
export function CasePage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useQuery(caseQuery(id))
  return (
    <Page help="tasks#case" name={t('approval.case')} title={query.data ? t(`case.state.${query.data.state}`) : t('approval.case')} back extra={query.data && <CaseActions c={query.data} />}>
      <Loaded query={query}>
        {(c) => (
          <div className="two">
            <div className="stack-wide">
              <Subject kind={c.kind} id={c.subject_id} title={c.title} />
              <Fold title={t('approval.opinions')} open={c.state === 'returned' || c.earlier.length > 0}><Opinions c={c} /></Fold>
            </div>
            <Fold title={t('approval.route')}><Route c={c} /></Fold>
          </div>
        )}
      </Loaded>
    </Page>
  )
}

function CaseActions({ c }: { c: Case }) {
  const item = useQuery({ ...itemQuery(c.subject_id), enabled: isItem(c.kind) })
  const [form] = Form.useForm<Reason>()
  const [asking, setAsking] = useState(false)
  const params = { path: { id: c.id } }
  const urge = useAction({
    run: (_: null, act) => ok(client.POST('/approval/cases/{id}/urge', { ...act(), params })),
    done: () => t('approval.urged'),
  })
  const withdraw = useAction({
    form,
    run: (v: Reason, act) => ok(client.POST('/approval/cases/{id}/withdraw', { ...act(), params, body: v })),
    done: () => t('item.recalled', { title: c.title }),
    after: () => { setAsking(false) },
  })
  return (
    <>
      {item.data?.may.includes('publish') && <Link to="/publish/items/$id" params={{ id: c.subject_id }}><Button type="primary">{t('approval.go_publish')}</Button></Link>}
      {c.may.includes('urge') && <Button icon={<BellOutlined />} loading={urge.busy} onClick={() => { urge.go(null) }}>{t('approval.urge')}</Button>}
      {c.may.includes('withdraw') && <Button onClick={() => { setAsking(true) }}>{t('item.recall')}</Button>}
      <ReasonDialog title={t('item.recall_ask', { title: c.title })} open={asking} close={() => { setAsking(false) }} form={form} action={withdraw} />
    </>
  )
}
