/** Sizes and times as people write them in a configuration. */

const units = ' KMGT'

/** Bytes of 268435456, "256M", "256MB", "256MiB", "1.5G"; undefined where it is none of these. */
export function bytesOf(value: unknown): number | undefined {
  if (typeof value === 'number') return whole(value)
  const match = typeof value === 'string' ? /^\s*(\d+(?:\.\d+)?)\s*([KMGT])?(i?B)?\s*$/i.exec(value) : null
  return match ? whole(Number(match[1]) * 1024 ** units.indexOf((match[2] ?? ' ').toUpperCase())) : undefined
}

const perUnit = { ms: 0.001, s: 1, m: 60, h: 3600 } as const

/** Seconds of 30, "30", "30s", "500ms", "2m", "1h"; undefined where it is none of these. */
export function secondsOf(value: unknown): number | undefined {
  const match = typeof value === 'string' ? /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h)\s*$/.exec(value) : null
  return match ? Number(match[1]) * perUnit[match[2] as keyof typeof perUnit] : numberOf(value)
}

/** 1.5 or "1.5"; undefined where it is no finite number. */
export function numberOf(value: unknown): number | undefined {
  const read = typeof value === 'string' && /^\s*-?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value
  return typeof read === 'number' && Number.isFinite(read) ? read : undefined
}

const whole = (bytes: number): number | undefined => (Number.isFinite(bytes) ? Math.round(bytes) : undefined)
