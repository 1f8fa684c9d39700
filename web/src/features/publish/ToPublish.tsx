import { t } from '@/i18n'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { ItemTable } from './ItemTable'

export function ToPublish() {
  return (
    <Page help="publishing" name={t('nav.to_publish')}>
      <section className="panel">
        <ItemTable view="approved" empty={<Nothing text={t('item.empty_approved')} />} />
      </section>
    </Page>
  )
}
