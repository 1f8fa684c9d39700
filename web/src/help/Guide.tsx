import { useSuspenseQuery } from '@tanstack/react-query'
import { marked, type Token, type Tokens } from 'marked'
import { Fragment, type MouseEvent, type ReactNode, useEffect, useRef } from 'react'
import { currentLocale } from '@/i18n'
import { guide } from './load'
import { head } from './outline'
import { type HelpPage, type HelpRef, isGuide, parts } from './pages'
import './help.css'

interface Props {
  page: HelpPage
  /** The heading to stand at. */
  at?: string
  /** The address of the guides at this door; none where nobody is signed in. */
  root: string
  /** Opens what a link of the text points to. */
  open: (ref: HelpRef) => void
  /** Whether the title is shown by what is around. */
  untitled?: boolean
}

/** One guide. Its Markdown becomes elements one by one, so that HTML in it is nothing but text. */
export default function Guide({ page, at, root, open, untitled }: Props) {
  const locale = currentLocale()
  const { data } = useSuspenseQuery({ queryKey: ['guide', locale, page], queryFn: () => guide(locale, page), staleTime: Infinity, networkMode: 'always' })
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const place = at && box.current?.querySelector<HTMLElement>(`#${CSS.escape(at)}`)
    if (!place) return
    place.scrollIntoView({ block: 'start' })
    place.focus({ preventScroll: true })
  }, [at, page])
  const blocks = marked.lexer(data).filter((x) => !(untitled && x.type === 'heading' && (x as Tokens.Heading).depth === 1))
  return <div ref={box} className="rich guide">{blocks.map((x, i) => <Block key={i} token={x} to={{ root, open }} />)}</div>
}

interface To { root: string; open: (ref: HelpRef) => void }

function Block({ token, to }: { token: Token; to: To }): ReactNode {
  switch (token.type) {
    case 'heading': return <Heading token={token as Tokens.Heading} to={to} />
    case 'paragraph': return <p><Inline tokens={token.tokens} to={to} /></p>
    case 'text': return <Inline tokens={token.tokens ?? [token]} to={to} />
    case 'blockquote': return <blockquote>{token.tokens?.map((x, i) => <Block key={i} token={x} to={to} />)}</blockquote>
    case 'list': {
      const list = token as Tokens.List
      const items = list.items.map((item, i) => <li key={i}>{item.tokens.map((x, j) => <Block key={j} token={x} to={to} />)}</li>)
      return list.ordered ? <ol>{items}</ol> : <ul>{items}</ul>
    }
    case 'table': return <TableOf token={token as Tokens.Table} to={to} />
    case 'space': return null
    default: return token.raw
  }
}

function Heading({ token, to }: { token: Tokens.Heading; to: To }) {
  if (token.depth === 1) return <h2 className="guide-title"><Inline tokens={token.tokens} to={to} /></h2>
  const { text, at } = head(token.text)
  return token.depth === 2 ? <h3 id={at} tabIndex={-1}>{text}</h3> : <h4>{text}</h4>
}

function TableOf({ token, to }: { token: Tokens.Table; to: To }) {
  return (
    <div className="tableWrapper" tabIndex={0} role="group">
      <table>
        <thead><tr>{token.header.map((c, i) => <th key={i} scope="col"><Inline tokens={c.tokens} to={to} /></th>)}</tr></thead>
        <tbody>{token.rows.map((r, i) => <tr key={i}>{r.map((c, j) => <td key={j}><Inline tokens={c.tokens} to={to} /></td>)}</tr>)}</tbody>
      </table>
    </div>
  )
}

function Inline({ tokens = [], to }: { tokens?: Token[]; to: To }) {
  return tokens.map((x, i) => <Fragment key={i}>{inline(x, to)}</Fragment>)
}

function inline(token: Token, to: To): ReactNode {
  switch (token.type) {
    case 'strong': return <strong><Inline tokens={token.tokens} to={to} /></strong>
    case 'em': return <em><Inline tokens={token.tokens} to={to} /></em>
    case 'codespan': return <kbd>{(token as Tokens.Codespan).text}</kbd>
    case 'br': return <br />
    case 'link': return <Jump token={token as Tokens.Link} to={to} />
    case 'escape': return plain((token as Tokens.Escape).text)
    case 'text': return token.tokens ? <Inline tokens={token.tokens} to={to} /> : plain((token as Tokens.Text).text)
    default: return token.raw
  }
}

// The lexer has put the five signs of HTML in writing; React does that itself.
function plain(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, n: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" })[n] ?? '')
}

function Jump({ token, to }: { token: Tokens.Link; to: To }) {
  const { page, at } = parts(token.href)
  if (!isGuide(page)) return <Inline tokens={token.tokens} to={to} />
  const go = (e: MouseEvent) => {
    if (e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return
    e.preventDefault()
    to.open(token.href as HelpRef)
  }
  return <a href={`${to.root}/${page}${at ? `#${at}` : ''}`} onClick={go}><Inline tokens={token.tokens} to={to} /></a>
}
