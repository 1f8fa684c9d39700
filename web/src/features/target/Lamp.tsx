import { Progress, Tag } from 'antd'
import type { YearTarget as Target } from '@/api/types'
import { t } from '@/i18n'
import { goalOf, plain, shareOf } from './data'

const COLORS: Record<Target['state'], string> = { draft: 'default', issued: 'processing', accepted: 'success', returned: 'warning', withdrawn: 'default' }

/** How a target stands: a colour with a shape and a word. */
export function Lamp({ light }: { light: Target['light'] }) {
  return <span className={`lamp lamp-${light}`}><i aria-hidden="true" />{t(`target.light.${light}`)}</span>
}

/** Where a target is between its setter and whoever carries it out. */
export function StateTag({ state }: { state: Target['state'] }) {
  return <Tag color={COLORS[state]}>{t(`target.state.${state}`)}</Tag>
}

/** The light of what was accepted, the state of what was not. */
export function Standing({ of: x }: { of: Target }) {
  return x.state === 'accepted' && x.light !== 'none' ? <Lamp light={x.light} /> : <StateTag state={x.state} />
}

/** How far a target has come. */
export function Done({ of: x }: { of: Target }) {
  const share = shareOf(x)
  if (share === undefined) return <span className="quiet">{x.spec.measure === 'milestone' && x.reports > 0 ? t(x.reached ? 'target.on_plan' : 'target.off_plan') : goalOf(x)}</span>
  return (
    <span className="row" style={{ flexWrap: 'nowrap' }}>
      <Progress percent={share} size="small" showInfo={false} style={{ width: 84, margin: 0 }} aria-label={t('target.done_share', { n: share })} />
      <span className="quiet">{t('target.done_of', { n: plain(x.value), goal: goalOf(x) })}</span>
    </span>
  )
}
