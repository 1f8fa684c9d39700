import { ApartmentOutlined, BarChartOutlined, CarryOutOutlined, ClusterOutlined, EyeOutlined, LockOutlined, LogoutOutlined, QuestionCircleOutlined, SafetyCertificateOutlined, UnorderedListOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { Button, Modal } from 'antd'
import { useEffect, useState } from 'react'
import { onSignedOut } from '@/api/client'
import { asProblem } from '@/api/problem'
import { Waiting } from '@/app/Fallback'
import { Frame } from '@/app/shell/Frame'
import { t } from '@/i18n'
import { Failed } from '@/ui/Loaded'
import SetUp from '@/features/factor/SetUp'
import { operatorHouse } from '@/features/factor/house'
import { ConsoleSignInForm } from './ConsoleSignInForm'
import { FirstPassword } from './FirstPassword'
import { leaveConsole, operatorQuery } from './operator'

/** The operator's door `/console`: groups, tenants, onboarding. */
export function ConsoleDoor() {
  const me = useQuery(operatorQuery)
  const [out, setOut] = useState(false)
  const [settingUp, setSettingUp] = useState(false)
  if (me.data?.second_factor_needed && !settingUp) setSettingUp(true)
  useEffect(() => onSignedOut((door) => { if (door === 'operator') setOut(true) }), [])
  const router = useRouter()
  const stranger = me.isError && !me.data && asProblem(me.error).status === 401
  useEffect(() => {
    if (stranger) void router.navigate({ to: '/console/sign-in', replace: true })
  }, [stranger, router])
  if (!me.data) {
    if (!me.isError || stranger) return <Waiting />
    return <Failed error={me.error} retry={() => void me.refetch()} />
  }
  if (me.data.must_change_password) return <FirstPassword name={me.data.operator.name} />
  if (settingUp) return <SetUp house={operatorHouse} name={me.data.operator.name} done={() => { setSettingUp(false) }} leave={() => void leaveConsole()} />
  return (
    <Frame brand={t('console.brand')} home="/console" groups={[{ label: t('console.brand'), places: [
      { to: '/console', label: t('console.tenants'), icon: <ClusterOutlined /> },
      { to: '/console/lists', label: t('console.lists'), icon: <UnorderedListOutlined /> },
      { to: '/console/onboardings', label: t('onboard.console'), icon: <CarryOutOutlined /> },
      { to: '/console/groups', label: t('console.groups'), icon: <ApartmentOutlined /> },
      { to: '/console/usage', label: t('console.usage'), icon: <BarChartOutlined /> },
      { to: '/console/glass', label: t('glass.console'), icon: <EyeOutlined /> },
      { to: '/console/audit', label: t('console.audit'), icon: <SafetyCertificateOutlined /> },
      { to: '/console/account', label: t('console.account'), icon: <LockOutlined /> },
      { to: '/console/help', label: t('help.title'), icon: <QuestionCircleOutlined /> },
    ] }]} head={<>
      <div className="shell-space" />
      <span className="clip">{me.data.operator.name}</span>
      <Button type="text" icon={<LogoutOutlined />} aria-label={t('person.sign_out')} onClick={() => void leaveConsole()} />
    </>}>
      <Modal open={out} title={t('org.sign_in_again')} closable={false} keyboard={false} mask={{ closable: false }} footer={null} width={400} destroyOnHidden>
        <ConsoleSignInForm entered={() => { setOut(false) }} />
      </Modal>
    </Frame>
  )
}
