import { Link } from '@tanstack/react-router'
import { Button } from 'antd'
import { t } from '@/i18n'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { ItemTable } from './ItemTable'

export function AllItems() {
  return (
    <Page help="inspection#all" name={t('nav.all_items')} extra={<Link to="/publish/returns"><Button>{t('returns.page')}</Button></Link>}>
      <section className="panel">
        <ItemTable view="all" empty={<Nothing text={t('table.empty')} />} />
      </section>
    </Page>
  )
}
