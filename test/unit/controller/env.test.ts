import { expect, test } from 'vitest'
import { setEnvironment } from '../../../src/controller/env.ts'
import { localShell } from '../../../src/shell/local.ts'

test('standard input is read once: two variables that want it are refused', async () => {
  const asked = setEnvironment({ root: '/nonexistent', shell: localShell, home: '/' }, 'demo', ['A=-', 'B=-'])
  await expect(asked).rejects.toMatchObject({ code: 'ENVIRONMENT_INVALID' })
})
