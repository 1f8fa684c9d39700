// Where the files of a thing are had from.
import { client, ok } from '@/api/client'
import type { Attachment, PreviewView } from '@/api/types'

/** What a file is attached to. */
export interface Owner { kind: 'item' | 'envelope' | 'pushed'; id: string }

const PLACES = { item: 'publish/items', envelope: 'exchange/envelopes', pushed: 'exchange/pushed' } as const

/** The address of a file's bytes, to download. */
export function contentHref(of: Owner, attachment: string): string {
  return `/api/${PLACES[of.kind]}/${of.id}/attachments/${attachment}/content`
}

/** What stands in a file. */
export function preview(of: Owner, attachment: string, signal: AbortSignal): Promise<PreviewView> {
  const asked = { signal, params: { path: { id: of.id, attachment } } }
  switch (of.kind) {
    case 'item': return ok(client.GET('/publish/items/{id}/attachments/{attachment}/preview', asked))
    case 'envelope': return ok(client.GET('/exchange/envelopes/{id}/attachments/{attachment}/preview', asked))
    case 'pushed': return ok(client.GET('/exchange/pushed/{id}/attachments/{attachment}/preview', asked))
  }
}

/** A file as its list shows it. */
export type Shown = Pick<Attachment, 'id' | 'name' | 'file_name' | 'size'>
