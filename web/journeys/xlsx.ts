// Just enough of a workbook to read its first sheet, and to make one.
import { crc32, inflateRawSync } from 'node:zlib'

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

/** A workbook of one sheet with these cells, all of them text. */
export function workbook(rows: string[][]): Buffer {
  const cell = (text: string) => `<c t="inlineStr"><is><t>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</t></is></c>`
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
  const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
  const relations = (to: string, target: string) => `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="${office}/${to}" Target="${target}"/></Relationships>`
  const kind = 'application/vnd.openxmlformats-officedocument.spreadsheetml'
  return zip({
    '[Content_Types].xml': `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="${kind}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${kind}.worksheet+xml"/></Types>`,
    '_rels/.rels': relations('officeDocument', 'xl/workbook.xml'),
    'xl/workbook.xml': `<workbook xmlns="${main}" xmlns:r="${office}"><sheets><sheet name="Sheet1" sheetId="1" r:id="r1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relations('worksheet', 'worksheets/sheet1.xml'),
    'xl/worksheets/sheet1.xml': `<worksheet xmlns="${main}"><sheetData>${rows.map((r) => `<row>${r.map(cell).join('')}</row>`).join('')}</sheetData></worksheet>`,
  })
}

// An archive of files that are stored as they are.
function zip(files: Record<string, string>): Buffer {
  const body: Buffer[] = [], directory: Buffer[] = []
  let at = 0
  for (const [name, text] of Object.entries(files)) {
    const data = Buffer.from(text), head = Buffer.alloc(26)
    head.writeUInt16LE(20, 0)
    head.writeUInt32LE(crc32(data), 10)
    head.writeUInt32LE(data.length, 14)
    head.writeUInt32LE(data.length, 18)
    head.writeUInt16LE(name.length, 22)
    const entry = Buffer.alloc(46)
    entry.write('PK\x01\x02\x14\x00', 'latin1')
    head.copy(entry, 6)
    entry.writeUInt32LE(at, 42)
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), head, Buffer.from(name), data])
    body.push(local)
    directory.push(entry, Buffer.from(name))
    at += local.length
  }
  const size = directory.reduce((n, b) => n + b.length, 0), count = Object.keys(files).length, end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(count, 8)
  end.writeUInt16LE(count, 10)
  end.writeUInt32LE(size, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...body, ...directory, end])
}
