import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Divider, Modal } from 'antd'
import { lazy, Suspense } from 'react'
import { client, ok } from '@/api/client'
import type { Me } from '@/api/types'
import { enter, leave, useMe } from '@/app/session'
import { t } from '@/i18n'
import { SignInForm } from './SignInForm'

const Elsewhere = lazy(() => import('@/features/identity/Elsewhere'))

/** Signs the same person in again over the page as it stands, so that nothing typed is lost. */
export default function SignInAgain({ done }: { done: () => void }) {
  const me = useMe()
  const queries = useQueryClient()
  const ways = useQuery({
    queryKey: ['tenant-ways', me.tenant.slug],
    queryFn: ({ signal }) => ok(client.GET('/identity/ways/{slug}', { signal, params: { path: { slug: me.tenant.slug } } })),
    retry: false,
  })
  const entered = (next: Me) => {
    enter(next)
    done()
    void queries.invalidateQueries()
  }
  return (
    <Modal open title={t('org.sign_in_again')} closable={false} keyboard={false} mask={{ closable: false }} footer={null} width={400}>
      <p className="quiet">{t('org.sign_in_again_hint', { tenant: me.tenant.name })}</p>
      <SignInForm tenant={me.tenant.slug} login={me.member.login} entered={entered} />
      {ways.data && ways.data.items.length > 0 && (
        <>
          <Divider plain>{t('identity.or')}</Divider>
          <Suspense fallback={null}><Elsewhere me={me} entered={entered} /></Suspense>
        </>
      )}
      <Button type="link" size="small" onClick={() => void leave()}>{t('org.other_person')}</Button>
    </Modal>
  )
}
