import { t } from '@/i18n'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { ItemTable } from './ItemTable'

export function Reading() {
  return (
    <Page help="reading" name={t('nav.reading')}>
      <section className="panel">
        <ItemTable view="reading" empty={<Nothing text={t('item.empty_reading')} />} />
      </section>
    </Page>
  )
}
