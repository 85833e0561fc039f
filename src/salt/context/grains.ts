/** The grains of this machine: facts that files tell without starting a process. */

import * as os from 'node:os'
import { ownName } from '../../shell/account.ts'
import { fromPlain } from '../definition/values.ts'
import type { Dict } from '../python/dict.ts'
import { Tuple } from '../python/tuple.ts'
import type { Value } from '../python/value.ts'
import { existsSync, readlinkSync } from '../system/files.ts'
import { firmware, gateways, groupNameOf, localeOf, nameServers, read } from './machine-facts.ts'

function machineGrains(): Dict {
  const release = osRelease()
  const name = nameOf(release)
  const version = release['VERSION_ID'] ?? ''
  const major = version.split('.')[0] ?? ''
  const host = os.hostname()
  const grains: Record<string, unknown> = {
    id: host,
    nodename: host,
    host: host.split('.')[0],
    localhost: host,
    fqdn: fullName(host),
    domain: fullName(host).split('.').slice(1).join('.'),
    os: name,
    os_family: families[name] ?? name,
    osfullname: release['NAME'] ?? name,
    osrelease: version,
    osmajorrelease: /^\d+$/.test(major) ? Number(major) : major,
    oscodename: release['VERSION_CODENAME'] ?? '',
    osfinger: `${shortNamed.has(name) ? name : (release['NAME'] ?? name)}-${name === 'Ubuntu' ? version : major}`,
    lsb_distrib_id: name,
    lsb_distrib_release: version,
    lsb_distrib_codename: release['VERSION_CODENAME'] ?? '',
    kernel: os.type(),
    kernelrelease: os.release(),
    kernelversion: os.version(),
    cpuarch: architectures[os.arch()]?.kernel ?? os.machine(),
    osarch: architectures[os.arch()]?.debian ?? os.arch(),
    num_cpus: os.cpus().length || 1,
    cpu_model: os.cpus()[0]?.model ?? '',
    mem_total: Math.floor(os.totalmem() / 1024 / 1024),
    shell: process.env['SHELL'] ?? '/bin/sh',
    path: process.env['PATH'] ?? '',
    systempath: (process.env['PATH'] ?? '').split(':'),
    ps: 'ps -efHww',
    cwd: process.cwd(),
    pid: process.pid,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    username: ownName(),
    init: initOf(),
    ...virtualOf(),
    machine_id: read('/etc/machine-id').trim(),
    saltversion: '3006.9',
    saltversioninfo: [3006, 9],
    saltpath: '',
    pythonversion: [3, 10, 0, 'final', 0],
    timezone: read('/etc/timezone').trim(),
    swap_total: Math.floor(Number(/^SwapTotal:\s*(\d+)/m.exec(read('/proc/meminfo'))?.[1] ?? 0) / 1024),
    groupname: groupNameOf(process.getgid?.() ?? 0),
    locale_info: localeOf(),
    dns: nameServers(),
    selinux: { enabled: existsSync('/sys/fs/selinux/enforce') },
    ...firmware(),
    ...addresses(),
  }
  const made = fromPlain(grains) as Dict
  made.set('osrelease_info', new Tuple(numbersOf(version)))
  return made
}

const families: Readonly<Record<string, string>> = {
  Debian: 'Debian',
  Ubuntu: 'Debian',
  Raspbian: 'Debian',
  Mint: 'Debian',
  CentOS: 'RedHat',
  'CentOS Stream': 'RedHat',
  Fedora: 'RedHat',
  RedHat: 'RedHat',
  Rocky: 'RedHat',
  AlmaLinux: 'RedHat',
  Arch: 'Arch',
  Alpine: 'Alpine',
  SUSE: 'Suse',
}

/** Of these the finger has the short name. */
const shortNamed: ReadonlySet<string> = new Set(['Debian', 'Raspbian'])

const names: Readonly<Record<string, string>> = {
  debian: 'Debian',
  ubuntu: 'Ubuntu',
  raspbian: 'Raspbian',
  linuxmint: 'Mint',
  centos: 'CentOS',
  fedora: 'Fedora',
  rhel: 'RedHat',
  rocky: 'Rocky',
  almalinux: 'AlmaLinux',
  arch: 'Arch',
  alpine: 'Alpine',
  sles: 'SUSE',
  'opensuse-leap': 'SUSE',
}

