/** Facts of the machine that stand in files: name servers, routes, the firmware's names. */
import { readFileSync } from '../system/files.ts'

export function groupNameOf(gid: number): string {
  const line = read('/etc/group')
    .split('\n')
    .find(one => one.split(':')[2] === String(gid))
  return line?.split(':')[0] ?? String(gid)
}

export function localeOf(): Record<string, string> {
  const [language = 'unknown', encoding = 'unknown'] = (process.env['LC_ALL'] || process.env['LANG'] || '').split('.')
  // The zone's name is in the tables of languages, which are slow to load.
  const timezone = new Date().getTimezoneOffset() === 0 ? 'UTC' : 'unknown'
  return { defaultlanguage: language || 'unknown', defaultencoding: encoding, detectedencoding: 'utf-8', timezone }
}

export function nameServers(): Record<string, unknown> {
  const lines = read('/etc/resolv.conf')
    .split('\n')
    .map(line => line.trim().split(/\s+/))
  const words = (name: string) => lines.filter(([first]) => first === name).flatMap(([, ...rest]) => rest)
  const servers = words('nameserver')
  return {
    nameservers: servers,
    ip4_nameservers: servers.filter(server => !server.includes(':')),
    ip6_nameservers: servers.filter(server => server.includes(':')),
    sortlist: words('sortlist'),
    domain: words('domain')[0] ?? '',
    search: words('search'),
    options: words('options'),
  }
}

/** What the firmware says of the machine, where it says something. */
export function firmware(): Record<string, string> {
  const files = {
    biosversion: 'bios_version',
    manufacturer: 'sys_vendor',
    productname: 'product_name',
  }
  const told = Object.entries(files).map(([grain, file]) => [grain, read(`/sys/class/dmi/id/${file}`).trim()] as const)
  return Object.fromEntries(told.filter(([, text]) => text !== ''))
}

/** Whether there is a default route; the address of IPv4's. */
export function gateways(): Record<string, unknown> {
  const routes = (path: string) =>
    read(path)
      .split('\n')
      .map(line => line.trim().split(/\s+/))
  const four = routes('/proc/net/route').find(([, to, gateway]) => to === '00000000' && gateway !== '00000000')
  const six = routes('/proc/net/ipv6_route').some(
    ([to, length, , , by]) => /^0+$/.test(to ?? 'x') && length === '00' && !/^0*$/.test(by ?? ''),
  )
  const bytes = four?.[2]
    ?.match(/../g)
    ?.reverse()
    .map(hex => Number.parseInt(hex, 16))
  return { ip_gw: Boolean(four) || six, ip4_gw: bytes ? bytes.join('.') : false, ip6_gw: six }
}

/** The text of a file; '' where it cannot be read. */
export function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
