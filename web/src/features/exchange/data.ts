import { useQuery } from '@tanstack/react-query'
import { client, ok } from '@/api/client'

export function useJournals() {
  return useQuery({ queryKey: ['journals'], queryFn: ({ signal }) => ok(client.GET('/exchange/journals', { signal })) })
}
