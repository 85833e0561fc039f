/** IP addresses and networks as numbers, and what kind of address one is. */

export interface Address {
  readonly version: 4 | 6
  readonly value: bigint
  /** The length of the prefix, where the text had one. */
  readonly prefix: number | null
}

/** Reads an address, with or without a prefix; undefined where the text is none. */
export function readAddress(text: string): Address | undefined {
  const [, address = '', mask] = /^([^/]+)(?:\/(.+))?$/.exec(text.trim()) ?? []
  const four = readFour(address)
  const value = four ?? readSix(address)
  if (value === undefined) return undefined
  const version = four === undefined ? 6 : 4
  const prefix = mask === undefined ? null : readPrefix(mask, version)
  return prefix === undefined ? undefined : { version, value, prefix }
}

export function addressText({ version, value, prefix }: Address): string {
  const text = version === 4 ? fourText(value) : sixText(value)
  return prefix === null ? text : `${text}/${prefix}`
}

/** First and last address of the network around an address. */
export function networkOf({ version, value, prefix }: Address): { first: bigint; last: bigint } {
  const length = version === 4 ? 32 : 128
  const size = 1n << BigInt(length - (prefix ?? length))
  const first = value - (value % size)
  return { first, last: first + size - 1n }
}

const KINDS: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1'],
  'link-local': ['169.254.0.0/16', 'fe80::/10'],
  multicast: ['224.0.0.0/4', 'ff00::/8'],
  reserved: [
    '240.0.0.0/4',
    '::/8',
    '100::/8',
    '200::/7',
    '400::/6',
    '800::/5',
    '1000::/4',
    '4000::/3',
    '6000::/3',
    '8000::/3',
    'a000::/3',
    'c000::/3',
    'e000::/4',
    'f000::/5',
    'f800::/6',
    'fe00::/9',
  ],
  unspecified: ['0.0.0.0', '::'],
  'site-local': ['fec0::/10'],
  private: [
    '0.0.0.0/8',
    '10.0.0.0/8',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '172.16.0.0/12',
    '192.0.0.0/29',
    '192.0.0.170/31',
    '192.0.2.0/24',
    '192.168.0.0/16',
    '198.18.0.0/15',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '240.0.0.0/4',
    '255.255.255.255/32',
    '::1',
    '::',
    '::ffff:0:0/96',
    '100::/64',
    '2001::/23',
    '2001:2::/48',
    '2001:db8::/32',
    '2001:10::/28',
    'fc00::/7',
    'fe80::/10',
  ],
}

/** Whether an address is of a kind such as loopback, private or global; undefined for words that are not known. */
export function isOfKind(address: Address, kind: string): boolean | undefined {
  const name = kind === 'lo' ? 'loopback' : kind === 'public' ? 'global' : kind
  if (name === 'global') return !isOfKind(address, 'private') && !within(address, '100.64.0.0/10')
  return KINDS[name]?.some(network => within(address, network))
}

function within(address: Address, network: string): boolean {
  const around = readAddress(network)
  if (!around || around.version !== address.version) return false
  const { first, last } = networkOf(around)
  return address.value >= first && address.value <= last
}

function readFour(text: string): bigint | undefined {
  if (!/^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/.test(text)) return undefined
  const parts = text.split('.').map(Number)
  if (parts.some(part => part > 255)) return undefined
  return parts.reduce((value, part) => value * 256n + BigInt(part), 0n)
}

function readSix(text: string): bigint | undefined {
  const [body = ''] = text.split('%')
  const tail = /:(\d+\.\d+\.\d+\.\d+)$/.exec(body)?.[1]
  const four = tail === undefined ? undefined : readFour(tail)
  if (tail !== undefined && four === undefined) return undefined
  const plain =
    four === undefined
      ? body
      : body.replace(/[\d.]+$/, `${(four >> 16n).toString(16)}:${(four & 0xffffn).toString(16)}`)
  const halves = plain.split('::')
  if (halves.length > 2) return undefined
  const [head = [], end = []] = halves.map(half => (half === '' ? [] : half.split(':')))
  const missing = 8 - head.length - end.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const groups = [...head, ...Array.from({ length: halves.length === 2 ? missing : 0 }, () => '0'), ...end]
  if (!groups.every(group => /^[\da-fA-F]{1,4}$/.test(group))) return undefined
  return groups.reduce((value, group) => (value << 16n) + BigInt(`0x${group}`), 0n)
}

function readPrefix(mask: string, version: 4 | 6): number | undefined {
  const longest = version === 4 ? 32 : 128
  if (/^\d{1,3}$/.test(mask)) return Number(mask) <= longest ? Number(mask) : undefined
  const bits = version === 4 ? readFour(mask)?.toString(2).padStart(32, '0') : undefined
  return bits !== undefined && /^1*0*$/.test(bits) ? (bits.indexOf('0') === -1 ? 32 : bits.indexOf('0')) : undefined
}

function fourText(value: bigint): string {
  return [24n, 16n, 8n, 0n].map(shift => String((value >> shift) & 255n)).join('.')
}

/** The longest run of zero groups becomes "::". */
function sixText(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, at) => ((value >> BigInt(112 - at * 16)) & 0xffffn).toString(16)).join(
    ':',
  )
  const runs = groups.match(/\b0(?::0)+\b/g) ?? []
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '')
  if (!longest) return groups
  const at = groups.search(new RegExp(`(?<![\\da-f])${longest}(?![\\da-f])`))
  return `${groups.slice(0, at).replace(/:$/, '')}::${groups.slice(at + longest.length).replace(/^:/, '')}`
}
