import { t } from '@/i18n'
import { Page } from '@/ui/Page'
import { memberHouse } from './house'
import { Ways } from './Ways'

/** A member's own second factor. */
export function Security() {
  return <Page help="sign-in#second" name={t('person.second')} width="narrow" back><Ways house={memberHouse} /></Page>
}
