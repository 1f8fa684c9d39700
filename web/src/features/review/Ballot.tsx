import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { Alert, Button, Form, Input } from 'antd'
import { client, ok } from '@/api/client'
import { t } from '@/i18n'
import { dateTime } from '@/ui/format'
import { Loaded } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'
import type { Ticket } from './types'
import './review.css'

/** A ballot: a mark for every unit one is asked to rate. */
export function Ballot() {
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useQuery({ queryKey: ['review-ticket', id], refetchOnWindowFocus: false, queryFn: ({ signal }) => ok(client.GET('/review/tickets/{id}', { signal, params: { path: { id } } })) })
  return (
    <Page help="self-assessment#ballots" name={t('review.ballot')} title={query.data?.poll_name ?? t('review.ballot')} back width="narrow">
      <Loaded query={query}>{(ticket) => <Marks ticket={ticket} />}</Loaded>
    </Page>
  )
}

function Marks({ ticket: k }: { ticket: Ticket }) {
  const [form] = Form.useForm<Record<string, string>>()
  const give = useAction({
    form,
    run: (v: Record<string, string>, act) => ok(client.POST('/review/tickets/{id}/ballot', { ...act(), params: { path: { id: k.id } }, body: { marks: k.units.map((u) => ({ unit: u.id, points: v[u.id] ?? '' })) } })),
    confirm: () => ({ title: t('review.ballot_ask'), content: t('review.ballot_hint'), ok: t('review.ballot_give') }),
    done: () => t('review.ballot_done'),
  })
  const rule = { required: true, pattern: /^\d{1,3}(\.\d{1,2})?$/, message: t('review.mark_hint', { most: k.most }) }
  return (
    <section className="panel">
      <p className="quiet">{t('review.ballot_of', { by: k.caller_name, who: k.rater_name, due: k.due_day })}</p>
      {k.at ? <Alert type="success" showIcon title={t('review.ballot_given_at', { at: dateTime(k.at) })} /> : k.state !== 'open' ? <Alert type="info" showIcon title={t('review.poll.closed')} /> : (
        <>
          <Alert className="gap-below" type="info" showIcon title={t('review.ballot_secret')} />
          <Form form={form} layout="horizontal" onFinish={(v) => { give.go(v) }} labelCol={{ flex: '1 1 180px' }} wrapperCol={{ flex: '0 0 160px' }} labelAlign="left" colon={false} labelWrap>
            {k.units.map((u) => <Form.Item key={u.id} name={u.id} label={u.name} rules={[rule]}><Input inputMode="decimal" autoComplete="off" placeholder={t('review.mark_ph', { most: k.most })} /></Form.Item>)}
            <Button type="primary" htmlType="submit" loading={give.busy}>{t('review.ballot_give')}</Button>
          </Form>
        </>
      )}
    </section>
  )
}
