// Where words stand in the pages of a document.

/** A place where what is looked for was found: on which page, from which text item to which. */
export interface Hit { page: number; from: number; to: number }

/** The places of words in a page's pieces of text, as a person reads them: without regard to case and spaces. */
export function hits(page: number, pieces: string[], words: string): Hit[] {
  const wanted = plain(words)
  if (!wanted) return []
  let whole = ''
  const begins: number[] = []
  for (const p of pieces) {
    begins.push(whole.length)
    whole += plain(p)
  }
  const found: Hit[] = []
  for (let at = whole.indexOf(wanted); at >= 0 && found.length < 500; at = whole.indexOf(wanted, at + wanted.length)) {
    found.push({ page, from: pieceAt(begins, at), to: pieceAt(begins, at + wanted.length - 1) })
  }
  return found
}

function pieceAt(begins: number[], at: number): number {
  let i = begins.length - 1
  while (i > 0 && (begins[i] ?? 0) > at) i--
  return i
}

function plain(s: string): string {
  return s.normalize('NFKC').toLowerCase().replace(/\s+/g, '')
}
