import { Button, Result } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import { enter } from '@/app/session'
import { t } from '@/i18n'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'

/** The link `/join#token`: the signed-in person takes a membership in another tenant. */
export function Join() {
  const [token] = useState(() => window.location.hash.slice(1))
  const join = useAction({
    run: (_: null, act) => ok(client.POST('/org/join', { ...act(), body: { token } })),
    after: (me) => {
      enter(me)
      window.location.assign('/')
    },
  })
  return (
    <Page help="sign-in#join" name={t('org.join')} width="narrow">
      <Result status="info" title={t('org.join')} subTitle={token ? t('org.join_hint') : t('org.activate_no_token')}
        extra={<Button type="primary" disabled={!token} loading={join.busy} onClick={() => { join.go(null) }}>{t('org.join_go')}</Button>} />
    </Page>
  )
}
