import { Link } from '@tanstack/react-router'
import { Button } from 'antd'
import { t } from '@/i18n'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { ItemTable } from './ItemTable'

export function Mine() {
  return (
    <Page help="writing#mine" name={t('nav.mine')}>
      <section className="panel">
        <ItemTable view="mine" empty={<Nothing text={t('item.empty_mine')}><Link to="/publish/items/new"><Button type="primary">{t('shell.create')}</Button></Link></Nothing>} />
      </section>
    </Page>
  )
}
