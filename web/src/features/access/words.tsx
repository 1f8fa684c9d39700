// What rights, nodes and the reasons for a right are called.
import { Link } from '@tanstack/react-router'
import { Tag } from 'antd'
import type { AccessNode, AccessReason, AccessRequest, Restriction } from '@/api/types'
import { permissionName } from '@/features/org/permissions'
import { t, tOr } from '@/i18n'
import { dateTime } from '@/ui/format'

/** 栏目 工作动态 / 部门动态; everywhere if there is no node. */
export function nodeText(n: AccessNode | null | undefined): string {
  if (!n) return t('grant.everywhere')
  const kind = tOr(`grant.scope.${n.kind}`, n.kind)
  return n.path.length > 0 ? t('grant.on', { kind, path: n.path.join(' / ') }) : t('grant.on_gone', { kind })
}

/** 经部门“财务处”，角色“信息发布员”: how a right came to somebody. */
export function reasonText(r: AccessReason): string {
  const to = r.kind === 'member' ? t('access.via_self') : r.kind === 'everyone' ? t('access.via_everyone') : t('access.via', { kind: t(`grant.kind.${r.kind}`), name: r.to })
  return r.role ? t('access.by_role', { to, role: r.role }) : t('access.by_permission', { to })
}

/** One reason with what it is bound to, who gave it and by which approval; own: whose right it is may open that. */
export function Why({ r, own }: { r: AccessReason; own?: boolean }) {
  return (
    <div>
      {reasonText(r)}{r.scope && <Tag style={{ marginInlineStart: 6 }}>{nodeText(r.scope)}</Tag>}
      <div className="quiet">
        {r.by ? t('access.given_by', { by: r.by, at: dateTime(r.at) }) : t('access.given_first')}
        {r.until && <> {t('access.ends', { at: dateTime(r.until) })}</>}
        {r.case_id && <> {own ? <Link className="told" to="/approval/cases/$id" params={{ id: r.case_id }}>{t('access.approved_case')}</Link> : t('grant.by_request')}</>}
      </div>
    </div>
  )
}

export const REQUEST_COLORS: Record<AccessRequest['state'], string> = { open: 'warning', applied: 'success', returned: 'error', withdrawn: 'default' }
export const RESTRICTION_COLORS: Record<Restriction['state'], string> = { ahead: 'warning', running: 'error', over: 'default', lifted: 'default' }

/** 全部权限, or the permissions one by one. */
export function withheldText(r: Pick<Restriction, 'permissions'>): string {
  return r.permissions.length === 0 ? t('access.frozen_all') : r.permissions.map(permissionName).join(t('access.and'))
}
