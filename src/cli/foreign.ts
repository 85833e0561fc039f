/** Words of other tools (Heroku, Dokku, Kamal, Capistrano): those that mean the same lead to ours, the others to a sentence. */
import { CorpusError } from '../kernel/errors.ts'

/** The words of ours, for those that stand behind a foreign one. */
type Alias = (rest: readonly string[]) => string[]

/** The command line as corpus reads it. Throws USAGE where a foreign word has no counterpart. */
export function inOurWords(argv: readonly string[], isCommand: (name: string) => boolean): readonly string[] {
  const [word = '', second, ...rest] = argv
  const two = foreign[`${word} ${second}`]
  if (two !== undefined && !isCommand(`${word} ${second}`)) return lead(`${word} ${second}`, two, withApp(rest))
  const one = Object.hasOwn(foreign, word) && !isCommand(word) ? foreign[word] : undefined
  const behind = withApp(argv.slice(1))
  if (one !== undefined) return lead(word, one, behind)
  const ours = word.split(':')
  if (ours.length === 2 && isCommand(ours.join(' '))) return [...ours, ...behind]
  if (word === 'run') return [word, ...withoutTerminalFlags(behind)]
  return word === 'logs' ? [word, ...behind.flatMap(tail)] : [word, ...behind].slice(0, argv.length)
}

function lead(word: string, meaning: Alias | string, rest: readonly string[]): string[] {
  if (typeof meaning === 'string') throw new CorpusError('USAGE', `corpus has no ${word}. ${meaning}`)
  return meaning(rest)
}

/** Heroku names the application by `-a`: right behind the command, where no other program's words can stand. */
function withApp([first, ...rest]: readonly string[]): string[] {
  return first === undefined ? [] : first === '-a' ? rest : [first, ...rest]
}

/** A terminal is given where there is one: `run -it` of containers asks for nothing more. */
function withoutTerminalFlags(words: readonly string[]): string[] {
  const first = words.findIndex(word => !/^-(it|ti|i|t)$|^--(rm|interactive|tty)$/.test(word))
  return first < 0 ? [] : words.slice(first)
}

/** `logs --tail` of the others is what the application says, as it comes. */
const tail = (word: string): string[] =>
  word === '-t' || word === '--tail' ? ['--app', '--follow'] : word === '-n' || word === '--num' ? ['--lines'] : [word]

const to =
  (...words: string[]): Alias =>
  rest => [...words, ...rest]

/** `scale NAME web=2` is `ps NAME scale web=2`; in a clone NAME may be missing. */
const ofProcesses =
  (action: string): Alias =>
  ([first, ...rest]) =>
    first === undefined || first.includes('=') || first.startsWith('-')
      ? ['ps', action, ...(first === undefined ? [] : [first]), ...rest]
      : ['ps', first, action, ...rest]

const switched =
  (command: string, word: string): Alias =>
  ([first, ...rest]) =>
    first === undefined || first.startsWith('-')
      ? [command, word, ...(first ? [first] : []), ...rest]
      : [command, first, word, ...rest]

const variables =
  'There, config means the variables of the application; here that is `corpus env set|unset|list NAME`. Settings of the project itself: `corpus config set|get NAME`.'
const processesAreScaled =
  'Processes run as long as the project does: `corpus ps NAME scale web=0` ends them, `corpus ps NAME scale web=1` starts them, `corpus maintenance NAME on` shows a page instead.'
const shells = 'Say which program: `corpus run NAME -- bash`, or `corpus run NAME -- bin/rails console`.'
const addresses = '`corpus status NAME` names the address that answers.'
const databases =
  "Databases are the machine's own: state files below .salt set them up, `corpus env set NAME DATABASE_URL=…` names them, `corpus backup` keeps what `data_archives` says."
const certificates = 'A host name that is added gets its certificate: `corpus domains add NAME HOST`.'
const pushes = 'A push deploys: `git push corpus HEAD:master`; `corpus deploy NAME` deploys what was pushed once more.'
const installers =
  'What is pushed says how it is built; `corpus config set NAME installer=nodejs` says it in its place.'

const removals =
  'A project, with all that is its own, is removed by `corpus destroy NAME`; a key by `corpus keys remove WHO`.'
const backups = '`corpus backup create NAME`, `corpus backup list NAME`: docs/how-to.md says how to set them up.'

