import { FilePdfOutlined, FileWordOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { Button } from 'antd'
import { client, ok } from '@/api/client'
import type { Gazette } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable, pageOf } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAddress } from '@/ui/useAddress'
import { Paper } from './BulletinPaper'

/** The bulletins that are shown to this unit: from above, and its own. */
export function Gazettes() {
  const [search] = useAddress()
  const query = useQuery({
    queryKey: ['gazettes', search.after, search.limit],
    queryFn: ({ signal }) => ok(client.GET('/assess/gazettes', { signal, params: { query: pageOf(search) } })),
  })
  const columns: Col<Gazette>[] = [
    { key: 'title', title: t('item.title'), fixed: true, render: (g) => <Link to="/assess/gazettes/$id" params={{ id: g.id }}>{g.title}</Link> },
    { key: 'issuer', title: t('gazettes.issuer'), fixed: true, render: (g) => g.issuer },
    { key: 'round', title: t('assess.round'), render: (g) => `${g.scheme_name} ${g.round_name}` },
    { key: 'at', title: t('gazettes.at'), date: true, render: (g) => dateTime(g.at) },
  ]
  return (
    <Page help="scores#gazettes" name={t('gazettes.title')}>
      <section className="panel">
        <DataTable id="gazettes" label={t('gazettes.title')} query={query} columns={columns} rowKey={(g) => g.id} empty={<Nothing text={t('gazettes.none')} />} />
      </section>
    </Page>
  )
}

/** One of them, as it was issued. */
export function GazetteView() {
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useQuery({ queryKey: ['gazette', id], queryFn: ({ signal }) => ok(client.GET('/assess/gazettes/{id}', { signal, params: { path: { id } } })) })
  const g = query.data
  const file = (as: string) => `/api/assess/gazettes/${id}/file?as=${as}`
  return (
    <Page help="scores#gazettes" name={t('gazettes.title')} title={g?.title ?? t('gazettes.title')} back extra={g && (
      <>
        <Button icon={<FileWordOutlined />} href={file('docx')} download>DOCX</Button>
        <Button icon={<FilePdfOutlined />} href={file('pdf')} download>PDF</Button>
      </>
    )}>
      <Loaded query={query} isEmpty={() => false} empty={null}>
        {(x) => (
          <div className="stack-wide">
            <p className="quiet">{t('gazettes.from', { issuer: x.issuer, at: dateTime(x.issued_at) })} · <span className="mono" title={x.digest}>{t('gazette.digest', { digest: x.digest.slice(0, 16) })}</span></p>
            <Paper blocks={x.blocks} />
          </div>
        )}
      </Loaded>
    </Page>
  )
}
