import { PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Button, Tabs } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Role } from '@/api/types'
import { useCan } from '@/app/session'
import { t } from '@/i18n'
import { Page } from '@/ui/Page'
import { useAddress } from '@/ui/useAddress'
import { GrantDialog } from './GrantDialog'
import { Grants } from './Grants'
import { RoleDialog } from './RoleDialog'
import { RoleList } from './RoleList'

/** Who holds which role, and what a role holds. */
export function Roles() {
  const [search, set] = useAddress()
  const roles = useQuery({ queryKey: ['roles'], queryFn: ({ signal }) => ok(client.GET('/org/roles', { signal })) })
  const [granting, setGranting] = useState(false)
  const [edited, setEdited] = useState<Partial<Role>>()
  const may = useCan()('org.grant')
  return (
    <Page help="roles" name={t('nav.roles')} extra={may && (
      <>
        {search.tab === 'roles' && <Button icon={<PlusOutlined />} onClick={() => { setEdited({}) }}>{t('role.new')}</Button>}
        <Button type="primary" icon={<PlusOutlined />} onClick={() => { setGranting(true) }}>{t('grant.new')}</Button>
      </>
    )}>
      <section className="panel">
        <Tabs activeKey={search.tab ?? 'grants'} onChange={(tab) => { set({ tab, after: undefined }) }} items={[
          { key: 'grants', label: t('grant.list'), children: <Grants may={may} /> },
          { key: 'roles', label: t('role.list'), children: <RoleList query={roles} edit={setEdited} may={may} /> },
        ]} />
      </section>
      <GrantDialog open={granting} close={() => { setGranting(false) }} roles={roles.data?.items ?? []} />
      <RoleDialog role={edited} close={() => { setEdited(undefined) }} />
    </Page>
  )
}
