import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { client, ok } from '@/api/client'
import { octets } from '@/api/octets'
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
    ...octets(file, headers), params: { query: { dry_run: dry } },
  } as never)) as Promise<WordReport>
}