const architectures: Readonly<Record<string, { kernel: string; debian: string }>> = {
  x64: { kernel: 'x86_64', debian: 'amd64' },
  arm64: { kernel: 'aarch64', debian: 'arm64' },
  ia32: { kernel: 'i686', debian: 'i386' },
  arm: { kernel: 'armv7l', debian: 'armhf' },
}

function nameOf(release: Readonly<Record<string, string>>): string {
  const id = release['ID'] ?? ''
  return names[id] ?? release['NAME'] ?? 'Linux'
}

function osRelease(): Record<string, string> {
  const text = read('/etc/os-release') || read('/usr/lib/os-release')
  const pairs = text.split('\n').flatMap(line => {
    const found = /^([A-Z_]+)=(.*)$/.exec(line)
    return found ? [[found[1] as string, (found[2] as string).replace(/^(["'])(.*)\1$/, '$2')] as const] : []
  })
  return Object.fromEntries(pairs)
}

/** The long name of /etc/hosts where the short one stands beside it. */
function fullName(host: string): string {
  if (host.includes('.')) return host
  for (const line of read('/etc/hosts').split('\n')) {
    const words = line.replace(/#.*/, '').split(/\s+/).slice(1)
    if (words.includes(host)) return words.find(word => word.startsWith(`${host}.`)) ?? host
  }
  return host
}

function initOf(): string {
  if (existsSync('/run/systemd/system')) return 'systemd'
  try {
    const program = readlinkSync('/proc/1/exe')
    if (program.includes('runit')) return 'runit'
    if (program.endsWith('/init')) return 'sysvinit'
  } catch {
    // not ours to read
  }
  return read('/proc/1/comm').trim() || 'unknown'
}

function numbersOf(version: string): Value[] {
  return version
    .split('.')
    .filter(Boolean)
    .map(part => (/^\d+$/.test(part) ? Number(part) : part))
}

function virtualOf(): { virtual: string; virtual_subtype?: string } {
  if (existsSync('/.dockerenv')) return { virtual: 'container', virtual_subtype: 'Docker' }
  if (existsSync('/run/.containerenv')) return { virtual: 'container' }
  return { virtual: machineKind() }
}

function machineKind(): string {
  const product = read('/sys/class/dmi/id/product_name')
  if (/kvm|qemu|standard pc/i.test(product)) return 'kvm'
  if (/vmware/i.test(product)) return 'VMware'
  return /virtualbox/i.test(product) ? 'VirtualBox' : 'physical'
}

function addresses(): Record<string, unknown> {
  const interfaces = Object.entries(os.networkInterfaces())
  const of = (family: string) =>
    Object.fromEntries(
      interfaces.map(([name, list]) => [
        name,
        (list ?? []).filter(entry => entry.family === family).map(entry => entry.address),
      ]),
    )
  const v4 = of('IPv4')
  const v6 = of('IPv6')
  return {
    ip4_interfaces: v4,
    ip6_interfaces: v6,
    ip_interfaces: Object.fromEntries(interfaces.map(([name]) => [name, [...(v4[name] ?? []), ...(v6[name] ?? [])]])),
    hwaddr_interfaces: Object.fromEntries(interfaces.map(([name, list]) => [name, list?.[0]?.mac ?? ''])),
    ipv4: [...new Set(Object.values(v4).flat())].sort(),
    ipv6: [...new Set(Object.values(v6).flat())].sort(),
    fqdn_ip4: [],
    fqdn_ip6: [],
    fqdns: [],
    ...gateways(),
  }
}

/** Real grains with the given ones laid over them. */
export function grainsWith(given: Dict | undefined): Dict {
  const grains = machineGrains()
  for (const [key, value] of given ?? []) grains.set(key, value as Value)
  if (given?.has('host') && !given.has('id')) grains.set('id', given.get('host') as Value)
  return grains
}
