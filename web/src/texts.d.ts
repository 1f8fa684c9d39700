declare module '*.json?desk' {
  const texts: Record<string, string>
  export default texts
}
declare module '*.json?rest' {
  const texts: Record<string, string>
  export default texts
}
declare module 'virtual:guides/*' {
  import type { Outline } from '@/help/outline'
  const guides: Outline[]
  export default guides
}
declare module 'virtual:pdf-assets' {
  const at: string
  export default at
}
