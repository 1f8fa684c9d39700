import { Button, Segmented } from 'antd'
import { useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { t } from '@/i18n'
import { GateCard } from '@/ui/GateCard'
import type { House } from './house'
import { fits } from './passkey'
import { PasskeySteps } from './SetPasskey'
import { TotpSteps } from './SetTotp'

/** Stands before everything else until somebody who needs a second factor has set one up. */
export default function SetUp({ house, name, done, leave }: { house: House; name: string; done: () => void; leave: () => void }) {
  const mine = useQuery({ queryKey: house.key, queryFn: ({ signal }) => house.mine(signal) })
  const [way, setWay] = useState<'totp' | 'passkey'>('totp')
  const keys = mine.data?.passkeys_offered && fits(mine.data.passkey_site)
  const finish = () => void house.refresh().then(done)
  return (
    <GateCard help="sign-in#second" title={t('factor.needed')} hint={t('factor.needed_hint', { name })}>
      <div className="stack">
        {keys && <Segmented block value={way} onChange={setWay} options={[{ value: 'totp', label: t('factor.totp') }, { value: 'passkey', label: t('factor.passkey') }]} />}
        {way === 'totp' ? <TotpSteps house={house} done={finish} /> : <PasskeySteps house={house} done={finish} />}
        <Button type="link" size="small" onClick={leave}>{t('person.sign_out')}</Button>
      </div>
    </GateCard>
  )
}
