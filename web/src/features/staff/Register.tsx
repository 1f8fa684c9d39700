import { useQuery } from '@tanstack/react-query'
import { Alert } from 'antd'
import { client, ok } from '@/api/client'
import { PrintButton } from '@/features/assess/PrintButton'
import { t } from '@/i18n'
import { day, dateTime } from '@/ui/format'
import { Loaded } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { DepartmentSelect } from '@/ui/pickers'
import { useAddress } from '@/ui/useAddress'
import './print.css'

/** Everybody who has an account, with department and position, as it is printed and filed (R229). */
export function Register() {
  const [search, set] = useAddress()
  const asked = search.department ? { department: search.department } : {}
  const query = useQuery({ queryKey: ['staff', 'register', asked], queryFn: ({ signal }) => ok(client.GET('/staff/register', { signal, params: { query: asked } })) })
  return (
    <Page help="members#register" name={t('staff.register')} back extra={<PrintButton />}>
      <section className="panel">
        <div className="filters">
          <DepartmentSelect allowClear aria-label={t('member.department')} value={search.department} placeholder={t('member.all_departments')}
            onChange={(department) => { set({ department }) }} />
        </div>
        <Loaded query={query}>
          {(r) => (
            <>
              {r.more && <Alert type="warning" showIcon title={t('staff.register_more')} className="gap-below" />}
              <p className="register-head">{t('staff.register_by', { at: dateTime(r.at), by: r.by, n: r.items.length })}</p>
              <div className="table-scroll" role="region" aria-label={t('staff.register')} tabIndex={0}>
                <table className="register">
                  <thead><tr><th>{t('staff.n')}</th><th>{t('member.department')}</th><th>{t('org.name')}</th><th>{t('member.title')}</th><th>{t('org.login')}</th><th>{t('app.state')}</th><th>{t('staff.since')}</th></tr></thead>
                  <tbody>
                    {r.items.map((p, i) => (
                      <tr key={`${p.login}${p.department}`}>
                        <td>{i + 1}</td><td>{p.department}</td><td>{p.name}{p.kind === 'external' && t('staff.external_mark')}</td><td>{p.title}{p.head && t('staff.head_mark')}</td>
                        <td className="mono">{p.login}</td><td>{t(`member.state.${p.state}`)}</td><td>{day(p.since)}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            </>
          )}
        </Loaded>
      </section>
    </Page>
  )
}
