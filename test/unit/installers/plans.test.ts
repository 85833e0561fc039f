import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ModeName } from '../../../src/configuration/platform.ts'
import { projectLayout } from '../../../src/kernel/layout.ts'
import { projectName } from '../../../src/kernel/names.ts'
import { procedureNames } from '../../../src/kernel/procedure-names.ts'
import { folderFiles } from '../../../src/kernel/tree-files.ts'
import { loadConfiguration } from '../../../src/project/configuration.ts'
import { detectInstaller } from '../../../src/project/detection.ts'
import { folderTree } from '../../../src/project/tree.ts'
import { showStates } from '../../../src/salt/apply.ts'
import { localShell } from '../../../src/shell/local.ts'
import { projectFunctions } from '../../../src/statefiles/functions.ts'

const installers = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'installers')
const names = readdirSync(installers)
let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'corpus-plans-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

/** What a procedure of an installer would run on a tree, in order: commands, and what fails. */
async function plan(
  installer: string,
  procedure: string,
  mode: ModeName,
  files: Readonly<Record<string, string>>,
  settings: Readonly<Record<string, string>> = {},
): Promise<{ commands: string[]; refusals: string[]; faults: string[]; processes: unknown }> {
  const layout = projectLayout(root, projectName('demo'))
  mkdirSync(layout.project, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(layout.project, name), text)
  const { cfg, installer: found } = await loadConfiguration(layout, folderTree(layout.project), installers, {
    installer,
    ...settings,
  })
  const { steps, faults } = await showStates({
    shell: localShell,
    fileRoots: [join(layout.project, '.salt')],
    includeRoots: new Map([[found.prefix, found.folder]]),
    cfg,
    sls: [`${found.prefix}.${procedure}`],
    functions: projectFunctions({ layout, cfg, mode, account: null }),
  })
  const named = steps.filter(step => step.module === 'cmd').map(step => step.name)
  return {
    commands: named,
    refusals: steps.filter(step => step.function === 'fail_without_changes').map(step => step.id),
    faults: faults.map(one => one.message),
    processes: cfg.get('processes'),
  }
}

test.each(names)('%s is complete: a state file for every procedure, and a description', async name => {
  for (const procedure of procedureNames) expect(existsSync(join(installers, name, `${procedure}.sls`))).toBe(true)
  const { installer } = await loadConfiguration(
    projectLayout(root, projectName('demo')),
    folderTree(root),
    installers,
    {
      installer: name,
    },
  )
  expect(installer.does).toMatch(/\.$/)
})

test.each(names)('every state file of %s compiles, in every mode', async name => {
  const files = { 'package.json': '{}' }
  for (const mode of ['editable', 'cooking', 'final'] as const)
    for (const procedure of procedureNames) expect((await plan(name, procedure, mode, files)).faults).toEqual([])
})

test.each([
  ['package.json', 'nodejs'],
  ['requirements.txt', 'python'],
  ['pyproject.toml', 'python'],
  ['go.mod', 'go'],
  ['Gemfile', 'ruby'],
  ['composer.json', 'php'],
  ['index.php', 'php'],
  ['buildout.cfg', 'zope'],
  ['Dockerfile', 'docker'],
  ['Procfile', 'procfile'],
  ['index.html', 'static'],
  ['README.md', 'generic'],
])('a tree with %s is one for %s', async (file, name) => {
  writeFileSync(join(root, file), '')
  const folders = { official: installers, extra: join(root, 'none'), salt: join(root, '.salt') }
  expect((await detectInstaller(folders, folderFiles(root))).name).toBe(name)
})

const lock = { 'package.json': '{"scripts":{"build":"x","start":"next start"}}', 'package-lock.json': '{}' }

test('nodejs builds in cooking with the development dependencies, and takes them out', async () => {
  const { commands } = await plan('nodejs', 'build', 'cooking', lock)
  const line = commands.join('\n')
  expect(line).toMatch(/npm ci --include=dev.*npm run build.*npm prune --omit=dev/s)
})

test('nodejs without a build script installs no development dependencies', async () => {
  const files = { ...lock, 'package.json': '{}' }
  const line = (await plan('nodejs', 'build', 'cooking', files)).commands.join('\n')
  expect(line).toContain('npm ci --omit=dev')
  expect(line).not.toContain('prune')
})

test('nodejs in editable mode keeps the development dependencies', async () => {
  const line = (await plan('nodejs', 'build', 'editable', lock)).commands.join('\n')
  expect(line).toContain('npm ci --include=dev')
  expect(line).not.toContain('prune')
})

