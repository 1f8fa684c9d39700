import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Button, Form, Input } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import { useCan } from '@/app/session'
import { PrintButton } from '@/features/assess/PrintButton'
import { currentLocale, t } from '@/i18n'
import { month } from '@/ui/day'
import { PeriodInput } from '@/ui/DaysInput'
import { FormDialog, required } from '@/ui/FormDialog'
import { Loaded } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { exportHref } from '@/ui/sort'
import { ExportLink } from '@/ui/TableBars'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { BulletinTable } from './BulletinTable'

/** A bulletin as it would be issued now, for days one chooses. */
export function BulletinDraft() {
  const [search, set] = useAddress()
  const [issuing, setIssuing] = useState(false)
  const manage = useCan()('exchange.manage')
  const asked = search.from && search.to ? { from: search.from, to: search.to } : {}
  const query = useQuery({
    queryKey: ['bulletin-draft', asked], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/exchange/bulletin', { signal, params: { query: asked } })),
  })
  const d = query.data
  return (
    <Page help="bulletins#draft" name={t('bulletin.new')} back extra={d && (
      <>
        <ExportLink href={exportHref('/exchange/bulletin', { from: d.from, to: d.to }, currentLocale())} />
        <PrintButton />
        {manage && <Button type="primary" onClick={() => { setIssuing(true) }}>{t('bulletin.issue')}</Button>}
      </>
    )}>
      <section className="panel bulletin-paper">
        <div className="filters no-print">
          <PeriodInput allowClear={false} aria-label={t('bulletin.period')} style={{ maxWidth: 280 }} {...(d ? { value: { from: d.from, to: d.to } } : {})}
            presets={[0, 1].map((n) => ({ label: t(n ? 'bulletin.last_month' : 'bulletin.this_month'), value: month(n) }))}
            onChange={(days) => { if (days) set({ ...days }) }} />
        </div>
        <Loaded query={query}>
          {(x) => (
            <>
              <h2 className="paper-title">{t('bulletin.title', { from: x.from, to: x.to })}</h2>
              <BulletinTable lines={x.items} total={x.total} />
              <p className="quiet">{t('bulletin.note')}</p>
            </>
          )}
        </Loaded>
      </section>
      {d && <Issue from={d.from} to={d.to} open={issuing} close={() => { setIssuing(false) }} />}
    </Page>
  )
}

function Issue({ from, to, open, close }: { from: string; to: string; open: boolean; close: () => void }) {
  const [form] = Form.useForm<{ title: string }>()
  const navigate = useNavigate()
  const issue = useAction({
    form,
    run: (v: { title: string }, act) => ok(client.POST('/exchange/bulletins', { ...act(), body: { title: v.title, from, to } })),
    done: (b) => t('bulletin.was_issued', { title: b.title }),
    after: (b) => {
      close()
      void navigate({ to: '/exchange/bulletins/$id', params: { id: b.id }, replace: true })
    },
  })
  return (
    <FormDialog title={t('bulletin.issue')} open={open} close={close} form={form} action={issue} ok={t('bulletin.issue')} initial={{ title: t('bulletin.title', { from, to }) }}>
      <Form.Item name="title" label={t('item.title')} rules={[required(t('item.title'))]} extra={t('bulletin.issue_hint')}><Input maxLength={120} /></Form.Item>
    </FormDialog>
  )
}
