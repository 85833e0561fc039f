/** What a platform means: which mode its projects are deployed in, and which family of systems this machine is of. */
import { readFileSync } from 'node:fs'
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import { meant } from '../kernel/nearest.ts'

export type ModeName = 'editable' | 'cooking' | 'final'

/** Somebody's own machine is editable; what tests production is cooking; prod is final. */
const platformModes: Readonly<Record<string, ModeName>> = {
  dev: 'editable',
  staging: 'cooking',
  qa: 'cooking',
  test: 'cooking',
  preprod: 'cooking',
  prod: 'final',
}

/** The mode of a project of which nobody said a mode or a platform: a push builds, and what was built is kept. */
export const modeOfNoPlatform: ModeName = 'cooking'

/** Throws PLATFORM_UNKNOWN: what nobody knows is not taken for somebody's own machine. */
export function modeOfPlatform(platform: string): ModeName {
  const mode = Object.hasOwn(platformModes, platform) ? platformModes[platform] : undefined
  if (mode === undefined)
    throw new CorpusError(
      'PLATFORM_UNKNOWN',
      `The platform ${shown(platform)} says no mode.${meant(platform, Object.keys(platformModes))}`,
    )
  return mode
}

/** Whether a platform of that name is somebody's own machine. */
export const isEditable = (platform: string): boolean =>
  Object.hasOwn(platformModes, platform) && platformModes[platform] === 'editable'

/** The names that state files know a system by, as Salt gives them. */
export interface System {
  /** `Debian`, `Ubuntu`, `Fedora`, … */
  readonly os: string
  /** `Debian`, `RedHat`, `Suse`, `Arch`, `Alpine`, `Gentoo`, or the same as `os`. */
  readonly osFamily: string
}

const names: Readonly<Record<string, string>> = {
  debian: 'Debian',
  ubuntu: 'Ubuntu',
  raspbian: 'Raspbian',
  linuxmint: 'Mint',
  devuan: 'Devuan',
  kali: 'Kali',
  fedora: 'Fedora',
  rhel: 'RedHat',
  centos: 'CentOS',
  rocky: 'Rocky',
  almalinux: 'AlmaLinux',
  amzn: 'Amazon',
  ol: 'OEL',
  opensuse: 'SUSE',
  'opensuse-leap': 'Leap',
  'opensuse-tumbleweed': 'Tumbleweed',
  sles: 'SLES',
  arch: 'Arch',
  manjaro: 'Manjaro',
  alpine: 'Alpine',
  gentoo: 'Gentoo',
}

const families: Readonly<Record<string, string>> = {
  debian: 'Debian',
  ubuntu: 'Debian',
  raspbian: 'Debian',
  linuxmint: 'Debian',
  fedora: 'RedHat',
  rhel: 'RedHat',
  centos: 'RedHat',
  amzn: 'RedHat',
  ol: 'RedHat',
  suse: 'Suse',
  opensuse: 'Suse',
  sles: 'Suse',
  arch: 'Arch',
  alpine: 'Alpine',
  gentoo: 'Gentoo',
}

/** Reads os-release text (see os-release(5)); an empty text is an unknown Linux. */
export function systemOf(osRelease: string): System {
  const fields = new Map<string, string>()
  for (const line of osRelease.split('\n')) {
    const [, key, value] = /^\s*([A-Z_]+)=(.*?)\s*$/.exec(line) ?? []
    if (key !== undefined && value !== undefined) fields.set(key, value.replace(/^(["'])(.*)\1$/, '$2'))
  }
  const id = fields.get('ID') ?? 'linux'
  const os = names[id] ?? fields.get('NAME')?.split(' ')[0] ?? 'Linux'
  const kin = [id, ...(fields.get('ID_LIKE') ?? '').split(/\s+/)]
  const family = kin.map(name => families[name]).find(name => name !== undefined)
  return { os, osFamily: family ?? os }
}

/** This machine's, read anew at each call: it is one small file. */
export function thisSystem(): System {
  for (const file of ['/etc/os-release', '/usr/lib/os-release']) {
    try {
      return systemOf(readFileSync(file, 'utf8'))
    } catch {
      // the next place
    }
  }
  return systemOf('')
}
