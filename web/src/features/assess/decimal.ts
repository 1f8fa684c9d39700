// Exact sums of points written as text: points are never floats.

// A line may have sixteen places, and one that multiplies it twenty: what is cut
// off before the sum could move its second place.
const SCALE = 24
const CENT = 10n ** BigInt(SCALE - 2)

/** The number in its smallest parts. An unreadable number counts as nothing. */
export function parse(text: string): bigint {
  const m = /^([+-]?)(\d+)(?:\.(\d*))?$/.exec(text.trim())
  if (!m) return 0n
  const n = BigInt((m[2] ?? '0') + (m[3] ?? '').slice(0, SCALE).padEnd(SCALE, '0'))
  return m[1] === '-' ? -n : n
}

/** The number as text, without trailing zeros. */
export function format(n: bigint): string {
  const digits = (n < 0n ? -n : n).toString().padStart(SCALE + 1, '0')
  const fraction = digits.slice(-SCALE).replace(/0+$/, '')
  return `${n < 0n ? '-' : ''}${digits.slice(0, -SCALE)}${fraction && `.${fraction}`}`
}

/** The number to two places, as totals are; for reading, not for adding up. */
export function rounded(text: string): string {
  const n = parse(text)
  const half = (n < 0n ? -CENT : CENT) / 2n
  return format(((n + half) / CENT) * CENT)
}

/** For drawing only. */
export function toNumber(n: bigint): number { return Number(format(n)) }
