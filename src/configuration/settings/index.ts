/** Each setting of a project, declared once: what it must be, what holds where nobody says it, and what its page says of it. */
import { isFetchUrl } from '../../kernel/names.ts'
import { Dict } from '../../salt/python/dict.ts'
import type { Value } from '../../salt/python/value.ts'
import { isEditable, type ModeName } from '../platform.ts'
import {
  choice,
  type Declaration,
  declared,
  flag,
  isAccountName,
  isBelow,
  isBoolean,
  isHostText,
  isInstallerName,
  isListOfMappings,
  isMappingOf,
  isMappingOfCounts,
  isMappingOfMappings,
  isMappingOfScalars,
  isTexts,
  mapping,
  orNull,
  takesMoreUnless,
  text,
  when,
  whole,
} from './declaration.ts'

const isUrl = (value: Value): boolean => typeof value === 'string' && isFetchUrl(value)

const isShortName = (value: string): boolean => /^[A-Za-z][\w-]{0,62}$/.test(value)

/** One by its path may be anybody's. */
const installersTake = takesMoreUnless(isInstallerName, 'administrator')

const knownApiVersions: readonly number[] = [2]

/** In the order of their page. */
export const settings = {
  installer: declared(
    text(value => value !== '', 'a name or a path'),
    {
      default: 'auto',
      takes: installersTake,
      says: 'which [installer](installers.md); `auto` asks each pushed tree',
    },
  ),
  default_env: declared(text(isShortName, 'a short name'), {
    default: 'dev',
    takes: takesMoreUnless(value => isShortName(value) && !isEditable(value), 'administrator'),
    says: 'the platform; the mode follows from it (prod: final; staging, qa, test, preprod: cooking; dev: editable) unless it is set',
  }),
  mode: declared(choice<ModeName | null>(['editable', 'cooking', 'final'], null), {
    default: null,
    shown: 'by the platform',
    takes: takesMoreUnless(value => value === 'cooking' || value === 'final', 'administrator'),
    says: 'the column of `corpus modes` that runs. With neither a mode nor a platform it is cooking; a platform of another name needs a mode beside it',
  }),
  deploy_branch: declared(
    when(value => isTexts(value) && (!Array.isArray(value) || value.length > 0), 'a branch or a list of them'),
    {
      default: ['master', 'main'],
      list: 'whole',
      isOfRoot: true,
      takes: 'push-pillar',
      says: 'pushes to which branches deploy',
    },
  ),
  user: declared(when<string>(isAccountName, 'the name of an account'), {
    default: '{name}-user',
    isOfRoot: true,
    takes: 'administrator',
    says: 'the account of builds and processes, as root; `{name}-<digest>-user` where another root or a person has that, or where it is too long. Root, accounts of the system and those of other projects are refused',
  }),
  group: declared(when<string>(isAccountName, 'the name of a group'), {
    default: '{name}-grp',
    isOfRoot: true,
    takes: 'administrator',
    says: 'the group of that account',
  }),
  developer: declared(when(orNull(isAccountName), 'the name of an account'), {
    otherwise: null,
    shown: '`{name}-dev`',
    isOfRoot: true,
    takes: 'administrator',
    says: 'in editable mode, as root: the account whose the tree is, and with whose rights git and state files run there. Counts only as a setting of root’s (`corpus config set`)',
  }),
  shared_account: declared(flag(), {
    otherwise: false,
    isOfRoot: true,
    takes: 'administrator',
    says: 'true: this project’s `user`, an account that was made by hand, may be another project’s as well, and nothing stands between the two. Each of both has to say it, as a setting of root’s (`corpus config set`)',
  }),
  states_as: declared(choice<'root' | 'developer' | null>(['root', 'developer'], null), {
    otherwise: null,
    shown: '`developer`',
    isOfRoot: true,
    takes: 'administrator',
    says: '`root` lets the state files of an editable tree run as root. Whoever writes to the tree is root then, so only root can set it (`corpus config set`): a pillar, a sample or a push cannot',
  }),
  keep_archives: declared(whole(0, 10_000), { default: 3, takes: 'configure', says: 'how many earlier releases stay' }),
  release_artifacts_urls: declared(when(isTexts, 'a URL or a list of URLs'), {
    default: [],
    list: 'whole',
    takes: 'administrator',
    says: 'where final mode fetches the release from: `file: http: https: rsync: ssh:`, each with `#sha256=…`; [what a digest is for](#release-archives)',
  }),
  artifacts_without_digest: declared(flag(), {
    default: false,
    isOfRoot: true,
    takes: 'administrator',
    says: 'fetches from `http:` and `rsync:` without a digest, too',
  }),
  downtime: declared(flag(), {
    default: false,
    takes: 'configure',
    says: 'stop the old processes before anything else',
  }),
  engine: declared(choice<'corpus' | 'salt' | null>(['corpus', 'salt'], null), {
    otherwise: null,
    shown: '`corpus`',
    takes: 'administrator',
    says: '`salt` runs state files through an installed `salt-call` ([what then differs](states.md#an-engine-that-is-there-already))',
  }),
  command_timeout_seconds: declared(whole(1, 86_400), {
    otherwise: 3600,
    takes: 'configure',
    says: 'how long one command of a state file may take',
  }),
  template_timeout_seconds: declared(whole(1, 86_400), {
    otherwise: 60,
    takes: 'configure',
    says: 'how long one template may take',
  }),
  build: declared(mapping('a mapping of nice, cpu, memory and time'), {
    otherwise: null,
    shown: '`nice: 10`, `time: 1h`',
    takes: 'configure',
    says: '[limits of builds](#limits-of-builds): `nice cpu memory processes output time`',
  }),
  environment: declared(
    when<Dict | null>(orNull(isMappingOfScalars), 'a mapping of names to texts, numbers or truth values'),
    { otherwise: null, takes: 'configure', says: '[variables](#environment) of builds and processes' },
  ),
  processes: declared(mapping('a mapping of process names to commands'), {
    otherwise: null,
    takes: 'configure',
    says: 'name to command, where there is no Procfile',
  }),
  services: declared(mapping('a mapping'), {
    otherwise: null,
    takes: 'configure',
    says: '[by process](#processes): `command environment count working_folder stop_grace memory cpu processes health health_timeout`',
  }),
  scale: declared(when<Dict | null>(orNull(isMappingOfCounts), 'a mapping of process names to whole numbers'), {
    otherwise: null,
    shown: '1 of each',
    takes: 'configure',
    says: 'how many of a process run; `corpus ps NAME scale web=3` saves it',
  }),
  drain_seconds: declared(whole(0, 86_400), {
    otherwise: 30,
    takes: 'configure',
    says: 'how long requests and WebSockets may stay on the old processes',
  }),
  drain: declared(choice<'behind' | 'wait' | null>(['behind', 'wait'], null), {
    otherwise: null,
    shown: '`behind`',
    takes: 'configure',
    says: '`wait`: a deployment ends only when the old processes have ended; else they end behind it, and the log tells of it',
  }),
  domains: declared(when(isTexts, 'a host name or a list of them'), {
    default: [],
    list: 'words',
    takes: takesMoreUnless(isHostText, 'administrator'),
    says: '[host names](#host-names)',
  }),
  ingress: declared(
    when<Dict | false | null>(
      orNull(value => value === false || value instanceof Dict),
      'a mapping, or false',
    ),
    { otherwise: null, takes: 'configure', says: '[how they are served](#host-names)' },
  ),
  path: declared(
    when<string | null>(
      orNull(value => typeof value === 'string' && isBelow(value)),
      'a folder below the repository',
    ),
    {
      otherwise: null,
      shown: 'the repository',
      takes: 'configure',
      says: '[the folder that is deployed](installers.md#a-folder-of-a-repository)',
    },
  ),
  shared_paths: declared(
    when(
      value => isTexts(value) && (Array.isArray(value) ? value : [value]).every(one => isBelow(String(one))),
      'a folder below the repository, or a list of them',
    ),
    { otherwise: [], list: 'whole', takes: 'configure', says: 'what that folder needs of the rest of the repository' },
  ),
  assets: declared(
    when(
      orNull(value => value === false || isTexts(value)),
      'an installer or a list of them, or false',
    ),
    {
      otherwise: null,
      list: 'whole',
      shown: 'by the tree',
      takes: value => (value === false || value === null ? 'configure' : installersTake(value)),
      says: '[installers that build assets](installers.md#several-languages) beside the one that runs; false: none',
    },
  ),
  procfile: declared(when<boolean | null>(orNull(isBoolean), 'true or false'), {
    otherwise: null,
    shown: 'the installer’s',
    takes: 'configure',
    says: 'whether the Procfile is run',
  }),
  search_path: declared(when(isTexts, 'a list of folders'), {
    otherwise: [],
    takes: 'configure',
    says: 'folders that come first on the PATH of builds and processes, absolute or below the tree',
  }),
  min_free_megabytes: declared(whole(0, 1_000_000_000), {
    otherwise: 64,
    takes: 'administrator',
    says: 'with less room on the disk nothing is deployed',
  }),
  tree: declared(choice<'linked' | 'copied' | null>(['linked', 'copied'], null), {
    otherwise: null,
    shown: 'by what runs',
    takes: 'administrator',
    says: '`linked` or `copied`: [how a new tree is made](switching.md#a-new-tree-costs-what-changed)',
  }),
  submodules_as: declared(choice<'account' | 'root'>(['account', 'root']), {
    otherwise: 'account',
    isOfRoot: true,
    takes: 'administrator',
    says: '`root`: submodules are fetched by root, with root’s keys. [Only a saved setting counts](security.md#submodules), never a pillar or a push',
  }),
  schedule: declared(mapping('a mapping'), {
    otherwise: null,
    takes: 'configure',
    says: '[jobs by the clock](#jobs-by-the-clock)',
  }),
  notifications: declared(mapping('a mapping of means'), {
    otherwise: null,
    takes: value => (isMappingOf(value, ['on', 'mail', 'webhook', 'slack']) ? 'configure' : 'administrator'),
    says: '[who is told](#notifications-disk-figures)',
  }),
  data_archives: declared(
    when(
      orNull(value => value instanceof Dict || isTexts(value)),
      'a mapping or a list of paths',
    ),
    { otherwise: null, takes: 'administrator', says: '[data that is kept with each release](#data-and-backups)' },
  ),
  protected: declared(flag(), {
    otherwise: false,
    isOfRoot: true,
    takes: 'administrator',
    says: 'a deployment waits until a second user [approves it](teams.md#before-a-deployment)',
  }),
  freeze: declared(when(orNull(isListOfMappings), 'a list of mappings'), {
    otherwise: null,
    isOfRoot: true,
    takes: 'administrator',
    says: '[when nothing is deployed](teams.md#before-a-deployment)',
  }),
  required_checks: declared(when(orNull(isListOfMappings), 'a list of mappings'), {
    otherwise: null,
    isOfRoot: true,
    takes: 'administrator',
    says: '[what must answer well before a deployment begins](teams.md#before-a-deployment)',
  }),
  backup: declared(mapping('a mapping'), {
    otherwise: null,
    isOfRoot: true,
    takes: 'administrator',
    says: '[where copies go](#data-and-backups)',
  }),
  full: declared(flag(), {
    default: true,
    takes: 'push-pillar',
    says: 'false: `corpus states apply` runs `.salt/standalone.sls`',
  }),
  origin: declared(when<string | null>(orNull(isUrl), 'a URL'), {
    default: null,
    takes: 'administrator',
    says: 'where the project comes from; `corpus init` sets it',
  }),
  pillar_origin: declared(when<string | null>(orNull(isUrl), 'a URL'), {
    default: null,
    takes: 'administrator',
    says: 'where the pillar comes from; `corpus init` sets it',
  }),
  api_version: declared(
    when<number>(
      value => knownApiVersions.some(known => String(known) === String(value)),
      `one of ${knownApiVersions.join(', ')}`,
    ),
    { default: 2, takes: 'configure', says: 'which version of the procedures runs: there is this one' },
  ),
  data: declared(
    when<Dict>(value => value instanceof Dict, 'a mapping'),
    { default: () => new Dict(), shown: 'none', takes: 'push-pillar', says: 'the project’s own settings' },
  ),
  env_defaults: declared(when<Dict>(isMappingOfMappings, 'a mapping of platforms to mappings'), {
    default: () => new Dict(),
    shown: 'none',
    takes: 'administrator',
    says: 'settings of one platform: the fifth layer above',
  }),
  os_defaults: declared(when<Dict>(isMappingOfMappings, 'a mapping of system families to mappings'), {
    default: () => new Dict(),
    shown: 'none',
    takes: 'administrator',
    says: 'settings of one family of systems: the sixth layer above',
  }),
}

