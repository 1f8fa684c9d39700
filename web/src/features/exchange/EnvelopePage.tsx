import { SafetyCertificateOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { Alert, Descriptions, Tag, Typography } from 'antd'
import { client, ok } from '@/api/client'
import type { EnvelopePage as Full } from '@/api/types'
import { FileName } from '@/features/preview/FileName'
import { t } from '@/i18n'
import { Term } from '@/ui/HelpLink'
import { dateTime, shortHash } from '@/ui/format'
import { Loaded } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { RichText } from '@/ui/RichText'
import { CarriedCover } from './CarriedCover'
import { EnvelopeActions } from './EnvelopeActions'
import { EnvelopeTag } from './EnvelopeTable'
import { Instructions } from './Instructions'

/** One envelope: its content, who answers for it, its hash and receipt. */
export function EnvelopePage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useQuery({
    queryKey: ['envelope', id],
    queryFn: ({ signal }) => ok(client.GET('/exchange/envelopes/{id}', { signal, params: { path: { id } } })),
  })
  const e = query.data
  return (
    <Page help="inbox#envelope" name={t('exchange.envelope')} title={e ? t(e.direction === 'in' ? 'exchange.from_unit' : 'exchange.to_unit', { name: e.peer.name }) : t('exchange.envelope')} back
      extra={e && <EnvelopeActions e={e} />}>
      <Loaded query={query}>
        {(full) => <div className="two"><Content e={full} /><div className="stack-wide"><Passage e={full} /><Adoptions e={full} /><Instructions e={full} /></div></div>}
      </Loaded>
    </Page>
  )
}

function Content({ e }: { e: Full }) {
  const p = e.source_persons
  return (
    <article className="panel">
      <h2 className="paper-title">{e.title}</h2>
      <div className="paper-meta"><span>{e.peer.name}</span>{e.event_date && <span>{t('item.event_is', { day: e.event_date })}</span>}<span>{dateTime(e.sent_at)}</span></div>
      {e.note && <Alert type="info" className="gap-below" title={t('exchange.note')} description={e.note} />}
      <CarriedCover of={e} at="envelopes" />
      <RichText html={e.body_html} />
      <Underway e={e} />
      {e.attachments.length > 0 && (
        <>
          <h2 className="section">{t('attach.title')}</h2>
          <ul className="lines">{e.attachments.map((a) => <li key={a.id}>
            <FileName file={{ ...a, gone: false }} of={{ kind: 'envelope', id: e.id }} />
            {a.reason && e.state !== 'recalled' && <Tag color="error">{t(`exchange.files.why.${a.reason}`)}</Tag>}
          </li>)}</ul>
        </>
      )}
      <dl className="named" aria-label={t('item.named')}>
        <div><dt>{t('item.drafter')}</dt><dd>{p.drafter ?? ''}</dd></div>
        <div><dt>{t('item.reviewer')}</dt><dd>{p.reviewers.join('、')}</dd></div>
        <div><dt>{t('item.publisher')}</dt><dd>{p.publisher ?? ''}</dd></div>
      </dl>
    </article>
  )
}

// What keeps the attachments from being at the receiver's; of what was recalled nothing does.
function Underway({ e }: { e: Full }) {
  if (e.state === 'recalled' || e.attachments_state === 'ready') return null
  if (e.attachments_state === 'copying') return <Alert type="info" showIcon title={t('exchange.files.copying')} />
  return <Alert type="error" showIcon title={t(e.direction === 'in' ? 'exchange.files.failed_in' : 'exchange.files.failed_out')} />
}

function Passage({ e }: { e: Full }) {
  return (
    <section className="panel">
      <h2>{t('exchange.passage')}</h2>
      <Descriptions column={1} size="small" items={[
        { key: 'state', label: t('app.state'), children: <EnvelopeTag state={e.state} /> },
        { key: 'sent', label: t('exchange.sent_at'), children: dateTime(e.sent_at) },
        { key: 'received', label: t('exchange.received_at'), children: e.received_at ? dateTime(e.received_at) : t('exchange.not_received') },
        { key: 'hash', label: <Term of="hash">{t('exchange.hash')}</Term>, children: <Typography.Text className="mono" copyable={{ text: e.content_hash }} title={e.content_hash}>{shortHash(e.content_hash)}</Typography.Text> },
        { key: 'receipt', label: <Term of="receipt">{t('exchange.receipt')}</Term>, children: e.receipt
          ? <Typography.Text className="mono" copyable={{ text: e.receipt }} title={e.receipt}><SafetyCertificateOutlined /> {shortHash(e.receipt)}</Typography.Text>
          : t('app.none') },
        ...(e.receipt_slip ? [{ key: 'slip', label: t('exchange.slip'), children: (
          <>{e.receipt_slip.by} {dateTime(e.receipt_slip.at)} <Tag color={e.receipt_slip.valid ? 'success' : 'error'}>{t(e.receipt_slip.valid ? 'exchange.slip_valid' : 'exchange.slip_broken')}</Tag></>
        ) }] : []),
        ...(e.solicitation ? [{ key: 'asked', label: t('solicit.answers_to'), children: (
          <Link to={e.direction === 'in' ? '/exchange/solicitations/$id' : '/exchange/asked/$id'} params={{ id: e.solicitation.id }}>{e.solicitation.title}</Link>
        ) }] : []),
        ...(e.decline_reason ? [{ key: 'declined', label: t('exchange.decline_reason'), children: e.decline_reason }] : []),
      ]} />
    </section>
  )
}

function Adoptions({ e }: { e: Full }) {
  if (e.adoptions.length === 0) return null
  return (
    <section className="panel">
      <h2><Term of="adoption">{t('exchange.adoptions')}</Term></h2>
      <ul className="lines">
        {e.adoptions.map((a) => (
          <li key={a.id}>
            <span className="grow">{t('exchange.option', { name: a.journal_name, note: t(`journal.level.${a.level}`) })}</span>
            <span className="when">{a.by} {dateTime(a.at)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
