import { lazy, type ReactNode, Suspense, useState } from 'react'
import { client, ok } from '@/api/client'
import type { ItemRow, ItemView } from '@/api/types'
import { t } from '@/i18n'
import type { Batch } from '@/ui/TableBars'
import { useBatch } from '@/ui/useBatch'

const PublishSeveral = lazy(() => import('./PublishSeveral'))

interface Publishing { rows: ItemRow[]; close: (left: ItemRow[]) => void }

/** What can be done with several items of a view at once, and the dialog it may open. */
export function useItemBatch(view: ItemView): [Batch<ItemRow>[] | undefined, ReactNode] {
  const path = (r: ItemRow) => ({ path: { id: r.id } })
  const read = useBatch<ItemRow>({
    run: (r, act) => ok(client.POST('/publish/items/{id}/read', { ...act(), params: path(r) })),
    done: (n) => t('batch.read_done', { n }),
  })
  const [publishing, setPublishing] = useState<Publishing>()
  const publish = (rows: ItemRow[]) => new Promise<ItemRow[]>((resolve) => {
    setPublishing({ rows, close: (left) => { setPublishing(undefined); resolve(left) } })
  })
  const remove = useBatch<ItemRow>({
    run: (r, act) => ok(client.DELETE('/publish/items/{id}', { ...act(), params: path(r) })),
    done: (n) => t('batch.delete_done', { n }),
    confirm: (n) => ({ title: t('batch.delete_ask', { n }), ok: t('app.delete'), danger: true }),
  })
  const dialog = publishing && <Suspense><PublishSeveral {...publishing} /></Suspense>
  switch (view) {
    case 'reading': return [[{ key: 'read', label: t('batch.read'), may: (r) => !r.read, go: read }], dialog]
    case 'approved': return [[{ key: 'publish', label: t('batch.publish'), go: publish }], dialog]
    case 'mine': return [[{ key: 'delete', label: t('batch.delete'), danger: true, may: (r) => r.state === 'draft', go: remove }], dialog]
    default: return [undefined, dialog]
  }
}
