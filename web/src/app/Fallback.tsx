import { Link } from '@tanstack/react-router'
import { Alert, Button, Skeleton } from 'antd'
import { t } from '@/i18n'

export function Waiting() {
  return <div className="page" role="status" aria-label={t('app.loading')}><Skeleton active paragraph={{ rows: 8 }} /></div>
}

export function NotFound() {
  return (
    <Alert className="page-narrow page" type="info" showIcon title={t('app.not_found')} description={t('app.not_found_next')}
      action={<Link to="/">{t('app.home')}</Link>} />
  )
}

export function Crash() {
  return (
    <Alert className="page-narrow page" type="warning" showIcon title={t('app.crash')} description={t('app.crash_next')}
      action={<Button onClick={() => { window.location.reload() }}>{t('app.reload_page')}</Button>} />
  )
}
