/** Root runs no state file that an account could write to; those of an editable tree run with the rights of its developer. */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeWorld, uniqueName, type World } from '../support/world.ts'

const isRoot = process.getuid?.() === 0

describe.skipIf(!isRoot)('state files', () => {
  let world: World
  /** Everybody may write here: what ran says as whom. */
  let said = ''
  beforeAll(() => {
    world = makeWorld()
    said = join(world.scratch, 'said')
    mkdirSync(said)
    chmodSync(world.scratch, 0o755)
    chmodSync(said, 0o777)
  })
  afterAll(() => world.dispose())

  const says = (word: string) => `say it:\n  cmd.run:\n    - name: id -un > ${said}/${word}\n`
  const whoSaid = (word: string) =>
    existsSync(join(said, word)) ? readFileSync(join(said, word), 'utf8').trim() : 'nobody'
  const asAccount = (account: string, script: string) => spawnSync('su', ['-s', '/bin/sh', account, '-c', script])
  /** As whoever owns a path. */
  const asOwnerOf = (path: string, script: string) => {
    const { uid, gid } = statSync(path)
    return spawnSync('setpriv', [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--', 'sh', '-c', script])
  }

  test('that a running application wrote into its own tree are not run: not by hand, not as a task, not by a push', async () => {
    const name = uniqueName('forge')
    await world.must('init', name, '--mode', 'cooking', '--set', 'tree=copied')
    const clone = await world.clone(name, { 'a.txt': 'one\n', '.salt/task_tidy.sls': says('tidy') })
    expect((await clone.push()).status).toBe(0)
    const tree = world.path(name, 'project', '.salt')
    asOwnerOf(
      world.path(name, 'data'),
      `cd ${tree} && chmod u+w . && for one in configure trigger archive rollback notification 010_more task_tidy; do
         rm -f $one.sls; printf 'x:\\n  cmd.run:\\n    - name: id -un > ${said}/forged\\n' > $one.sls; done`,
    )
    expect(readFileSync(join(tree, '010_more.sls'), 'utf8')).toContain('forged')
    expect((await world.corpus('states', 'apply', name)).status).toBe(0)
    expect((await world.corpus('task', name, 'tidy')).status).toBe(0)
    await clone.commit({ 'a.txt': 'two\n', '.salt/configure.sls': 'x:\n  cmd.run:\n    - name: "false"\n' })
    expect((await clone.push()).stderr).toContain('ROLLED BACK')
    expect(whoSaid('tidy')).toBe('root')
    expect(whoSaid('forged')).toBe('nobody')
  })

  test('that the failing build of a first deployment left behind are not run', async () => {
    const name = uniqueName('first')
    await world.must('init', name, '--mode', 'cooking')
    const editable = world.path(name, 'archives', 'editable', 'project')
    const forged = `x:\\n  cmd.run:\\n    - name: id -un > ${said}/left\\n`
    const plant = `mkdir -p ${editable}/.salt; for one in trigger archive rollback notification configure; do printf '${forged}' > ${editable}/.salt/$one.sls; done; false`
    const clone = await world.clone(name, {
      'a.txt': 'one\n',
      '.salt/configure.sls': `build:\n  cmd.run:\n    - name: ${JSON.stringify(plant)}\n    - runas: {{ cfg.user }}\n`,
    })
    for (let turn = 0; turn < 2; turn++) {
      expect((await clone.push()).status).not.toBe(0)
      await clone.commit({ 'a.txt': `${turn}\n` })
    }
    await world.corpus('states', 'apply', name)
    expect(whoSaid('left')).toBe('nobody')
  })

  test('that are checked before they land run no program of the tree as root', async () => {
    const name = uniqueName('planted')
    await world.must(
      'init',
      name,
      '--mode',
      'cooking',
      '--installer',
      'nodejs',
      '--set',
      'ingress=false',
      '--set',
      'services.web.health.alive=0',
    )
    const include = (what: string) => `include:\n  - makina-states.projects.2.${what}.configure\n`
    const clone = await world.clone(name, {
      'package.json': '{"scripts": {"start": "sleep 1000"}}\n',
      '.salt/configure.sls': `# one\n${include('nodejs')}`,
    })
    const first = await clone.push()
    expect(first.stderr).toContain('deployed in')
    const planted = `#!/bin/sh\nid -un >> ${said}/planted\nexec /usr/bin/$(basename "$0") "$@"\n`
    writeFileSync(join(said, 'plant'), planted, { mode: 0o755 })
    asOwnerOf(
      world.path(name, 'data'),
      `cd ${world.path(name, 'project')}/. && mkdir -p node_modules/.bin bin && for one in node npm python3 python python3.11; do cp ${said}/plant node_modules/.bin/$one; chmod 755 node_modules/.bin/$one; done`,
    )
    for (const text of [
      `# two\n${include('nodejs')}`,
      "x:\n  test.succeed_without_changes:\n    - name: \"{{ salt['mc_python.plan']().interpreter }} {{ salt['mc_nodejs.plan']().node_version }}\"\n",
    ]) {
      await clone.commit({ '.salt/configure.sls': text })
      const pushed = await clone.push()
      expect(pushed.stderr).toContain('corpus:')
    }
    await world.corpus('states', 'show', name, 'configure')
    await world.corpus('plan', name)
    expect(whoSaid('planted').split('\n')).not.toContain('root')
  })

  describe('behind links that were committed', () => {
    const name = uniqueName('linked')
    const own = (...parts: string[]) => world.path(name, 'data', ...parts)
    const forged = `x:\\n  cmd.run:\\n    - name: id -un > ${said}/behind\\n`

    test('are none where they lead to what the account writes', async () => {
      await world.must('init', name, '--mode', 'final', '--set', 'tree=copied')
      const clone = await world.clone(name, { 'a.txt': 'one\n', 'app.sls': '', 'shared/more.sls': says('shared') })
      expect((await clone.push()).status).toBe(0)
      asOwnerOf(
        own(),
        `printf '${forged}' > ${own('app.sls')}; printf '${forged}' > ${world.path(name, 'project', 'app.sls')}`,
      )
      const targets = {
        absolute: world.path(name, 'project', 'app.sls'),
        relative: '../../../../../data/app.sls',
        'not there yet': own('later.sls'),
        'of a folder': own(),
        'by another link': '../hop/app.sls',
      }
      for (const [what, target] of Object.entries(targets)) {
        mkdirSync(join(clone.folder, '.salt'), { recursive: true })
        rmSync(join(clone.folder, 'hop'), { force: true })
        rmSync(join(clone.folder, '.salt', '010_app.sls'), { force: true })
        symlinkSync(own(), join(clone.folder, 'hop'))
        symlinkSync(target, join(clone.folder, '.salt', '010_app.sls'))
        await clone.commit({ 'a.txt': what })
        const pushed = await clone.push('--force', 'corpus', 'HEAD:master')
        expect(`${what} ${pushed.stderr}`).toMatch(/root takes nothing from there|root takes no/)
        expect(`${what} ${pushed.stderr}`).not.toMatch(/Traceback|INTERNAL|redefined/)
        expect(pushed.status).not.toBe(0)
      }
      expect(whoSaid('behind')).toBe('nobody')
      rmSync(join(clone.folder, 'hop'))
      rmSync(join(clone.folder, '.salt', '010_app.sls'))
      symlinkSync('../shared/more.sls', join(clone.folder, '.salt', '010_app.sls'))
      await clone.commit({ 'a.txt': 'of the same commit' })
      expect((await clone.push('--force', 'corpus', 'HEAD:master')).stderr).toContain('deployed in')
      expect(whoSaid('shared')).toBe('root')
    })

    test('nor is a pillar, or what a link made by hand has root read', async () => {
      asOwnerOf(own(), `printf 'makina-projects.${name}:\\n  keep_archives: 9\\n' > ${own('pillar.sls')}`)
      const pillar = await world.clonePillar(name)
      rmSync(join(pillar.folder, 'init.sls'), { force: true })
      symlinkSync(own('pillar.sls'), join(pillar.folder, 'init.sls'))
      await pillar.commit({})
      expect((await pillar.push()).stderr).toMatch(/init\.sls" is a link .* root takes nothing from there/)
      rmSync(join(pillar.folder, 'init.sls'))
      symlinkSync(own('pillar.sls'), join(pillar.folder, 'more.sls'))
      await pillar.commit({ 'init.sls': 'include: [more]\n' })
      expect((await pillar.push()).stderr).toMatch(/more\.sls" is a link .* root takes nothing from there/)
      // Of before: it stands there already.
      const salt = world.path(name, 'corpus', 'salt', 'current', '.')
      symlinkSync(own('app.sls'), join(realpathSync(salt), '020_app.sls'))
      const applied = await world.corpus('states', 'apply', name)
      expect(applied.status).not.toBe(0)
      expect(applied.stdout + applied.stderr).toMatch(
        /020_app\.sls leads to .*, where .* may write: root takes nothing/,
      )
      expect(applied.stdout + applied.stderr).not.toMatch(/Traceback|INTERNAL/)
      expect(whoSaid('behind')).toBe('nobody')
    })
  })

  describe('of an editable tree', () => {
    const name = uniqueName('edited')
    const tree = (...parts: string[]) => world.path(name, 'archives', 'editable', 'project', ...parts)
    const developer = `${name}-dev`

    test('run as its developer, who is not the account of the application', async () => {
      await world.must('init', name, '--mode', 'editable')
      const clone = await world.clone(name, {
        'a.txt': 'one\n',
        '.salt/configure.sls': `${says('configure')}set it:\n  test.succeed_without_changes:\n    - name: "{% do cfg.update({'user': 'root', 'data': {'found': 'yes'}}) %}"\n`,
        '.salt/build.sls': `${says('build')}told:\n  cmd.run:\n    - name: echo {{ cfg.data.found }} > ${said}/found\n`,
        '.salt/notification.sls': says('notification'),
        '.salt/task_tidy.sls': says('task'),
      })
      const pushed = await clone.push()
      expect(pushed.stderr).toContain('deployed in')
      for (const word of ['configure', 'build', 'notification']) expect(whoSaid(word)).toBe(developer)
      expect(readFileSync(join(said, 'found'), 'utf8')).toBe('yes\n')
      expect((await world.corpus('task', name, 'tidy')).status).toBe(0)
      expect(whoSaid('task')).toBe(developer)
      const shown = await world.json<Record<string, unknown>>('config', 'get', name)
      expect(shown['user']).toBe(`${name}-user`)
      expect(lstatSync(tree('a.txt')).uid).toBe(Number(spawnSync('id', ['-u', developer]).stdout))
      expect(asAccount(`${name}-user`, `cat ${tree('a.txt')}`).stdout.toString()).toBe('one\n')
      expect(asAccount(`${name}-user`, `echo x > ${tree('.salt', 'configure.sls')}`).status).not.toBe(0)
    })

    test('have nothing of root while they are rendered, tried or listed', async () => {
      writeFileSync(
        tree('.salt', '010_look.sls'),
        `x:\n  cmd.run:\n    - name: "true {{ salt['cmd.run']('id -un') }}"\n`,
      )
      const rendered = await world.must('states', 'render', name, '010_look')
      expect(rendered.stdout).toContain(`true ${developer}`)
      const listed = await world.must('states', 'show', name, '010_look', '--json')
      expect(listed.stdout).toContain(`true ${developer}`)
      writeFileSync(
        tree('.salt', '020_module.sls'),
        `#!js\nexport default () => ({x: {'cmd.run': [{name: 'true ' + process.getuid()}]}})\n`,
      )
      const module = await world.must('states', 'render', name, '020_module')
      expect(module.status).toBe(0)
      const secret = join(world.scratch, 'secret')
      writeFileSync(secret, 'canary-91c\n', { mode: 0o600 })
      writeFileSync(
        tree('.salt', '010_look.sls'),
        `x:\n  test.succeed_without_changes:\n    - name: "{{ salt['file.read']('${secret}') }}"\n`,
      )
      const read = await world.corpus('states', 'render', name, '010_look')
      expect(read.stdout + read.stderr).not.toContain('canary-91c')
      for (const file of ['010_look.sls', '020_module.sls']) rmSync(tree('.salt', file))
    })

    test('and what they say of needing root names the way out, which only root can go', async () => {
      writeFileSync(tree('.salt', 'build.sls'), '')
      writeFileSync(tree('.salt', 'configure.sls'), says('as'))
      const pillar = await world.clonePillar(name)
      await pillar.commit({ 'init.sls': `makina-projects.${name}:\n  states_as: root\n  developer: root\n` })
      expect((await pillar.push()).stderr).toContain('deployed in')
      await world.must('deploy', name)
      expect(whoSaid('as')).toBe(developer)
      writeFileSync(tree('.salt', 'PILLAR.sample'), 'states_as: root\n')
      await world.must('deploy', name)
      expect(whoSaid('as')).toBe(developer)
      rmSync(tree('.salt', 'PILLAR.sample'))
      writeFileSync(tree('.salt', 'configure.sls'), "x:\n  cmd.run:\n    - name: 'test $(id -u) = 0'\n")
      const refused = await world.corpus('deploy', name)
      expect(refused.status).not.toBe(0)
      expect(refused.stdout + refused.stderr).toContain(`corpus config set ${name} states_as=root`)
      await world.must('config', 'set', name, 'states_as=root')
      await world.must('deploy', name)
      writeFileSync(tree('.salt', 'configure.sls'), says('as'))
      await world.must('deploy', name)
      expect(whoSaid('as')).toBe('root')
      rmSync(tree('.salt', 'configure.sls'))
      asOwnerOf(tree(), `ln -s /etc/hostname ${tree('.salt', 'configure.sls')}`)
      const linked = await world.corpus('deploy', name)
      expect(linked.stdout + linked.stderr).toContain('root runs no state files through links')
      rmSync(tree('.salt', 'configure.sls'))
      await world.must('config', 'set', name, 'states_as=developer')
    })

    test('and say nothing of whose rights others have: not in a sample, not in an installer of their own', async () => {
      const person = uniqueName('ann').slice(0, 31)
      spawnSync('useradd', ['--system', '--no-create-home', '--home-dir', '/nonexistent', '--', person])
      try {
        asOwnerOf(
          tree(),
          `cd ${tree('.salt')} && mkdir -p own && printf 'user: ${person}\\nenv_defaults: {dev: {group-overrides: ${person}}}\\ndata_archives: {shop: {postgresql: shop, account: root}}\\nkeep_archives: 7\\n' > PILLAR.sample
           printf 'defaults: {user: ${person}, backup: {target: /mnt, password: 12345678}, web: yes}\\nfinds: [group, web]\\n' > own/installer.yaml`,
        )
        await world.must('config', 'set', name, 'installer=own')
        const deployed = await world.must('deploy', name)
        expect(deployed.stdout).toMatch(/user, group, data_archives: account, backup: .*not heeded/)
        const shown = await world.json<Record<string, unknown>>('config', 'get', name)
        expect(shown).toMatchObject({
          user: `${name}-user`,
          group: `${name}-grp`,
          keep_archives: 7,
          data_archives: { shop: { postgresql: 'shop' } },
          web: true,
        })
        expect(shown).not.toHaveProperty('backup')
        const secret = join(world.scratch, 'secret.yaml')
        writeFileSync(secret, 'defaults: {found: canary-77a}\n', { mode: 0o600 })
        asOwnerOf(tree(), `ln -sf ${secret} ${tree('.salt', 'own', 'installer.yaml')}`)
        const linked = await world.corpus('config', 'get', name)
        expect(linked.stdout + linked.stderr).not.toContain('canary-77a')
        expect(linked.stdout + linked.stderr).not.toContain('INTERNAL')
        asOwnerOf(tree(), `cd ${tree('.salt')} && mv own gone && ln -s ${world.scratch} own`)
        writeFileSync(join(world.scratch, 'installer.yaml'), 'defaults: {found: canary-77a}\n', { mode: 0o600 })
        const below = await world.corpus('config', 'get', name)
        expect(below.stdout + below.stderr).not.toContain('canary-77a')
      } finally {
        asOwnerOf(tree(), `cd ${tree('.salt')} && rm -rf own gone PILLAR.sample`)
        await world.must('config', 'set', name, 'installer=generic')
        spawnSync('userdel', [person])
      }
    })

    test("git there runs the developer's programs with the developer's rights", async () => {
      const script = tree('..', '..', '..', 'data', 'monitor')
      asOwnerOf(
        tree(),
        `cd ${tree()} && printf '#!/bin/sh\\nid -un >> ${said}/monitor\\n' > ${script}; chmod 755 ${script}
         git config core.fsmonitor ${script}; git config core.hooksPath ${said}/hooks; mkdir -p ${said}/hooks
         cp ${script} ${said}/hooks/post-merge; cp ${script} ${said}/hooks/post-checkout`,
      )
      const other = await world.clone(name, {})
      await other.git('fetch', '-q', 'corpus', 'master')
      await other.git('reset', '-q', '--hard', 'FETCH_HEAD')
      await other.commit({ 'new.txt': 'two\n' })
      await other.push()
      await world.corpus('init', name)
      await world.corpus('deploy', name)
      const ran = new Set(whoSaid('monitor').split('\n'))
      expect([...ran]).toEqual([developer])
    })
  })
})
