import { useRouter } from '@tanstack/react-router'
import type { MouseEvent, ReactNode } from 'react'
import { inside } from './inside'

/** A link to an address that the server wrote; it stays within the app. */
export function HrefLink({ href, className, children, onOpen }: { href: string; className?: string; children: ReactNode; onOpen?: () => void }) {
  const router = useRouter()
  const to = inside(href)
  const open = (e: MouseEvent) => {
    onOpen?.()
    if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return
    e.preventDefault()
    router.history.push(to)
  }
  return <a href={to} className={className} onClick={open}>{children}</a>
}
