/** Ruby for real: an application of Rack under puma with gems of Debian's packages, and one with gems of its own lock file. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answerOf, statusOf } from '../support/applications.ts'
import { makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
beforeAll(() => {
  world = makeWorld()
})
afterAll(() => world.dispose())

const lock = (specs: string, ...names: string[]) =>
  `GEM\n  remote: https://rubygems.org/\n  specs:\n${specs}\nPLATFORMS\n  ruby\n  x86_64-linux\n  aarch64-linux\n\nDEPENDENCIES\n${names.map(one => `  ${one}\n`).join('')}`
const gemfile = (...names: string[]) => `source 'https://rubygems.org'\n${names.map(one => `gem '${one}'\n`).join('')}`

const rackup = (greeting: string) => `
require 'json'
run lambda { |env|
  body = { greeting: '${greeting}', server: env['SERVER_SOFTWARE'], rack_env: ENV['RACK_ENV'], path: env['PATH_INFO'] }
  [200, { 'content-type' => 'application/json' }, [JSON.generate(body)]]
}
`

test('config.ru runs under puma, with the gems of the machine where the configuration says so', async () => {
  const name = uniqueName('gem')
  const settings = ['BUNDLE_PATH=null', 'BUNDLE_DEPLOYMENT=null', 'BUNDLE_PATH__SYSTEM=true', 'BUNDLE_FROZEN=true']
  const set = settings.flatMap(one => ['--set', `environment.${one}`])
  await world.must('init', name, '--mode', 'final', '--installer', 'auto', ...set)
  const clone = await world.clone(name, { 'config.ru': rackup('one'), Gemfile: gemfile('puma', 'rack') })
  await world.run(['bundle', 'lock', '--local'], { cwd: clone.folder, env: { PATH: process.env['PATH'] } })
  expect(readFileSync(join(clone.folder, 'Gemfile.lock'), 'utf8')).toContain('puma (')
  await clone.commit({})
  const pushed = await clone.push()
  expect(pushed.stderr).toContain('gems-installed')
  expect(pushed.status, pushed.stderr).toBe(0)
  const first = await answerOf<Record<string, string>>(world, name)
  expect(first).toMatchObject({ greeting: 'one', rack_env: 'production', path: '/' })
  expect(first['server']).toContain('puma')

  await clone.commit({ 'config.ru': rackup('two') })
  expect((await clone.push()).status).toBe(0)
  expect(await answerOf(world, name)).toMatchObject({ greeting: 'two' })
  await world.must('rollback', name)
  expect(await answerOf(world, name)).toMatchObject({ greeting: 'one' })

  // A gem that the lock file does not know: the push fails, and what runs stays.
  await clone.commit({ Gemfile: gemfile('puma', 'rack', 'no-such-gem') })
  const refused = await clone.push()
  expect(refused.status).not.toBe(0)
  expect(refused.stderr).toMatch(/no-such-gem/)
  expect(await answerOf(world, name)).toMatchObject({ greeting: 'one' })
})

const program = (greeting: string) => `
require 'socket'
require 'json'
require 'greeter'
server = TCPServer.new('127.0.0.1', Integer(ENV['PORT']))
trap('TERM') { exit }
loop do
  client = server.accept
  client.gets
  body = JSON.generate(greeting: Greeter.greet('${greeting}'), from: $LOADED_FEATURES.grep(/greeter/).first)
  client.write "HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: #{body.bytesize}\\r\\nConnection: close\\r\\n\\r\\n#{body}"
  client.close
end
`

test('gems of the lock file are installed into the release, and come with its archive', async () => {
  const name = uniqueName('ruby')
  await world.must('init', name, '--mode', 'cooking', '--installer', 'auto')
  const clone = await world.clone(name, {
    Gemfile: gemfile('greeter'),
    'Gemfile.lock': lock('    greeter (1.0)\n', 'greeter'),
    'app.rb': program('one'),
    Procfile: 'web: bundle exec ruby app.rb\n',
  })
  await makeGem(join(clone.folder, 'vendor', 'cache'))
  await clone.commit({})
  const pushed = await clone.push()
  expect(pushed.status, pushed.stderr).toBe(0)
  const first = await answerOf<{ greeting: string; from: string }>(world, name)
  expect(first.greeting).toBe('Hello, one')
  expect(first.from).toMatch(/\/project\/vendor\/bundle\/ruby\/[\d.]+\/gems\/greeter-1\.0\//)

  await clone.commit({ 'app.rb': program('two') })
  expect((await clone.push()).status).toBe(0)
  expect(await answerOf(world, name)).toMatchObject({ greeting: 'Hello, two' })
  const { release } = await statusOf(world, name)
  const archive = world.path(name, 'releases', 'deployed', release, 'project.tar.zst')
  const listed = (await world.run(['tar', '--list', `--file=${archive}`])).stdout
  expect(listed).toMatch(/vendor\/bundle\/ruby\/[\d.]+\/gems\/greeter-1\.0\/lib\/greeter\.rb/)

  await world.must('rollback', name)
  expect(await answerOf(world, name)).toEqual(first)
})

/** A gem as `bundle cache` puts it beside the application: no registry is needed. */
async function makeGem(folder: string): Promise<void> {
  const source = mkdtempSync(join(world.scratch, 'gem-'))
  mkdirSync(join(source, 'lib'))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(source, 'lib', 'greeter.rb'), 'module Greeter\n  def self.greet(name) = "Hello, #{name}"\nend\n')
  writeFileSync(
    join(source, 'greeter.gemspec'),
    "Gem::Specification.new do |s|\n  s.name = 'greeter'\n  s.version = '1.0'\n  s.summary = 'Greets.'\n  s.authors = ['Ann']\n  s.files = ['lib/greeter.rb']\nend\n",
  )
  const made = await world.run(
    ['gem', 'build', '--quiet', `--output=${join(folder, 'greeter-1.0.gem')}`, 'greeter.gemspec'],
    { cwd: source },
  )
  expect(made.status, made.stderr).toBe(0)
}
