import { useQuery } from '@tanstack/react-query'
import { Descriptions } from 'antd'
import { client, ok } from '@/api/client'
import { t } from '@/i18n'
import { Loaded } from '@/ui/Loaded'
import { useNarrow } from '@/ui/useNarrow'

/** The account somebody wants opened or closed, as those who decide see it. */
export default function RequestSubject({ id }: { id: string }) {
  const narrow = useNarrow()
  const query = useQuery({ queryKey: ['staff', 'request', id], queryFn: ({ signal }) => ok(client.GET('/staff/requests/{id}', { signal, params: { path: { id } } })) })
  return (
    <Loaded query={query}>
      {(w) => (
        <>
          <h2>{t(`staff.request.${w.act}`, { name: w.person })}</h2>
          <Descriptions column={1} size="small" bordered layout={narrow ? 'vertical' : 'horizontal'} items={[
            { key: 'where', label: t('member.department'), children: `${w.department} ${w.title}`.trim() },
            ...(w.act === 'open' ? [
              { key: 'kind', label: t('staff.kind'), children: <>{t(`staff.kind.${w.kind}`)}{w.until && ` · ${t('staff.until_is', { until: w.until })}`}</> },
              { key: 'wanted', label: t('staff.wanted'), children: w.wanted || t('app.none') },
            ] : [{ key: 'to', label: t('staff.successor'), children: w.successor || t('app.none') }]),
            { key: 'reason', label: t('app.reason'), children: w.reason },
            { key: 'by', label: t('staff.requester'), children: w.by },
          ]} />
          <p className="quiet">{t(w.act === 'open' ? 'staff.effect_open' : 'staff.effect_close')}</p>
        </>
      )}
    </Loaded>
  )
}
