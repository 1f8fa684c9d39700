import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { client, ok } from '@/api/client'
import type { MyScore } from '@/api/types'
import { t } from '@/i18n'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { PrintButton } from './PrintButton'
import { ScoreSheet } from './ScoreSheet'
import { Score } from './UnitPage'

/** One published round as one's own units see it. */
export function MineRound() {
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useQuery({ queryKey: ['my-scores', id], queryFn: ({ signal }) => ok(client.GET('/assess/mine/{id}', { signal, params: { path: { id } } })) })
  return (
    <Page help="scores#mine" name={t('assess.mine')} title={query.data?.items[0]?.round.name ?? t('assess.mine')} back extra={query.data && <PrintButton />}>
      <Loaded query={query} isEmpty={(d) => d.items.length === 0} empty={<Nothing text={t('assess.no_mine')} />}>
        {(d) => <div className="stack-wide">{d.items.map((s) => <Own key={s.unit.id} score={s} />)}</div>}
      </Loaded>
      {query.data?.items.map((s) => (
        <ScoreSheet key={s.unit.id} scheme={s.round.scheme_name} round={s.round} unit={s.unit.name} rank={s.rank ? { rank: s.rank, units: s.units } : undefined}
          total={s.total} entries={s.entries ?? []} />
      ))}
    </Page>
  )
}

function Own({ score }: { score: MyScore }) {
  return (
    <>
      <h2 className="section">
        {t('assess.unit_total', { name: score.unit.name, total: score.total })}
        {score.rank && <span className="quiet"> {t('assess.rank_of', { rank: score.rank, n: score.units })}</span>}
      </h2>
      <Score total={score.total} entries={score.entries ?? []} />
      {score.ranking && score.ranking.length > 0 && (
        <section className="panel">
          <h2>{t('assess.ranking')}</h2>
          <ol className="lines">
            {score.ranking.map((r) => <li key={r.unit.id}><span className="grow">{r.rank} {r.unit.id === score.unit.id ? <strong>{r.unit.name}</strong> : r.unit.name}</span><span className="num">{r.total}</span></li>)}
          </ol>
        </section>
      )}
    </>
  )
}
