/** Users, tokens and rights, in words. */
import type { grantRequest } from '../../controller/requests/grant.ts'
import type { rightsRequest } from '../../controller/requests/rights.ts'
import type { tokenCreateRequest } from '../../controller/requests/token-create.ts'
import type { tokenListRequest } from '../../controller/requests/token-list.ts'
import type { tokenRevokeRequest } from '../../controller/requests/token-revoke.ts'
import type { userAddRequest } from '../../controller/requests/user-add.ts'
import type { userListRequest } from '../../controller/requests/user-list.ts'
import type { userPasswdRequest } from '../../controller/requests/user-passwd.ts'
import type { userRemoveRequest } from '../../controller/requests/user-remove.ts'
import { draw } from '../drawing.ts'
import { tableText } from '../table.ts'

export const userAddDrawing = draw<typeof userAddRequest>({
  text: ({ name, admin }) =>
    admin
      ? `${name} may do everything; give it a token: corpus token create ${name}\n`
      : `${name} may nothing yet: corpus grant ${name} deployer PROJECT\n`,
})

export const userListDrawing = draw<typeof userListRequest>({
  text: users =>
    users.length === 0
      ? 'There is no user.\n'
      : tableText(
          ['user', 'admin', 'known by', 'groups', 'password'],
          users.map(one => [one.name, yes(one.admin), one.source, one.groups.join(' '), yes(one.password)]),
        ),
})

export const userRemoveDrawing = draw<typeof userRemoveRequest>({ text: ({ removed }) => `removed ${removed}\n` })
export const userPasswdDrawing = draw<typeof userPasswdRequest>({
  text: ({ name }) => `${name} has another password\n`,
})

/** The token alone: it is read by programs. */
export const tokenCreateDrawing = draw<typeof tokenCreateRequest>({
  text({ token, id, expires_at }) {
    process.stderr.write(
      `${id}, good ${expires_at === null ? 'until it is revoked' : `until ${dayOf(expires_at)}`}; it is not shown again:\n`,
    )
    return `${token}\n`
  },
})

export const tokenListDrawing = draw<typeof tokenListRequest>({
  text: tokens =>
    tokens.length === 0
      ? 'There is no token.\n'
      : tableText(
          ['token', 'user', 'rights', 'projects', 'until', 'used', 'for'],
          tokens.map(one => [
            one.id,
            one.user,
            one.rights?.join(' ') ?? 'all',
            one.projects?.join(' ') ?? 'all',
            one.revoked_at === null ? (one.expires_at === null ? '' : dayOf(one.expires_at)) : 'revoked',
            one.used_at === null ? 'never' : dayOf(one.used_at),
            one.label,
          ]),
        ),
})

export const tokenRevokeDrawing = draw<typeof tokenRevokeRequest>({ text: ({ revoked }) => `revoked ${revoked}\n` })

export const grantDrawing = draw<typeof grantRequest>({
  text: ({ name, right, projects, effect }) =>
    `${name} ${effect === 'allow' ? 'may' : 'may not'}: ${right} on ${projects}\n`,
})
export const revokeDrawing = draw<typeof grantRequest>({
  text: ({ name, right, projects, effect }) =>
    `taken back from ${name}: ${effect === 'allow' ? '' : 'not '}${right} on ${projects}\n`,
})

export const rightsDrawing = draw<typeof rightsRequest>({
  text({ user, admin, granted, projects }) {
    const lines = granted.map(({ right, effect, project, group }) => [
      effect === 'allow' ? 'may' : 'may not',
      right,
      project,
      group === null ? '' : `as ${group}`,
    ])
    const head = admin ? `${user} may do everything\n` : ''
    const grants = lines.length === 0 ? '' : `${tableText(['granted', 'right', 'projects', ''], lines)}\n`
    if (projects.length === 0) return `${head}${grants}${user} sees no project of this machine\n`
    const table = tableText(
      ['project', 'rights'],
      projects.map(one => [one.name, one.rights.join(' ')]),
    )
    return `${head}${grants}${table}`
  },
})

const yes = (is: boolean): string => (is ? 'yes' : 'no')
const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10)
