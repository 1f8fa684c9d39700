import { useQuery } from '@tanstack/react-query'
import { client, ok } from '@/api/client'
import { tOr } from '@/i18n'

/** The words for a permission; its code where nobody wrote any. */
export const permissionName = (code: string) => tOr(`permission.${code}`, code)

/** Everything that can be granted. */
export function usePermissions() {
  return useQuery({ queryKey: ['permissions'], staleTime: Infinity, queryFn: ({ signal }) => ok(client.GET('/org/permissions', { signal })) })
}