/** Looked up only for what is no command of ours. */
const foreign: Readonly<Record<string, Alias | string>> = {
  create: to('init'),
  'apps:create': to('init'),
  delete: to('destroy'),
  'apps:delete': to('destroy'),
  'apps:destroy': to('destroy'),
  apps: to('list'),
  'apps:list': to('list'),
  projects: to('list'),
  ls: to('list'),
  'apps:info': to('status'),
  info: to('status'),
  details: to('status'),
  'ps:report': to('status'),
  'apps:report': to('status'),
  restart: ofProcesses('restart'),
  'ps:restart': ofProcesses('restart'),
  scale: ofProcesses('scale'),
  'ps:scale': ofProcesses('scale'),
  exec: to('run'),
  'app exec': to('run'),
  'app logs': rest => [
    'logs',
    '--app',
    ...rest.flatMap(word => (word === '-f' || word === '--follow' ? ['--follow'] : tail(word))),
  ],
  'app details': to('ps'),
  'app containers': to('ps'),
  'releases:rollback': to('rollback'),
  'releases:info': to('releases'),
  audit: to('releases'),
  redeploy: to('deploy'),
  'ps:rebuild': to('deploy'),
  'git:remote': to('remote', 'add'),
  'maintenance:on': switched('maintenance', 'on'),
  'maintenance:off': switched('maintenance', 'off'),
  'lock acquire': to('freeze'),
  'lock release': to('thaw'),
  version: () => ['--version'],
  'config:set': variables,
  'config:get': variables,
  'config:unset': variables,
  'config:show': variables,
  'config:edit': variables,
  'env push': variables,
  secrets: variables,
  stop: processesAreScaled,
  start: processesAreScaled,
  'ps:stop': processesAreScaled,
  'ps:start': processesAreScaled,
  'ps:kill': processesAreScaled,
  'app stop': processesAreScaled,
  'app start': processesAreScaled,
  'app boot': processesAreScaled,
  up: pushes,
  push: pushes,
  setup: 'Make a project with `corpus init`, then push: there is nothing else to set up.',
  launch: 'Make a project with `corpus init`, then push: there is nothing else to set up.',
  console: shells,
  shell: shells,
  bash: shells,
  ssh: shells,
  enter: shells,
  'run:detached': 'A process that keeps running is a line of the Procfile; a job at its time is in `schedule`.',
  open: addresses,
  url: addresses,
  'apps:open': addresses,
  urls: addresses,
  addons: databases,
  pg: databases,
  postgres: databases,
  mysql: databases,
  redis: databases,
  accessory: databases,
  certs: certificates,
  letsencrypt: certificates,
  proxy: "nginx is corpus's own proxy, and needs no command: `corpus domains`, and `ingress` in the pillar.",
  traefik: "nginx is corpus's own proxy, and needs no command: `corpus domains`, and `ingress` in the pillar.",
  nginx: "nginx is corpus's own proxy, and needs no command: `corpus domains`, and `ingress` in the pillar.",
  buildpacks: installers,
  builder: installers,
  stack: installers,
  storage: 'What outlives releases is in the data folder of the project: `corpus config get NAME data_root`.',
  checks: 'How a process is seen to be well is in `services` in the pillar: docs/configuration.md.',
  cron: 'Jobs at their times are in `schedule` in the pillar: docs/configuration.md.',
  auth: 'Whoever has a key may push: `corpus keys add WHO FILE`.',
  access: 'Whoever has a key may push: `corpus keys add WHO FILE`.',
  'ssh-keys': 'Whoever has a key may push: `corpus keys add WHO FILE`.',
  pipelines:
    'Cooking makes release archives that a project in final mode takes: docs/configuration.md, release_artifacts_urls.',
  production: 'There is one project a stage, and its mode says the rest: `corpus deploy NAME`, `corpus modes`.',
  staging: 'There is one project a stage, and its mode says the rest: `corpus deploy NAME`, `corpus modes`.',
  'deploy:rollback': to('rollback'),
  'env get': '`corpus env list NAME --reveal` prints the values, too.',
  set: 'Variables of the application: `corpus env set NAME KEY=VALUE`. Settings of the project: `corpus config set NAME KEY=VALUE`.',
  unset:
    'Variables of the application: `corpus env unset NAME KEY`. Settings of the project: `corpus config unset NAME KEY`.',
  get: '`corpus config get NAME KEY` for settings, `corpus env list NAME --reveal` for variables.',
  rm: removals,
  remove: removals,
  uninstall: removals,
  tail: ([first, ...rest]) => ['logs', ...(first === undefined ? [] : [first]), '--app', '--follow', ...rest],
  show: to('status'),
  promote:
    'What cooking made is run elsewhere by a project in final mode: docs/configuration.md, release_artifacts_urls.',
  'pg:backups': backups,
  backups,
  'pg:psql': databases,
  'pg:info': databases,
  rollout: pushes,
  ship: pushes,
  release: pushes,
  build: 'A push builds what it deploys; `corpus deploy NAME` does it once more.',
  undo: to('rollback'),
  revert: to('rollback'),
  unlock: to('thaw'),
  pause: to('freeze'),
  '-v': () => ['--version'],
}

/** Every foreign word, for a test that each leads somewhere. */
export const foreignWords: readonly string[] = Object.keys(foreign)
