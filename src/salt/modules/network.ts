/** network.*: addresses of this machine. */
import * as net from 'node:os'
import { type Arguments, defineFunction, type FunctionCall, type FunctionTable } from '../definition/define.ts'
import { textOf } from '../definition/values.ts'
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'

const filters: Arguments = {
  interface: { does: 'Only those of one interface.', type: 'text' },
  include_loopback: { does: 'Those of the loopback too.', type: 'boolean', default: false },
  cidr: { does: 'Only those inside a network: 10.0.0.0/8.', type: 'text' },
}
const v4 = addressFunction('IPv4')
const v6 = addressFunction('IPv6')

export const functions: FunctionTable = {
  ip_addrs: v4,
  ipaddrs: v4,
  ip_addrs6: v6,
  ipaddrs6: v6,
  interfaces: defineFunction({
    does: 'All interfaces with their addresses.',
    acts: false,
    arguments: {},
    call: interfaces,
  }),
  get_hostname: defineFunction({
    does: 'The name of this machine.',
    acts: false,
    arguments: {},
    call: () => net.hostname(),
  }),
  get_fqdn: defineFunction({
    does: 'The long name of this machine.',
    acts: false,
    arguments: {},
    call: ({ tools }) => tools.grains.get('fqdn') ?? '',
  }),
  hw_addr: defineFunction({
    does: 'The hardware address of an interface.',
    acts: false,
    arguments: { iface: { does: 'Its name.', type: 'text', required: true } },
    call: ({ args }) => net.networkInterfaces()[args.text('iface')]?.[0]?.mac ?? '',
  }),
  in_subnet: defineFunction({
    does: 'Whether this machine has an address inside a network.',
    acts: false,
    arguments: { cidr: { does: 'The network.', type: 'text', required: true } },
    call: ({ args }) => addresses('IPv4').some(({ address }) => inside(address, args.text('cidr'))),
  }),
}

function addressFunction(family: 'IPv4' | 'IPv6') {
  return defineFunction({
    does: `The ${family} addresses of this machine, sorted.`,
    acts: false,
    arguments: filters,
    otherArguments: 'Accepted and ignored.',
    call: ({ args }: FunctionCall): Value => {
      const only = args.textOrNone('interface')
      const cidr = args.textOrNone('cidr')
      const found = addresses(family)
        .filter(({ name, internal }) => (only ? name === only : true) && (args.flag('include_loopback') || !internal))
        .map(({ address }) => address)
        .filter(address => (cidr ? inside(address, cidr) : true))
      return [...new Set(found)].sort()
    },
  })
}

function addresses(family: string) {
  return Object.entries(net.networkInterfaces()).flatMap(([name, list]) =>
    (list ?? []).filter(entry => entry.family === family).map(entry => ({ name, ...entry })),
  )
}

function interfaces(): Value {
  return Dict.of(
    Object.entries(net.networkInterfaces()).map(([name, list]) => {
      const inet = (list ?? [])
        .filter(({ family }) => family === 'IPv4')
        .map(({ address, netmask }) => Dict.of({ address, netmask, label: name }))
      return [name, Dict.of({ up: true, hwaddr: list?.[0]?.mac ?? '', inet })] as const
    }),
  )
}

function inside(address: string, cidr: string): boolean {
  const [network = '', bits = '32'] = cidr.split('/')
  const number = (text: string) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const size = 2 ** (32 - Number(bits))
  return Math.floor(number(address) / size) === Math.floor(number(textOf(network)) / size)
}
