import { useQuery } from '@tanstack/react-query'
import { Alert, Descriptions } from 'antd'
import { client, ok } from '@/api/client'
import { Modules, Used } from '@/features/console/Limits'
import { t } from '@/i18n'
import { bytes } from '@/ui/format'
import { Loaded } from '@/ui/Loaded'
import { Page } from '@/ui/Page'

/** What this unit may use and how much of it is used. */
export function PlanPage() {
  const query = useQuery({ queryKey: ['plan', 'sheet'], queryFn: ({ signal }) => ok(client.GET('/plan', { signal })) })
  return (
    <Page help="tenancy#plan" name={t('plan.title')}>
      <Loaded query={query}>{(p) => (
        <section className="panel">
          {p.read_only && <Alert type="error" showIcon className="gap-below" title={t('plan.read_only')} description={p.reason} />}
          {p.expired && <Alert type="error" showIcon className="gap-below" title={t('plan.expired', { day: p.expires_on })} />}
          {!p.expired && p.days_left != null && p.days_left <= 30 && <Alert type="warning" showIcon className="gap-below" title={t('plan.ending', { n: p.days_left, day: p.expires_on })} />}
          <Descriptions size="small" column={{ xs: 1, md: 2 }} items={[
            { key: 'modules', label: t('plan.modules'), children: <Modules all={p.modules.map((m) => m.code)} off={p.off} /> },
            { key: 'until', label: t('plan.expires_on'), children: p.expires_on || t('plan.no_end') },
            { key: 'seats', label: t('plan.seats'), children: <Used n={p.members} of={p.seats} said={(n) => String(n)} /> },
            { key: 'bytes', label: t('plan.space'), children: <Used n={p.used} of={p.bytes} said={bytes} /> },
          ]} />
          <p className="quiet">{t('plan.hint')}</p>
        </section>
      )}</Loaded>
    </Page>
  )
}
