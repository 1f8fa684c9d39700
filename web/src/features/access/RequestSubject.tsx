import { useQuery } from '@tanstack/react-query'
import { Descriptions } from 'antd'
import { client, ok } from '@/api/client'
import { t } from '@/i18n'
import { dateTime } from '@/ui/format'
import { Loaded } from '@/ui/Loaded'
import { useNarrow } from '@/ui/useNarrow'
import { nodeText } from './words'

/** What somebody asks to be allowed, as those who decide see it. */
export default function RequestSubject({ id }: { id: string }) {
  const narrow = useNarrow()
  const query = useQuery({ queryKey: ['access', 'request', id], queryFn: ({ signal }) => ok(client.GET('/access/requests/{id}', { signal, params: { path: { id } } })) })
  return (
    <Loaded query={query}>
      {(r) => (
        <>
          <h2>{t('access.subject', { name: r.member.name, what: r.what })}</h2>
          <Descriptions column={1} size="small" bordered layout={narrow ? 'vertical' : 'horizontal'} items={[
            { key: 'who', label: t('access.applicant'), children: `${r.member.name} · ${r.department.name}` },
            { key: 'what', label: t('grant.what'), children: r.what },
            { key: 'scope', label: t('grant.scope'), children: nodeText(r.scope) },
            { key: 'until', label: t('grant.until'), children: r.until ? dateTime(r.until) : t('grant.no_end') },
            { key: 'reason', label: t('access.reason'), children: r.reason },
          ]} />
        </>
      )}
    </Loaded>
  )
}
