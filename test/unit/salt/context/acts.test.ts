import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type StateTree, stateTree } from '../../../support/state-tree.ts'

let tree: StateTree
afterEach(() => tree?.remove())

describe('A check of a tree', () => {
  it.each([
    "salt['cmd.run']('touch FILE')",
    "salt.cmd.run_all(cmd='touch FILE', python_shell=True)",
    "salt['cmd.exec_code']('sh', 'touch FILE')",
    "salt['file.write']('FILE', 'x')",
    "salt['file.find']('FILE', delete='f')",
    "salt['git.init']('FILE')",
    "salt['rsync.rsync']('/etc/hostname', 'FILE')",
    "salt['hashutil.base64_decodefile']('eA==', 'FILE')",
    "salt['slsutil.renderer'](string=\"{{ salt['cmd.run']('touch FILE') }}\", default_renderer='jinja')",
    "salt['file.apply_template_on_contents'](\"{{ salt['cmd.run']('touch FILE') }}\", template='jinja', context={}, defaults={}, saltenv='base')",
  ])('does not call %s, and says that it does not know the rest', async call => {
    tree = stateTree({})
    const file = join(tree.root, 'out', 'made')
    tree.remove()
    tree = stateTree({ 'main.sls': `{% set x = ${call.replaceAll('FILE', file)} %}\na: [\n` })
    const checked = await tree.check()
    expect(checked.faults).toEqual([])
    expect(checked.unknown.map(one => one.message)).toEqual([expect.stringContaining('its template calls')])
    expect(existsSync(file)).toBe(false)
  })

  it('calls what only looks', async () => {
    tree = stateTree({
      'main.sls':
        "{% if salt['file.directory_exists']('/') and salt['cmd.which']('sh') and salt['pkg.version_cmp']('1', '2') %}\na: [\n{% endif %}\n",
    })
    const checked = await tree.check()
    expect(checked.unknown).toEqual([])
    expect(checked.faults).toHaveLength(1)
  })
})
