import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { t } from '@/i18n'
import { Loaded } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { Decide } from './Decide'
import { taskQuery } from './data'
import { Due } from './Due'
import { Opinions, Route } from './Route'
import { Subject } from './Subject'

/** One task: everything needed to decide, and only what may be done now (UI6). */
export function TaskPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useQuery(taskQuery(id))
  return (
    <Page help="review" name={t('approval.page')} title={query.data?.task.step_name ?? t('approval.page')} back extra={query.data && !query.data.task.decided_at && <Due task={query.data.task} />}>
      <Loaded query={query}>
        {(page) => (
          <div className="two">
            <div className="stack-wide">
              <Subject id={page.task.subject_id} />
              <Opinions c={page.case} />
            </div>
            <div className="stack-wide">
              {page.may.length > 0 && <Decide key={id} page={page} />}
              <Route c={page.case} />
            </div>
          </div>
        )}
      </Loaded>
    </Page>
  )
}
