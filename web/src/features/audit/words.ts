// What the audit's codes are called, and where its objects are to be seen.
import type { AuditRecord } from '@/api/types'
import { t, tOr } from '@/i18n'

/** What was done, in words; a code nobody has named stands as it is. */
export function actionText(code: string): string { return tOr(`audit.action.${code}`, code) }

/** The feature whose action it is. */
export function featureText(code: string): string {
  const feature = code.split('.')[0] ?? code
  return tOr(`audit.feature.${feature}`, feature)
}

interface Thing { kind: string; id: string }

export function thingOf(object: string): Thing {
  const [feature = '', kind = '', ...id] = object.split('/')
  return { kind: kind ? `${feature}/${kind}` : feature, id: id.join('/') }
}

const NAMES = ['title', 'name', 'login', 'file_name', 'slug'] as const

/** What the entry calls its object: what is recorded with it, else the end of its id, which tells two apart. */
export function objectText(r: Pick<AuditRecord, 'object' | 'detail'> & Partial<AuditRecord>, names?: ReadonlyMap<string, string>): string {
  const { kind, id } = thingOf(r.object)
  const said = detailOf(r.detail)
  const self = kind === 'org/member' && id === r.member_id ? r.name : undefined
  const name = self ?? NAMES.map((n) => said[n]).find((v) => typeof v === 'string' && v !== '')
  const short = id.length > 12 ? `…${id.slice(-6)}` : id
  return [tOr(`audit.kind.${kind}`, kind), typeof name === 'string' ? name : names?.get(id) ?? short].filter(Boolean).join(' ')
}

export function detailOf(detail: unknown): Record<string, unknown> {
  return typeof detail === 'object' && detail !== null && !Array.isArray(detail) ? detail as Record<string, unknown> : {}
}

// Where a thing is to be seen, and who may.
const PLACES: Record<string, [href: (id: string) => string, ...may: string[]]> = {
  'publish/item': [(id) => `/publish/items/${id}`, 'publish.inspect', 'publish.manage'],
  'publish/column': [(id) => `/publish/columns/${id}`, 'publish.inspect', 'publish.manage'],
  'exchange/envelope': [(id) => `/exchange/envelopes/${id}`, 'exchange.report', 'exchange.receive'],
  'exchange/journal': [() => '/exchange/journals', 'exchange.manage', 'exchange.receive'],
  'assess/round': [(id) => `/assess/rounds/${id}`, 'assess.manage', 'assess.view'],
  'assess/scheme': [(id) => `/assess/schemes/${id}`, 'assess.manage'],
  'org/member': [() => '/org/members', 'org.manage'],
  'org/department': [() => '/org/departments', 'org.manage'],
  'access/request': [(id) => `/access/manage?tab=requests&id=${id}`, 'access.view'],
  'rbac/restriction': [() => '/access/manage?tab=restrictions&past=1', 'access.view'],
  'rbac/grant': [() => '/org/roles', 'org.grant'],
  'calendar/year': [() => '/settings/calendar', 'calendar.manage'],
  'calendar/hours': [() => '/settings/calendar', 'calendar.manage'],
}

/** The address of an object, if there is one this person may open. */
export function placeOf(object: string, can: (...codes: string[]) => boolean): string | undefined {
  const { kind, id } = thingOf(object)
  const place = PLACES[kind]
  if (!place) return undefined
  const [href, ...may] = place
  return can(...may) ? href(id) : undefined
}

export function personText(r: AuditRecord): string { return r.name && r.name !== 'system' ? r.name : t('audit.system') }
