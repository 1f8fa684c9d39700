import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { client, ok } from '@/api/client'
import type { WordClass, WordLevel, WordReport } from '@/api/types'
import { t } from '@/i18n'

export const CLASSES: WordClass[] = ['political', 'secret', 'vulgar', 'advert', 'typo', 'wording', 'other']
export const LEVELS: WordLevel[] = ['block', 'warn', 'hint']
export const COLOR: Record<string, string> = { block: 'red', warn: 'orange', hint: 'blue' }

export const classes = () => CLASSES.map((value) => ({ value, label: t(`wordcheck.class.${value}`) }))
export const levels = () => LEVELS.map((value) => ({ value, label: t(`wordcheck.level.${value}`) }))

export function useDictionary() {
  return useQuery({
    queryKey: ['wordcheck', 'dictionary'], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/wordcheck/dictionary', { signal })),
    refetchInterval: (q) => (q.state.data?.checking ? 3000 : false),
  })
}

/** Sends a file of words; a dry run only asks what it would change. */
export function importWords(file: Blob, dry: boolean, headers: Record<string, string> = {}): Promise<WordReport> {
  return ok(client.POST('/wordcheck/import', {
    params: { query: { dry_run: dry } }, body: file as never, bodySerializer: (b: unknown) => b as Blob,
    headers: { ...headers, 'Content-Type': 'application/octet-stream' },
  } as never)) as Promise<WordReport>
}
