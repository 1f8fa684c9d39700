import { useQueryClient } from '@tanstack/react-query'
import { Button, Modal } from 'antd'
import type { Me } from '@/api/types'
import { enter, leave, useMe } from '@/app/session'
import { t } from '@/i18n'
import { SignInForm } from './SignInForm'

/** Signs the same person in again over the page as it stands, so that nothing typed is lost. */
export default function SignInAgain({ done }: { done: () => void }) {
  const me = useMe()
  const queries = useQueryClient()
  const entered = (next: Me) => {
    enter(next)
    done()
    void queries.invalidateQueries()
  }
  return (
    <Modal open title={t('org.sign_in_again')} closable={false} keyboard={false} mask={{ closable: false }} footer={null} width={400}>
      <p className="quiet">{t('org.sign_in_again_hint', { tenant: me.tenant.name })}</p>
      <SignInForm tenant={me.tenant.slug} login={me.member.login} entered={entered} />
      <Button type="link" size="small" onClick={() => void leave()}>{t('org.other_person')}</Button>
    </Modal>
  )
}