export type SettingName = keyof typeof settings
type ValueOf<K extends SettingName> = (typeof settings)[K] extends Declaration<infer T> ? T : never

/** A setting out of a configuration that was validated, with what counts where nobody says it. */
export function settingOf<K extends SettingName>(cfg: Dict, key: K): ValueOf<K> {
  const value = cfg.get(key)
  return (value === undefined || value === null ? settings[key].otherwise : value) as ValueOf<K>
}

export const isSettingName = (key: Value): key is SettingName => typeof key === 'string' && Object.hasOwn(settings, key)

export const settingNames = Object.keys(settings) as readonly SettingName[]

/** A table of the page: a row a setting. */
export function settingsText(): string {
  const rows = Object.entries(settings).map(([key, { shown, says }]) => `| \`${key}\` | ${shown} | ${says} |\n`)
  return `| key | default | what it decides |\n|---|---|---|\n${rows.join('')}`
}

const takers = {
  configure: 'what is the application’s own',
  'push-pillar': 'what state files read, or which of them root runs',
  administrator: 'what names accounts, programs or places of the machine, and what nobody has declared',
} as const

/** A table of the page of the wall: a row a right. What follows from the value stands in the row of the harmless ones, with a star. */
export function takesText(): string {
  const rows = Object.entries(takers).map(([right, what]) => {
    const names = settingNames.filter(
      name => (typeof settings[name].takes === 'string' ? settings[name].takes : 'configure') === right,
    )
    const shown = names.map(name => `\`${name}\`${typeof settings[name].takes === 'string' ? '' : '*'}`)
    return `| ${right === 'administrator' ? 'an administrator' : `\`${right}\``} | ${what} | ${shown.join(' ')} |\n`
  })
  return `| takes | for | settings |\n|---|---|---|\n${rows.join('')}`
}
