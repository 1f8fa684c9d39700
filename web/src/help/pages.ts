// Which guides there are. Their text is in zh-CN/*.md and en/*.md.

/** The guides in the order in which they are listed, by who needs them. */
export const GUIDES = {
  daily: ['start', 'desktop', 'tasks', 'reading', 'search', 'writing', 'review', 'publishing', 'keyboard', 'lists'],
  exchange: ['reporting', 'inbox', 'soliciting', 'bulletins', 'pushing'],
  office: ['columns', 'health', 'inspection', 'words', 'calendar', 'outward'],
  support: ['trial'],
  people: ['members', 'roles', 'access', 'sign-in', 'audit', 'tenancy'],
  assess: ['targets', 'schemes', 'rounds', 'self-assessment', 'verdict', 'scores'],
  operator: ['console'],
} as const

export type GuideGroup = keyof typeof GUIDES
export type HelpPage = (typeof GUIDES)[GuideGroup][number]

/** A guide, or a place in one: `writing` or `writing#online`. */
export type HelpRef = HelpPage | `${HelpPage}#${string}`

/** A guide's name and the name of the place in it. */
export function parts(ref: string): { page: HelpPage; at?: string } {
  const [page = '', at] = ref.split('#')
  return at ? { page: page as HelpPage, at } : { page: page as HelpPage }
}

export function isGuide(page: string): page is HelpPage {
  return Object.values(GUIDES).some((g) => (g as readonly string[]).includes(page))
}

/** Where the guides are at the door one stands at. */
export function helpRoot(path: string): '/help' | '/assess/help' | '/console/help' {
  const door = /^\/(assess|console)(\/|$)/.exec(path)?.[1]
  return door === 'assess' ? '/assess/help' : door === 'console' ? '/console/help' : '/help'
}
