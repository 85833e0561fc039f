import { expect, test } from 'vitest'
import { type Circumstances, supervisorChoice } from '../../../src/services/choose.ts'

const ann: Circumstances = {
  ...{ isBooted: true, isRoot: false, hasManager: true, lingers: true, account: 'ann', keeps: null },
}
const choice = (more: Partial<Circumstances>) => supervisorChoice({ ...ann, ...more })

test('systemd is taken where it is booted, runit elsewhere', () => {
  expect(choice({ isRoot: true, hasManager: false })).toMatchObject({ name: 'systemd', works: true, mend: '' })
  expect(choice({})).toMatchObject({ name: 'systemd', works: true, mend: '' })
  expect(choice({ isBooted: false, hasManager: false })).toMatchObject({ name: 'runit', works: true, mend: '' })
})

test('a user whose systemd ends with the session is told what to do about it', () => {
  const ends = choice({ lingers: false })
  expect(ends).toMatchObject({ name: 'systemd', works: true })
  expect(ends.mend).toContain('loginctl enable-linger ann')
  const none = choice({ hasManager: false, lingers: false })
  expect(none).toMatchObject({ name: 'runit', works: true })
  expect(none.mend).toContain('XDG_RUNTIME_DIR')
})

test('processes stay with the supervisor that has them, whatever session asks', () => {
  expect(choice({ keeps: 'runit' })).toMatchObject({ name: 'runit', works: true, mend: '' })
  expect(choice({ keeps: 'systemd' })).toMatchObject({ name: 'systemd', works: true })
  expect(choice({ keeps: 'systemd', hasManager: false })).toMatchObject({ name: 'systemd', works: false })
})
