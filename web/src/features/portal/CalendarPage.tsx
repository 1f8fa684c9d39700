import { useQuery } from '@tanstack/react-query'
import { Alert, Button, Form, Input, Segmented, Select, Space } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { CalendarDay, CalendarYear, Hours } from '@/api/types'
import { t } from '@/i18n'
import { thisYear } from '@/ui/day'
import { required } from '@/ui/FormDialog'
import { Term, WithTerm } from '@/ui/HelpLink'
import { Loaded } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { YearGrid } from './YearGrid'

/** Which days and hours are working time; deadlines are counted by it. */
export function CalendarPage() {
  const [search, set] = useAddress()
  const now = thisYear()
  const year = Number(search.year) || now
  const years = useQuery({
    queryKey: ['calendar', year],
    queryFn: ({ signal }) => ok(client.GET('/calendar/years/{year}', { signal, params: { path: { year } } })),
  })
  const hours = useQuery({ queryKey: ['hours'], queryFn: ({ signal }) => ok(client.GET('/calendar/hours', { signal })) })
  return (
    <Page help="calendar" name={t('nav.calendar')} extra={
      <Select value={year} aria-label={t('calendar.year')} onChange={(y: number) => { set({ year: String(y) }) }} options={[now - 1, now, now + 1].map((y) => ({ value: y, label: String(y) }))} />
    }>
      <div className="two">
        <section className="panel"><Loaded query={years}>{(y) => <Days key={`${y.year} ${y.version}`} year={y} />}</Loaded></section>
        <section className="panel"><h2><Term of="hours">{t('calendar.hours')}</Term></h2><Loaded query={hours}>{(h) => <OfficeHours key={h.version} hours={h} />}</Loaded></section>
      </div>
    </Page>
  )
}

function Days({ year }: { year: CalendarYear }) {
  const [days, setDays] = useState(year.days)
  const [picked, setPicked] = useState<string>()
  const save = useAction({
    run: (d: CalendarDay[], act) => ok(client.PUT('/calendar/years/{year}', { ...act(), params: { path: { year: year.year } }, body: { days: d, version: year.version } })),
    done: () => t('calendar.saved', { year: year.year }),
    confirm: () => ({ title: t('calendar.save_ask', { year: year.year }), content: t('calendar.save_hint') }),
  })
  const special = days.find((d) => d.date === picked)
  const put = (off: boolean | undefined, name: string) => {
    const rest = days.filter((d) => d.date !== picked)
    setDays(off === undefined || !picked ? rest : [...rest, { date: picked, off, name }].sort((a, b) => (a.date < b.date ? -1 : 1)))
  }
  return (
    <div className="stack-wide">
      {!year.known && <Alert type="warning" showIcon title={t('calendar.unknown', { year: year.year })} description={t('calendar.unknown_hint')} />}
      <p className="quiet legend"><WithTerm of="workday" about={t('nav.calendar')}>{t('calendar.legend')}</WithTerm></p>
      <YearGrid year={year.year} days={days} picked={picked} pick={setPicked} />
      {picked && (
        <div className="row" role="group" aria-label={picked}>
          <strong>{picked}</strong>
          <Segmented value={special ? (special.off ? 'off' : 'on') : 'usual'} onChange={(v) => { put(v === 'usual' ? undefined : v === 'off', special?.name ?? '') }}
            options={[{ value: 'usual', label: t('calendar.usual') }, { value: 'off', label: t('calendar.off') }, { value: 'on', label: t('calendar.on') }]} />
          {special && <Input style={{ width: 160 }} value={special.name} placeholder={t('calendar.name')} aria-label={t('calendar.name')} maxLength={20} onChange={(e) => { put(special.off, e.target.value) }} />}
        </div>
      )}
      <div className="row"><Button type="primary" disabled={days === year.days} loading={save.busy} onClick={() => { save.go(days) }}>{t('app.save')}</Button>
        <Button disabled={days === year.days} onClick={() => { setDays(year.days) }}>{t('app.cancel')}</Button></div>
    </div>
  )
}

const TIME = { pattern: /^([01]\d|2[0-3]):[0-5]\d$/, get message() { return t('calendar.time_wrong') } }

function OfficeHours({ hours }: { hours: Hours }) {
  const [form] = Form.useForm<Pick<Hours, 'ranges'>>()
  const save = useAction({
    form,
    run: (v: Pick<Hours, 'ranges'>, act) => ok(client.PUT('/calendar/hours', { ...act(), body: { ranges: v.ranges, version: hours.version } })),
    done: () => t('app.saved'),
  })
  return (
    <Form form={form} initialValues={{ ranges: hours.ranges }} onFinish={save.go}>
      <Form.List name="ranges">
        {(fields, { add, remove }) => (
          <>
            {fields.map((f) => (
              <Space key={f.key} align="baseline" wrap>
                <Form.Item name={[f.name, 'from']} rules={[required(t('calendar.from')), TIME]}><Input style={{ width: 84 }} aria-label={t('calendar.from')} placeholder="08:30" /></Form.Item>
                <span>—</span>
                <Form.Item name={[f.name, 'to']} rules={[required(t('calendar.to')), TIME]}><Input style={{ width: 84 }} aria-label={t('calendar.to')} placeholder="12:00" /></Form.Item>
                {fields.length > 1 && <Button type="text" onClick={() => { remove(f.name) }}>{t('app.delete')}</Button>}
              </Space>
            ))}
            <div className="row">
              <Button onClick={() => { add({ from: '', to: '' }) }}>{t('calendar.add_range')}</Button>
              <Button type="primary" htmlType="submit" loading={save.busy}>{t('app.save')}</Button>
            </div>
          </>
        )}
      </Form.List>
    </Form>
  )
}
