import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { Button } from 'antd'
import type { TaskPage as Data } from '@/api/types'
import { t } from '@/i18n'
import { Loaded } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useKeys } from '@/ui/useKeys'
import { useNarrow } from '@/ui/useNarrow'
import { Decide } from './Decide'
import { taskQuery, useTasks } from './data'
import { Due } from './Due'
import { Fold } from './Fold'
import { Opinions, Route } from './Route'
import { isItem, Since, Subject } from './Subject'

/** One task: everything needed to decide, and only what may be done now (UI6). */
export function TaskPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useQuery(taskQuery(id))
  const narrow = useNarrow()
  useNeighbours(id)
  return (
    <Page help="review" name={t('approval.page')} title={query.data?.task.step_name ?? t('approval.page')} back extra={query.data && !query.data.task.decided_at && <Due task={query.data.task} />}>
      <Loaded query={query}>{(page) => narrow ? <Tall page={page} /> : <Wide page={page} />}</Loaded>
    </Page>
  )
}

function Wide({ page }: { page: Data }) {
  return (
    <div className="two">
      <div className="stack-wide">
        <Subject kind={page.task.kind} id={page.task.subject_id} title={page.task.title} />
        {page.may.length > 0 && isItem(page.task.kind) && <Since id={page.task.subject_id} />}
        <Said page={page} />
      </div>
      <div className="stack-wide">
        {page.may.length > 0 && <Decide key={page.task.id} page={page} />}
        <Fold title={t('approval.route')}><Route c={page.case} /></Fold>
      </div>
    </div>
  )
}

// On a phone: the text, what was said if it comes back, the decision; the rest is folded.
function Tall({ page }: { page: Data }) {
  const decides = page.may.length > 0
  return (
    <div className="stack-wide">
      <Subject kind={page.task.kind} id={page.task.subject_id} title={page.task.title} />
      {decides && isItem(page.task.kind) && <Since id={page.task.subject_id} />}
      <Said page={page} />
      <Fold title={t('approval.route')}><Route c={page.case} /></Fold>
      {decides && <div id="decide"><Decide key={page.task.id} page={page} /></div>}
      {decides && (
        <div className="sticky-foot"><Button block type="primary" onClick={() => document.getElementById('decide')?.scrollIntoView({ behavior: 'smooth' })}>{t('approval.go_decide')}</Button></div>
      )}
    </div>
  )
}

function Said({ page }: { page: Data }) {
  return <Fold title={t('approval.opinions')} open={page.case.earlier.length > 0}><Opinions c={page.case} /></Fold>
}

// j and k lead to the to-do after and before this one.
function useNeighbours(id: string) {
  const navigate = useNavigate()
  const list = useTasks('todo', {}).data?.items ?? []
  const at = list.findIndex((x) => x.id === id)
  const go = (to: number) => {
    const next = at < 0 ? list[0] : list[to]
    if (next) void navigate({ to: '/approval/tasks/$id', params: { id: next.id } })
  }
  useKeys({ j: () => { go(at + 1) }, k: () => { go(at - 1) } })
}
