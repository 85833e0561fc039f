/** Commands in groups, as the long help, the man page and the completion list them; and the dozen of every day. */
import { procedureNames } from '../../kernel/procedure-names.ts'

export interface Group {
  readonly title: string
  readonly commands: readonly string[]
}

export const groups: readonly Group[] = [
  { title: 'Projects', commands: ['init', 'list', 'status', 'destroy', 'remote add', 'report'] },
  {
    title: 'Deployments',
    commands: [
      'deploy',
      'rollback',
      'approve',
      'cancel',
      'plan',
      'releases',
      'diff',
      'logs',
      'freeze',
      'thaw',
      'maintenance',
      'maintenance set',
    ],
  },
  {
    title: 'The application',
    commands: ['ps', 'ps restart', 'ps scale', 'run', 'shell', 'task', 'task run', 'env set', 'env unset', 'env list'],
  },
  {
    title: 'Settings',
    commands: ['config get', 'config set', 'config unset', 'pillar get', 'pillar set', 'pillar unset', 'modes'],
  },
  {
    title: 'People and host names',
    commands: ['keys add', 'keys remove', 'keys list', 'domains add', 'domains remove', 'domains list'],
  },
  {
    title: 'A team',
    commands: [
      'user add',
      'user list',
      'user remove',
      'user passwd',
      'token create',
      'token list',
      'token revoke',
      'grant',
      'revoke',
      'rights',
      'export',
      'plan file',
      'apply',
      'audit',
      'audit verify',
      'serve',
      'jobs',
      'job show',
      'job follow',
      'job events',
      'job cancel',
    ],
  },
  { title: 'Data', commands: ['restore', 'backup create', 'backup list', 'backup restore', 'backup verify', 'du'] },
  { title: 'The machine', commands: ['doctor', 'reindex', 'agent', 'agent logs', 'metrics'] },
  {
    title: 'State files by hand',
    commands: ['states apply', 'states render', 'states show', 'states doc', 'states call'],
  },
  { title: 'This command', commands: ['help', 'completion', 'man'] },
  // `rollback` and `upgrade` among them are what the commands of these names run.
  { title: 'One procedure alone', commands: procedureNames.filter(name => name !== 'rollback') },
]

/** What a day needs: a screen of it. */
export const daily: readonly { readonly title: string; readonly lines: readonly (readonly [string, string])[] }[] = [
  {
    title: 'Begin',
    lines: [
      ['init', 'makes a project; in a clone, with its remote'],
      ['keys add WHO FILE', 'lets somebody push over ssh'],
    ],
  },
  {
    title: 'Deploy',
    lines: [
      ['git push corpus main', 'deploys'],
      ['deploy NAME', 'deploys what was pushed once more'],
      ['rollback NAME [v12]', 'goes back to the one before, or the named one'],
      ['releases NAME', 'which releases there are'],
    ],
  },
  {
    title: 'Look',
    lines: [
      ['list', 'the projects of this machine'],
      ['status NAME', 'what runs, where it answers, what is under way'],
      ['logs NAME', 'the last deployment; --app: the application'],
      ['doctor', 'whether the machine is as it should be'],
    ],
  },
  {
    title: 'Change',
    lines: [
      ['ps NAME', 'its processes; ps NAME restart|scale web=3'],
      ['run NAME COMMAND', 'a command in the folder of the release'],
      ['env set NAME K=V', 'variables of the application'],
      ['config set NAME K=V', 'settings of the project'],
      ['domains add NAME HOST', 'a host name, with its certificate'],
    ],
  },
]

/** Where a slip of the hand would cost something: never proposed for another word. */
export const dangerous: readonly string[] = [
  'destroy',
  'apply',
  'rollback',
  'restore',
  'cancel',
  'backup restore',
  'keys remove',
  'domains remove',
  'env unset',
  'config unset',
  'pillar unset',
  'user remove',
  'token revoke',
  'revoke',
  'job cancel',
]
