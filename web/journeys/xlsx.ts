// Just enough of a workbook to read its first sheet.
import { inflateRawSync } from 'node:zlib'

/** The cells of the first sheet as text, row by row. */
export function firstSheet(file: Buffer): string[][] {
  const parts = unzip(file)
  const shared = [...(parts.get('xl/sharedStrings.xml') ?? '').matchAll(/<si>(.*?)<\/si>/gs)].map((m) => texts(m[1] ?? ''))
  const sheet = parts.get('xl/worksheets/sheet1.xml')
  if (sheet === undefined) throw new Error(`no sheet among ${[...parts.keys()].join(', ')}`)
  return [...sheet.matchAll(/<row[^>]*?(?:\/>|>(.*?)<\/row>)/gs)].map((row) => {
    const cells: string[] = []
    for (const [, attributes = '', content = ''] of (row[1] ?? '').matchAll(/<c\b([^>]*?)(?:\/>|>(.*?)<\/c>)/gs)) {
      const text = /<v>(.*?)<\/v>/s.exec(content)?.[1] ?? texts(content)
      cells[columnOf(attributes)] = /t="s"/.test(attributes) ? (shared[Number(text)] ?? '') : unescaped(text)
    }
    return Array.from(cells, (c) => c ?? '')
  })
}

function columnOf(attributes: string): number {
  const letters = /r="([A-Z]+)\d+"/.exec(attributes)?.[1] ?? 'A'
  return [...letters].reduce((n, c) => n * 26 + c.charCodeAt(0) - 64, 0) - 1
}

function texts(xml: string): string {
  return unescaped([...xml.matchAll(/<t[^>]*>(.*?)<\/t>/gs)].map((m) => m[1] ?? '').join(''))
}

function unescaped(s: string): string {
  return s.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&apos;', "'").replaceAll('&amp;', '&')
}

// The text of every file of a ZIP, found by way of its central directory.
function unzip(b: Buffer): Map<string, string> {
  const end = b.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
  if (end < 0) throw new Error('this is no ZIP file')
  const parts = new Map<string, string>()
  let at = b.readUInt32LE(end + 16)
  for (let n = b.readUInt16LE(end + 10); n > 0; n--) {
    const [method, packed, names, extra, comment, local] = [
      b.readUInt16LE(at + 10), b.readUInt32LE(at + 20), b.readUInt16LE(at + 28), b.readUInt16LE(at + 30), b.readUInt16LE(at + 32), b.readUInt32LE(at + 42),
    ]
    const name = b.toString('utf8', at + 46, at + 46 + names)
    const from = local + 30 + b.readUInt16LE(local + 26) + b.readUInt16LE(local + 28)
    const data = b.subarray(from, from + packed)
    parts.set(name, (method === 0 ? data : inflateRawSync(data)).toString('utf8'))
    at += 46 + names + extra + comment
  }
  return parts
}
