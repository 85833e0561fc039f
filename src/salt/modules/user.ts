/** user.*: accounts of this machine. */

import { defineFunction, type FunctionTable } from '../definition/define.ts'
import { Dict } from '../python/dict.ts'
import { type AccountEntry, allAccounts, allGroups, findAccount } from '../system/accounts.ts'

const name = { does: 'The name of the account.', type: 'text', required: true } as const

export const functions: FunctionTable = {
  info: defineFunction({
    does: 'What is known of an account; empty where there is none.',
    acts: false,
    arguments: { name },
    call: ({ args, tools }) => {
      const account = findAccount(tools.shell, args.text('name'))
      return account ? userInfo(account) : new Dict()
    },
  }),
  list_users: defineFunction({
    does: 'The names of all accounts, sorted.',
    acts: false,
    arguments: {},
    call: () =>
      allAccounts()
        .map(account => account.name)
        .sort(),
  }),
  list_groups: defineFunction({
    does: 'The groups of an account, sorted.',
    acts: false,
    arguments: { name },
    call: ({ args, tools }) => {
      const account = findAccount(tools.shell, args.text('name'))
      return account ? groupsOf(account) : []
    },
  }),
  getent: defineFunction({
    does: 'What is known of all accounts.',
    acts: false,
    arguments: { refresh: { does: 'Accepted and ignored.', type: 'boolean', default: false } },
    call: () => allAccounts().map(userInfo),
  }),
  primary_group: defineFunction({
    does: 'The name of the primary group of an account.',
    acts: false,
    arguments: { name },
    call: ({ args, tools }) => {
      const account = findAccount(tools.shell, args.text('name'))
      return allGroups().find(({ gid }) => gid === account?.gid)?.name ?? ''
    },
  }),
}

export function groupsOf(account: AccountEntry): string[] {
  return allGroups()
    .filter(({ gid, members }) => gid === account.gid || members.includes(account.name))
    .map(group => group.name)
    .sort()
}

export function userInfo(account: AccountEntry): Dict {
  const [fullname = '', roomnumber = '', workphone = '', homephone = '', ...other] = account.gecos.split(',')
  return Dict.of({
    name: account.name,
    uid: account.uid,
    gid: account.gid,
    groups: groupsOf(account),
    home: account.home,
    shell: account.shell,
    passwd: account.password,
    fullname,
    roomnumber,
    workphone,
    homephone,
    other: other.join(','),
  })
}
