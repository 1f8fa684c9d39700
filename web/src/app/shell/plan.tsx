import { useQuery } from '@tanstack/react-query'
import { Alert } from 'antd'
import { client, ok } from '@/api/client'
import { t } from '@/i18n'

/** What this unit may use: what is off stands in no menu. */
export function usePlan() {
  return useQuery({ queryKey: ['plan', 'mine'], queryFn: ({ signal }) => ok(client.GET('/plan/mine', { signal })), staleTime: 60_000 }).data
}

/** Says on every page why nothing can be changed. */
export function PlanBanner() {
  const plan = usePlan()
  if (!plan?.read_only && !plan?.expired) return null
  const text = plan.read_only ? t('shell.plan_read_only', { reason: plan.reason }) : t('shell.plan_expired', { day: plan.expires_on })
  return <div role="status"><Alert className="gap-below no-print" type="warning" showIcon title={text} /></div>
}