test('nodejs in final mode installs in configure what no archive brought, and builds only when asked to', async () => {
  const line = (await plan('nodejs', 'configure', 'final', lock)).commands.join('\n')
  expect(line).toContain('npm ci --omit=dev')
  expect(line).not.toContain('npm run build')
  const asked = await plan('nodejs', 'configure', 'final', lock, { 'nodejs.build_in_final': 'true' })
  expect(asked.commands.join('\n')).toMatch(/npm ci --include=dev.*npm run build/s)
  const archived = await plan('nodejs', 'configure', 'final', lock, { release_artifacts_urls: 'file:/x.tar.zst' })
  expect(archived.commands).toEqual([])
})

test('what a project configures in place of the build script is run', async () => {
  const other = await plan('nodejs', 'build', 'cooking', lock, { 'nodejs.build': 'make assets' })
  expect(other.commands).toContain('make assets')
  const none = await plan('nodejs', 'build', 'cooking', lock, { 'nodejs.build': 'false' })
  expect(none.commands.join('\n')).toContain('npm ci --omit=dev')
  expect(none.commands.join('\n')).not.toMatch(/npm run build|prune/)
})

test('go builds with caches that are kept, and refuses final mode without an archive', async () => {
  expect((await plan('go', 'build', 'cooking', { 'go.mod': '' })).commands).toEqual(['go build -trimpath -o bin/app .'])
  expect((await plan('go', 'configure', 'final', { 'go.mod': '' })).refusals).toEqual(['go-is-built-in-cooking'])
  const asked = await plan('go', 'configure', 'final', { 'go.mod': '' }, { 'go.build_in_final': 'true' })
  expect(asked).toMatchObject({ refusals: [], commands: ['go build -trimpath -o bin/app .'] })
})

test('ruby installs gems and then builds; zope runs buildout in an environment of its own', async () => {
  const ruby = await plan('ruby', 'build', 'cooking', { Gemfile: '' }, { 'ruby.build': 'bundle exec rake assets' })
  expect(ruby.commands).toEqual(['bundle install --quiet', 'bundle exec rake assets'])
  const files = { 'buildout.cfg': '' }
  const zope = (await plan('zope', 'build', 'cooking', files)).commands.join('\n')
  expect(zope).toMatch(
    /-m venv .*pip' wheel .*'zc.buildout'.*pip' install .*--no-index.*bin\/buildout' -N -c 'buildout.cfg'/s,
  )
  const archived = await plan('zope', 'configure', 'final', files, { release_artifacts_urls: 'file:/x.tar.zst' })
  expect(archived.commands.join('\n')).not.toContain("pip' wheel")
  expect(archived.commands.join('\n')).toContain("bin/buildout' -o -c")
})

test('python makes wheels only where no archive brought them', async () => {
  const files = { 'requirements.txt': '' }
  expect((await plan('python', 'build', 'cooking', files)).commands.join('\n')).toContain('wheel --quiet')
  const archived = await plan('python', 'configure', 'final', files, { release_artifacts_urls: 'file:/x.tar.zst' })
  expect(archived.commands.join('\n')).toContain('--no-index')
  expect(archived.commands.join('\n')).not.toContain('wheel --quiet')
})

test('php installs packages without those for development, but in editable mode', async () => {
  const files = { 'composer.json': '{}' }
  expect((await plan('php', 'build', 'cooking', files)).commands[0]).toMatch(/composer install .*--no-dev/)
  expect((await plan('php', 'build', 'editable', files)).commands[0]).not.toContain('--no-dev')
  expect((await plan('php', 'configure', 'final', files)).commands[0]).toContain('composer install')
})

test('docker builds or pulls the image under the name of the release, within the limits of builds', async () => {
  const built = await plan('docker', 'build', 'cooking', { Dockerfile: '' }, { 'build.memory': '1G', 'build.cpu': '2' })
  expect(built.commands[0]).toMatch(/corpus container build .* --name corpus-[0-9a-f]{8}\/demo:/)
  expect(built.commands[0]).toContain('--memory 1073741824 --cpu 2 --engine /var/run/docker.sock')
  const settings = { 'docker.image': 'nginx:1', 'docker.engine': 'unix:///run/other.sock' }
  const pulled = await plan('docker', 'configure', 'final', {}, settings)
  expect(pulled.commands.join('\n')).toMatch(
    /corpus container pull nginx:1 --name .* --engine \/run\/other\.sock --project demo$/m,
  )
  expect((await plan('docker', 'configure', 'final', {})).refusals).toEqual(['docker-is-built-in-cooking'])
})
