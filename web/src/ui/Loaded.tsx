import { ReloadOutlined } from '@ant-design/icons'
import type { UseQueryResult } from '@tanstack/react-query'
import { Alert, Button, Empty, Skeleton } from 'antd'
import type { ReactNode } from 'react'
import { asProblem, problemText } from '@/api/problem'
import { t } from '@/i18n'

interface Props<T> {
  query: UseQueryResult<T>
  children: (data: T) => ReactNode
  /** Whether there is nothing to show, and then what to say and do next. */
  isEmpty?: (data: T) => boolean
  empty?: ReactNode
  /** What stands in the place meanwhile; of about the final height. */
  skeleton?: ReactNode
}

/** The four states of anything fetched (UI1): loading, failed, empty, and shown though a refresh failed. */
export function Loaded<T>({ query, children, isEmpty, empty, skeleton }: Props<T>) {
  if (query.data === undefined) {
    if (query.isError) return <Failed error={query.error} retry={() => void query.refetch()} />
    return <div role="status" aria-label={t('app.loading')}>{skeleton ?? <Skeleton active paragraph={{ rows: 6 }} />}</div>
  }
  return (
    <>
      {query.isError && <Stale retry={() => void query.refetch()} />}
      {isEmpty?.(query.data) ? (empty ?? <Nothing />) : children(query.data)}
    </>
  )
}

export function Stale({ retry }: { retry: () => void }) {
  return (
    <Alert className="gap-below" type="warning" showIcon title={t('app.stale')}
      action={<Button size="small" onClick={retry}>{t('app.retry')}</Button>} />
  )
}

/** What failed and how to try again. */
export function Failed({ error, retry }: { error: unknown; retry: () => void }) {
  const p = asProblem(error)
  return (
    <Alert showIcon type={p.status === 404 || p.status === 403 ? 'info' : 'warning'} title={problemText(p)}
      description={p.request_id ? t('app.error_request', { id: p.request_id }) : undefined}
      action={<Button size="small" icon={<ReloadOutlined />} onClick={retry}>{t('app.retry')}</Button>} />
  )
}

/** Nothing here, and what to do next. */
export function Nothing({ text, children }: { text?: string; children?: ReactNode }) {
  return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={text ?? t('table.empty')}>{children}</Empty>
}
