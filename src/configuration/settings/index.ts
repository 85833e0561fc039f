/** Each setting of a project, declared once: what it must be, what holds where nobody says it, and what its page says of it. */
import { isFetchUrl } from '../../kernel/names.ts'
import { Dict } from '../../salt/python/dict.ts'
import type { Value } from '../../salt/python/value.ts'
import type { ModeName } from '../platform.ts'
import {
  choice,
  type Declaration,
  declared,
  flag,
  isAccountName,
  isBelow,
  isBoolean,
  isListOfMappings,
  isMappingOfCounts,
  isMappingOfMappings,
  isMappingOfScalars,
  isTexts,
  mapping,
  orNull,
  text,
  when,
  whole,
} from './declaration.ts'

const isUrl = (value: Value): boolean => typeof value === 'string' && isFetchUrl(value)

const knownApiVersions: readonly number[] = [2]

/** In the order of their page. */
export const settings = {
  installer: declared(
    text(value => value !== '', 'a name or a path'),
    {
      default: 'auto',
      says: 'which [installer](installers.md); `auto` asks each pushed tree',
    },
  ),
  default_env: declared(
    text(value => /^[A-Za-z][\w-]{0,62}$/.test(value), 'a short name'),
    {
      default: 'dev',
      says: 'the platform; the mode follows from it (prod: final; staging, qa, test, preprod: cooking; dev: editable) unless it is set',
    },
  ),
  mode: declared(choice<ModeName | null>(['editable', 'cooking', 'final'], null), {
    default: null,
    shown: 'by the platform',
    says: 'the column of `corpus modes` that runs. With neither a mode nor a platform it is cooking; a platform of another name needs a mode beside it',
  }),
  deploy_branch: declared(
    when(value => isTexts(value) && (!Array.isArray(value) || value.length > 0), 'a branch or a list of them'),
    { default: ['master', 'main'], list: 'whole', isOfRoot: true, says: 'pushes to which branches deploy' },
  ),
  user: declared(when<string>(isAccountName, 'the name of an account'), {
    default: '{name}-user',
    isOfRoot: true,
    says: 'the account of builds and processes, as root; `{name}-<digest>-user` where another root or a person has that, or where it is too long. Root, accounts of the system and those of other projects are refused',
  }),
  group: declared(when<string>(isAccountName, 'the name of a group'), {
    default: '{name}-grp',
    isOfRoot: true,
    says: 'the group of that account',
  }),
  developer: declared(when(orNull(isAccountName), 'the name of an account'), {
    otherwise: null,
    shown: '`{name}-dev`',
    isOfRoot: true,
    says: 'in editable mode, as root: the account whose the tree is, and with whose rights git and state files run there. Counts only as a setting of root’s (`corpus config set`)',
  }),
  shared_account: declared(flag(), {
    otherwise: false,
    isOfRoot: true,
    says: 'true: this project’s `user`, an account that was made by hand, may be another project’s as well, and nothing stands between the two. Each of both has to say it, as a setting of root’s (`corpus config set`)',
  }),
  states_as: declared(choice<'root' | 'developer' | null>(['root', 'developer'], null), {
    otherwise: null,
    shown: '`developer`',
    isOfRoot: true,
    says: '`root` lets the state files of an editable tree run as root. Whoever writes to the tree is root then, so only root can set it (`corpus config set`): a pillar, a sample or a push cannot',
  }),
  keep_archives: declared(whole(0, 10_000), { default: 3, says: 'how many earlier releases stay' }),
  release_artifacts_urls: declared(when(isTexts, 'a URL or a list of URLs'), {
    default: [],
    list: 'whole',
    says: 'where final mode fetches the release from: `file: http: https: rsync: ssh:`, each with `#sha256=…`; [what a digest is for](#release-archives)',
  }),
  artifacts_without_digest: declared(flag(), {
    default: false,
    isOfRoot: true,
    says: 'fetches from `http:` and `rsync:` without a digest, too',
  }),
  downtime: declared(flag(), { default: false, says: 'stop the old processes before anything else' }),
  engine: declared(choice<'corpus' | 'salt' | null>(['corpus', 'salt'], null), {
    otherwise: null,
    shown: '`corpus`',
    says: '`salt` runs state files through an installed `salt-call` ([what then differs](states.md#an-engine-that-is-there-already))',
  }),
  command_timeout_seconds: declared(whole(1, 86_400), {
    otherwise: 3600,
    says: 'how long one command of a state file may take',
  }),
  template_timeout_seconds: declared(whole(1, 86_400), { otherwise: 60, says: 'how long one template may take' }),
  build: declared(mapping('a mapping of nice, cpu, memory and time'), {
    otherwise: null,
    shown: '`nice: 10`, `time: 1h`',
    says: '[limits of builds](#limits-of-builds): `nice cpu memory processes output time`',
  }),
  environment: declared(
    when<Dict | null>(orNull(isMappingOfScalars), 'a mapping of names to texts, numbers or truth values'),
    { otherwise: null, says: '[variables](#environment) of builds and processes' },
  ),
  processes: declared(mapping('a mapping of process names to commands'), {
    otherwise: null,
    says: 'name to command, where there is no Procfile',
  }),
  services: declared(mapping('a mapping'), {
    otherwise: null,
    says: '[by process](#processes): `command environment count working_folder stop_grace memory cpu processes health health_timeout`',
  }),
  scale: declared(when<Dict | null>(orNull(isMappingOfCounts), 'a mapping of process names to whole numbers'), {
    otherwise: null,
    shown: '1 of each',
    says: 'how many of a process run; `corpus ps NAME scale web=3` saves it',
  }),
  drain_seconds: declared(whole(0, 86_400), {
    otherwise: 30,
    says: 'how long requests and WebSockets may stay on the old processes',
  }),
  drain: declared(choice<'behind' | 'wait' | null>(['behind', 'wait'], null), {
    otherwise: null,
    shown: '`behind`',
    says: '`wait`: a deployment ends only when the old processes have ended; else they end behind it, and the log tells of it',
  }),
  domains: declared(when(isTexts, 'a host name or a list of them'), {
    default: [],
    list: 'words',
    says: '[host names](#host-names)',
  }),
  ingress: declared(
    when<Dict | false | null>(
      orNull(value => value === false || value instanceof Dict),
      'a mapping, or false',
    ),
    { otherwise: null, says: '[how they are served](#host-names)' },
  ),
  path: declared(
    when<string | null>(
      orNull(value => typeof value === 'string' && isBelow(value)),
      'a folder below the repository',
    ),
    {
      otherwise: null,
      shown: 'the repository',
      says: '[the folder that is deployed](installers.md#a-folder-of-a-repository)',
    },
  ),
  shared_paths: declared(
    when(
      value => isTexts(value) && (Array.isArray(value) ? value : [value]).every(one => isBelow(String(one))),
      'a folder below the repository, or a list of them',
    ),
    { otherwise: [], list: 'whole', says: 'what that folder needs of the rest of the repository' },
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
      says: '[installers that build assets](installers.md#several-languages) beside the one that runs; false: none',
    },
  ),
  procfile: declared(when<boolean | null>(orNull(isBoolean), 'true or false'), {
    otherwise: null,
    shown: 'the installer’s',
    says: 'whether the Procfile is run',
  }),
  search_path: declared(when(isTexts, 'a list of folders'), {
    otherwise: [],
    says: 'folders that come first on the PATH of builds and processes, absolute or below the tree',
  }),
  min_free_megabytes: declared(whole(0, 1_000_000_000), {
    otherwise: 64,
    says: 'with less room on the disk nothing is deployed',
  }),
  tree: declared(choice<'linked' | 'copied' | null>(['linked', 'copied'], null), {
    otherwise: null,
    shown: 'by what runs',
    says: '`linked` or `copied`: [how a new tree is made](switching.md#a-new-tree-costs-what-changed)',
  }),
  submodules_as: declared(choice<'account' | 'root'>(['account', 'root']), {
    otherwise: 'account',
    isOfRoot: true,
    says: '`root`: submodules are fetched by root, with root’s keys. [Only a saved setting counts](security.md#submodules), never a pillar or a push',
  }),
  schedule: declared(mapping('a mapping'), { otherwise: null, says: '[jobs by the clock](#jobs-by-the-clock)' }),
  notifications: declared(mapping('a mapping of means'), {
    otherwise: null,
    says: '[who is told](#notifications-disk-figures)',
  }),
  data_archives: declared(
    when(
      orNull(value => value instanceof Dict || isTexts(value)),
      'a mapping or a list of paths',
    ),
    { otherwise: null, says: '[data that is kept with each release](#data-and-backups)' },
  ),
  protected: declared(flag(), {
    otherwise: false,
    isOfRoot: true,
    says: 'a deployment waits until a second user [approves it](teams.md#before-a-deployment)',
  }),
  freeze: declared(when(orNull(isListOfMappings), 'a list of mappings'), {
    otherwise: null,
    isOfRoot: true,
    says: '[when nothing is deployed](teams.md#before-a-deployment)',
  }),
  required_checks: declared(when(orNull(isListOfMappings), 'a list of mappings'), {
    otherwise: null,
    isOfRoot: true,
    says: '[what must answer well before a deployment begins](teams.md#before-a-deployment)',
  }),
  backup: declared(mapping('a mapping'), {
    otherwise: null,
    isOfRoot: true,
    says: '[where copies go](#data-and-backups)',
  }),
  full: declared(flag(), {
    default: true,
    says: 'false: `corpus states apply` runs `.salt/standalone.sls`',
  }),
  origin: declared(when<string | null>(orNull(isUrl), 'a URL'), {
    default: null,
    says: 'where the project comes from; `corpus init` sets it',
  }),
  pillar_origin: declared(when<string | null>(orNull(isUrl), 'a URL'), {
    default: null,
    says: 'where the pillar comes from; `corpus init` sets it',
  }),
  api_version: declared(
    when<number>(
      value => knownApiVersions.some(known => String(known) === String(value)),
      `one of ${knownApiVersions.join(', ')}`,
    ),
    { default: 2, says: 'which version of the procedures runs: there is this one' },
  ),
  data: declared(
    when<Dict>(value => value instanceof Dict, 'a mapping'),
    { default: () => new Dict(), shown: 'none', says: 'the project’s own settings' },
  ),
  env_defaults: declared(when<Dict>(isMappingOfMappings, 'a mapping of platforms to mappings'), {
    default: () => new Dict(),
    shown: 'none',
    says: 'settings of one platform: the fifth layer above',
  }),
  os_defaults: declared(when<Dict>(isMappingOfMappings, 'a mapping of system families to mappings'), {
    default: () => new Dict(),
    shown: 'none',
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
