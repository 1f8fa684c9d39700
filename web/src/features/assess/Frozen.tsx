import { DownloadOutlined, LockOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Button, Typography } from 'antd'
import { client, ok } from '@/api/client'
import type { Freeze, Round } from '@/api/types'
import { follow } from '@/features/progress/follow'
import { t } from '@/i18n'
import { bytes, dateTime, day } from '@/ui/format'
import { Loaded } from '@/ui/Loaded'
import { useAction } from '@/ui/useAction'

/** Has a closed round frozen: everything its result rests on in one package that nobody can change or delete. */
export function FreezeButton({ round, underway }: { round: Round; underway: boolean }) {
  const freeze = useAction({
    run: (_: null, act) => ok(client.POST('/assess/rounds/{id}/freeze', { ...act(), params: { path: { id: round.id } } })),
    confirm: () => ({ title: t('freeze.ask', { name: round.name }), content: t('freeze.hint'), ok: t('freeze.do') }),
    after: (r) => { follow(r.work_id) },
  })
  return <Button icon={<LockOutlined />} loading={freeze.busy || underway} onClick={() => { freeze.go(null) }}>{t('freeze.do')}</Button>
}

/** What a frozen round's package is, where to get it, and how to check it. */
export function Frozen({ round }: { round: Round }) {
  const query = useQuery({
    queryKey: ['freeze', round.id],
    queryFn: ({ signal }) => ok(client.GET('/assess/rounds/{id}/freeze', { signal, params: { path: { id: round.id } } })),
  })
  return <section className="panel"><h2>{t('freeze.title')}</h2><Loaded query={query} isEmpty={() => false} empty={null}>{(f) => <Facts freeze={f} round={round} />}</Loaded></section>
}

function Facts({ freeze: f, round }: { freeze: Freeze; round: Round }) {
  const facts: [string, string][] = [
    [t('freeze.at'), t('freeze.by', { at: dateTime(f.at), who: f.by_name })],
    [t('freeze.until'), day(f.retain_until)],
    [t('freeze.deeds'), t('assess.count', { n: f.deeds })],
  ]
  const digests: [string, string][] = [[t('freeze.digest'), f.digest], [t('freeze.sha256'), f.sha256]]
  return (
    <>
      <dl className="named">{facts.map(([name, is]) => <div key={name}><dt style={{ whiteSpace: 'nowrap' }}>{name}</dt><dd>{is}</dd></div>)}</dl>
      {digests.map(([name, of]) => <div key={name}><div className="quiet">{name}</div><Typography.Text className="mono" copyable={{ text: of }} style={{ overflowWrap: 'anywhere' }}>{of}</Typography.Text></div>)}
      <p><Button size="small" icon={<DownloadOutlined />} href={`/api/assess/rounds/${round.id}/package`} download>{t('freeze.download', { size: bytes(f.size) })}</Button></p>
      <p className="quiet">{t('freeze.check')}</p>
      <Typography.Paragraph className="mono" copyable style={{ overflowWrap: 'anywhere' }}>{`hetu doctor assess --sha256 ${f.sha256} --package round.zip`}</Typography.Paragraph>
    </>
  )
}
