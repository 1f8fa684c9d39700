import { Link } from '@tanstack/react-router'
import type { TrialFigures, TrialPilotFigure, TrialTaskFigure } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { duration } from '@/ui/format'

/** What was really done: counted, with the table behind every picture. */
export function FiguresPanel({ of: f, run }: { of: TrialFigures; run: string }) {
  const n = f.feedback.problems + f.feedback.suggestions + f.feedback.questions
  const per = f.users ? (f.active_days / f.users).toFixed(1) : '0'
  return (
    <section className="panel">
      <h2>{t('trial.figures')}</h2>
      <p className="quiet">{t('trial.figures_hint', { days: f.days })}</p>
      <dl className="trial-tiles">
        <div><dt>{t('trial.active')}</dt><dd>{f.active}<small>/ {f.users}</small></dd></div>
        <div><dt>{t('trial.days_each')}</dt><dd>{per}</dd></div>
        <div><dt>{t('trial.trained')}</dt><dd>{f.trained}<small>/ {f.users}</small></dd></div>
        <div><dt>{t('trial.independent')}</dt><dd>{f.independent}</dd></div>
        <div><dt><Link to="/trial/feedback" search={{ box: 'all', run }}>{t('trial.feedback')}</Link></dt><dd>{n}<small>{t('trial.open_n', { n: f.feedback.open })}</small></dd></div>
        <div><dt>{t('trial.answer_time')}</dt><dd>{f.feedback.minutes ? duration(f.feedback.minutes) : t('app.none')}</dd></div>
      </dl>
      {f.weeks.length > 0 && (
        <>
          <h3>{t('trial.by_week')}</h3>
          <Bars rows={f.weeks.map((w) => ({ name: w.week, n: w.active }))} most={f.users} />
        </>
      )}
      {f.deeds.length > 0 && (
        <>
          <h3>{t('trial.deeds')}</h3>
          <Bars rows={f.deeds.map((d) => ({ name: d.name, n: d.n }))} most={Math.max(...f.deeds.map((d) => d.n))} />
        </>
      )}
      <h3>{t('trial.by_department')}</h3>
      <DataTable id="trial-by-department" label={t('trial.by_department')} columns={DEPARTMENTS()} rowKey={(d) => d.id} paged={false} query={{ data: { items: f.departments }, isError: false } as never} />
      {f.compared.n > 0 && (
        <>
          <h3>{t('trial.compared_with')}</h3>
          <p className="quiet">{t('trial.compared_n', { n: f.compared.n, better: f.compared.better, same: f.compared.same, worse: f.compared.worse })}</p>
          <DataTable id="trial-tasks" label={t('trial.compared_with')} columns={TASKS()} rowKey={(x) => x.task} paged={false} query={{ data: { items: f.compared.tasks }, isError: false } as never} />
        </>
      )}
    </section>
  )
}

function Bars({ rows, most }: { rows: { name: string; n: number }[]; most: number }) {
  return (
    <ul className="trial-bars">
      {rows.map((r) => (
        <li key={r.name}><span className="name">{r.name}</span><span className="bar" aria-hidden><i style={{ width: `${most ? Math.min(100, (r.n / most) * 100) : 0}%` }} /></span><span>{r.n}</span></li>
      ))}
    </ul>
  )
}

const DEPARTMENTS = (): Col<TrialPilotFigure>[] => [
  { key: 'name', title: t('trial.department'), fixed: true, render: (d) => d.name },
  { key: 'active', title: t('trial.active'), align: 'right', fixed: true, render: (d) => `${d.active} / ${d.users}` },
  { key: 'days', title: t('trial.active_days'), align: 'right', render: (d) => d.active_days },
  { key: 'feedback', title: t('trial.feedback'), align: 'right', render: (d) => d.feedback },
]

const TASKS = (): Col<TrialTaskFigure>[] => [
  { key: 'task', title: t('trial.task'), fixed: true, render: (x) => x.task },
  { key: 'n', title: t('trial.people_n'), align: 'right', render: (x) => x.n },
  { key: 'old', title: t('trial.old_minutes'), align: 'right', render: (x) => x.old_minutes },
  { key: 'new', title: t('trial.new_minutes'), align: 'right', fixed: true, render: (x) => x.new_minutes },
  { key: 'verdict', title: t('trial.verdict'), render: (x) => t('trial.verdicts', { better: x.better, same: x.same, worse: x.worse }) },
]
