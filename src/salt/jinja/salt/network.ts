/** Salt's filters over addresses and networks. */
import { PyError } from '../../python/error.ts'
import { integer } from '../../python/integer.ts'
import { listOf } from '../../python/iterate.ts'
import { str } from '../../python/repr.ts'
import type { Value } from '../../python/value.ts'
import { asText } from '../as-text.ts'
import { defineFilter } from '../define.ts'
import { isUndefined } from '../undefined.ts'
import { type Address, addressText, isOfKind, networkOf, readAddress } from './address.ts'

type Versions = readonly (4 | 6)[]
const takes = { options: null }

export const networkFilters = [
  defineFilter({
    name: 'is_ip',
    does: 'Whether it is an IP address.',
    takes,
    run: (value, _, options) => isAddress(value, [4, 6], options),
  }),
  defineFilter({
    name: 'is_ipv4',
    does: 'Whether it is an IPv4 address.',
    takes,
    run: (value, _, options) => isAddress(value, [4], options),
  }),
  defineFilter({
    name: 'is_ipv6',
    does: 'Whether it is an IPv6 address.',
    takes,
    run: (value, _, options) => isAddress(value, [6], options),
  }),
  defineFilter({
    name: 'ipaddr',
    does: 'The address, or those of a list that are addresses; options such as private or loopback choose.',
    takes,
    run: (value, _, options) => chosen(value, [4, 6], options),
  }),
  defineFilter({
    name: 'ipv4',
    does: 'The IPv4 address, or those of a list; options such as private or loopback choose.',
    takes,
    run: (value, _, options) => chosen(value, [4], options),
  }),
  defineFilter({
    name: 'ipv6',
    does: 'The IPv6 address, or those of a list; options such as private or loopback choose.',
    takes,
    run: (value, _, options) => chosen(value, [6], options),
  }),
  defineFilter({
    name: 'ipwrap',
    does: 'IPv6 addresses in square brackets.',
    run: value => each(value, text => (readAddress(text)?.version === 6 ? `[${text}]` : text)),
  }),
  defineFilter({
    name: 'network_hosts',
    does: 'The addresses that hosts of a network can have.',
    takes: { options: null, version: null },
    run: value => each(value, hosts),
  }),
  defineFilter({
    name: 'network_size',
    does: 'How many addresses a network has.',
    takes: { options: null, version: null },
    run: value =>
      each(value, text => {
        const { first, last } = networkOf(required(text))
        return integer(last - first + 1n)
      }),
  }),
  defineFilter({
    name: 'ip_host',
    does: 'The address of an interface with the length of its network: 10.0.0.1/24.',
    takes: { options: null, version: null },
    run: value =>
      each(value, text => {
        const address = readAddress(text)
        return address
          ? addressText({ ...address, prefix: address.prefix ?? (address.version === 4 ? 32 : 128) })
          : null
      }),
  }),
  defineFilter({
    name: 'gen_mac',
    does: 'A random hardware address that begins with that prefix.',
    run: value => {
      const bytes = Array.from({ length: 3 }, () => Math.floor(Math.random() * 256))
      return [str(value), ...bytes.map(byte => byte.toString(16).toUpperCase().padStart(2, '0'))].join(':')
    },
  }),
  defineFilter({
    name: 'mac_str_to_bytes',
    does: 'A hardware address as bytes.',
    run: value => {
      const digits = str(value).replace(/[:-]/g, '')
      if (!/^[\da-fA-F]{12}$/.test(digits)) throw new PyError('ValueError', 'Invalid MAC address')
      return new Uint8Array(Buffer.from(digits, 'hex'))
    },
  }),
]

/** The address as text where it is one of these versions and of every kind asked for. */
function accepted(value: Value, versions: Versions, options: Value): string | undefined {
  if (isUndefined(value)) value.fail()
  const address = asText(value) === undefined ? undefined : readAddress(str(value))
  if (!address || !versions.includes(address.version)) return undefined
  const kinds =
    options === null
      ? []
      : str(options)
          .split(',')
          .map(kind => kind.trim())
  return kinds.every(kind => isOfKind(address, kind) ?? true) ? addressText(address) : undefined
}

function isAddress(value: Value, versions: Versions, options: Value): boolean {
  return accepted(value, versions, options) !== undefined
}

function chosen(value: Value, versions: Versions, options: Value): Value {
  if (asText(value) !== undefined || isUndefined(value)) return accepted(value, versions, options) ?? null
  const items = listOf(value)
  return versions.flatMap(version => items.flatMap(item => accepted(item, [version], options) ?? []))
}

function each(value: Value, work: (text: string) => Value): Value {
  return asText(value) === undefined ? listOf(value).map(item => work(str(item))) : work(str(value))
}

function required(text: string): Address {
  const address = readAddress(text)
  if (!address) throw new PyError('ValueError', `'${text}' does not appear to be an IPv4 or IPv6 network`)
  return address
}

const MOST_HOSTS = 65_536n

function hosts(text: string): Value {
  const address = required(text)
  const { first, last } = networkOf(address)
  if (last - first > MOST_HOSTS) throw new PyError('ValueError', `${text} has more hosts than a template may list`)
  const small = last - first < 2n
  const from = small ? first : first + 1n
  const to = small || address.version === 6 ? last : last - 1n
  const found: Value[] = []
  for (let value = from; value <= to; value++)
    found.push(addressText({ version: address.version, value, prefix: null }))
  return found
}
