import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { Dict } from '../../../../src/salt/python/dict.ts'
import { outcomes, resultOf, type StateTree, stateTree } from '../../../support/state-tree.ts'

let tree: StateTree
afterEach(() => tree.remove())

async function ran(sls: string, more = {}) {
  tree = stateTree({ 'main.sls': `{% set root = pillar['root'] %}\n${sls}` })
  return tree.apply('main', more)
}

describe('Requisites', () => {
  it('run what is required first, wherever it stands', async () => {
    const applied = await ran('a: {test.nop: [require: [{test: c}]]}\nb: test.nop\nc: test.nop\n')
    expect(outcomes(applied)).toEqual(['c: true', 'a: true', 'b: true'])
  })

  it('keep the order of a long chain without running out of stack', async () => {
    const chain = Array.from({ length: 3000 }, (_, at) => `s${at}: {test.nop: [require: [{test: s${at + 1}}]]}`)
    const applied = await ran(`${chain.join('\n')}\ns3000: test.nop\n`)
    expect(applied.ok).toBe(true)
    expect(outcomes(applied)[0]).toBe('s3000: true')
  })

  it('match names and IDs by glob, and whole files by sls', async () => {
    const applied = await ran(
      'a: {test.nop: [require: [{test: "z-*"}]]}\nb: {test.fail_without_changes: []}\nc: {test.nop: [require: [{sls: "ma*"}]]}\nz-1: test.nop\nz-2: test.nop\n',
    )
    expect(outcomes(applied).slice(0, 3)).toEqual(['z-1: true', 'z-2: true', 'a: true'])
    expect(resultOf(applied, 'c').result).toBe(false)
  })

  it('react to what they watch only where they changed nothing themselves', async () => {
    const applied = await ran(
      'changed: test.succeed_with_changes\nonce:\n  cmd.run:\n    - name: echo x >> {{ root }}/log\n    - watch: [{test: changed}]\nwaits:\n  cmd.wait:\n    - name: echo y >> {{ root }}/log\n    - watch: [{test: changed}]\n',
    )
    expect(applied.ok).toBe(true)
    expect(readFileSync(join(tree.root, 'out/log'), 'utf8')).toBe('x\ny\n')
  })

  it('run the guard of a prereq before its target, and only when the target would change', async () => {
    const applied = await ran(
      'guard:\n  cmd.run:\n    - name: echo guard >> {{ root }}/log\n    - prereq: [{test: target}]\nquiet:\n  cmd.run:\n    - name: echo never >> {{ root }}/log\n    - prereq: [{test: same}]\ntarget: test.succeed_with_changes\nsame: test.succeed_without_changes\n',
    )
    expect(outcomes(applied)).toEqual(['guard: true', 'quiet: true', 'target: true', 'same: true'])
    expect(resultOf(applied, 'quiet').comment).toBe('No changes detected')
    expect(readFileSync(join(tree.root, 'out/log'), 'utf8')).toBe('guard\n')
  })

  it('tell a target that its guard failed by what it would have done', async () => {
    const applied = await ran(
      'guard: {cmd.run: [name: "false", prereq: [{test: target}]]}\ntarget: test.succeed_with_changes\n',
    )
    expect(resultOf(applied, 'guard').result).toBe(false)
    expect(resultOf(applied, 'target').result).toBe(null)
  })

  it('call listeners once, after everything else', async () => {
    const applied = await ran(
      'l:\n  cmd.wait:\n    - name: echo heard >> {{ root }}/log\n    - listen: [{test: a}, {test: b}]\na: test.succeed_with_changes\nb: test.succeed_with_changes\nlast: {cmd.run: [name: "echo last >> {{ root }}/log"]}\n',
    )
    expect(outcomes(applied).at(-1)).toBe('listener_l: true')
    expect(readFileSync(join(tree.root, 'out/log'), 'utf8')).toBe('last\nheard\n')
  })

  it('end a circle in a failure, and run the rest', async () => {
    const applied = await ran(
      'a: {test.nop: [require: [{test: b}]]}\nb: {test.nop: [require: [{test: c}]]}\nc: {test.nop: [require: [{test: a}]]}\nfree: test.nop\n',
    )
    expect(resultOf(applied, 'c').comment).toBe('Recursive requisite found')
    expect(resultOf(applied, 'free').result).toBe(true)
  })
})

describe('A step', () => {
  it('runs under its umask, and what comes after does not', async () => {
    const applied = await ran(
      'own: {file.touch: [name: "{{ root }}/own", umask: "077"]}\nafter: {file.touch: [name: "{{ root }}/after"]}\nwrong: {test.nop: [umask: rwx]}\n',
    )
    const mode = (name: string) => statSync(join(tree.root, 'out', name)).mode & 0o777
    expect(mode('own')).toBe(0o600)
    expect(mode('after')).toBe(0o666 & ~process.umask())
    expect(resultOf(applied, 'wrong').comment).toBe('Invalid umask: rwx\n')
  })

  it('has its ID as name where the name is no text', async () => {
    const applied = await ran('a: {test.nop: [name: 5]}\nb: {test.nop: [name: ~]}\n')
    expect([resultOf(applied, 'a').name, resultOf(applied, 'b').name]).toEqual(['a', 'b'])
  })
})

describe('Steps with parallel', () => {
  // Each waits for what the other makes: one after the other they would end in their timeout.
  const meets = (own: string, other: string) =>
    `${own}: {cmd.run: [name: "touch {{ root }}/${own}; until test -e {{ root }}/${other}; do sleep 0.05; done", timeout: 30, parallel: true]}`

  it('run at the same time, and what requires them waits for them', async () => {
    const applied = await ran(
      `${meets('one', 'two')}\n${meets('two', 'one')}\nafter: {cmd.run: [name: "ls {{ root }}", require: [{cmd: one}, {cmd: two}]]}\nfree: test.nop\n`,
    )
    expect(applied.ok).toBe(true)
    expect(outcomes(applied)).toEqual(['one: true', 'two: true', 'after: true', 'free: true'])
    expect(resultOf(applied, 'after').changes.get('stdout')).toBe('one\ntwo')
    expect([...applied.results.values()].map(({ number }) => number)).toEqual([0, 1, 2, 3])
    expect(resultOf(applied, 'one').parallel).toBe(true)
  })

  it('hand their failures and changes on to watchers, prereqs and listeners', async () => {
    const applied = await ran(
      [
        'bad: {cmd.run: [name: "sleep 0.1; false", parallel: true]}',
        'blocked: {test.nop: [require: [{cmd: bad}]]}',
        'changed: {cmd.run: [name: sleep 0.1, parallel: true]}',
        'reacts: {cmd.wait: [name: echo heard, watch: [{cmd: changed}]]}',
        'listens: {cmd.wait: [name: echo late, listen: [{cmd: last}]]}',
        'guard: {cmd.run: [name: "true", prereq: [{cmd: target}]]}',
        'target: {cmd.run: [name: sleep 0.1, parallel: true]}',
        'last: {cmd.run: [name: sleep 0.1, parallel: true]}',
      ].join('\n'),
    )
    expect(resultOf(applied, 'blocked').comment).toBe('One or more requisite failed: main.bad')
    expect(resultOf(applied, 'reacts').changes.get('stdout')).toBe('heard')
    expect(resultOf(applied, 'guard').result).toBe(true)
    expect(resultOf(applied, 'target').result).toBe(true)
    expect(outcomes(applied).at(-1)).toBe('listener_listens: true')
  })

  it('are stopped together, and nothing of them is left', async () => {
    const stop = new AbortController()
    const running = ran(
      'one: {cmd.run: [name: "touch {{ root }}/began; sleep 600", parallel: true]}\ntwo: {cmd.run: [name: sleep 600, parallel: true]}\nthree: {cmd.run: [name: "until test -e {{ root }}/began; do sleep 0.05; done; sleep 600"]}\n',
      {
        signal: stop.signal,
        onStep: (event: { kind: string; step: { id: string } }) => event.step.id === 'three' && stop.abort(),
      },
    )
    expect((await running).aborted).toBe(true)
  })
})

describe('A command', () => {
  it('that takes too long is killed with its children and fails', async () => {
    const applied = await ran(
      'slow:\n  cmd.run:\n    - name: sleep 77.125 & sleep 77.125; echo never\n    - timeout: 0.3\n',
    )
    expect(resultOf(applied, 'slow').result).toBe(false)
    expect(String(resultOf(applied, 'slow').changes.get('stdout'))).toContain('Timed out')
  })

  it('that is cancelled ends the run, and says so', async () => {
    const controller = new AbortController()
    tree = stateTree({ 'main.sls': 'slow: {cmd.run: [name: "sleep 60"]}\nnever: test.nop\n' })
    const applied = await tree.apply('main', {
      signal: controller.signal,
      onStep: event => event.kind === 'step-started' && setTimeout(() => controller.abort(), 100),
    })
    expect(applied.aborted).toBe(true)
    expect(applied.ok).toBe(false)
    expect(applied.results.size).toBe(0)
  })

  it('is not run under test', async () => {
    const applied = await ran('touch: {cmd.run: [name: "touch {{ root }}/x"]}\n', { test: true })
    expect(resultOf(applied, 'touch').result).toBe(null)
    expect(existsSync(join(tree.root, 'out/x'))).toBe(false)
  })

  it('tells what it changed on its last line where it is stateful', async () => {
    const applied = await ran(
      'told:\n  cmd.run:\n    - name: echo working; echo "changed=yes comment=\'all new\' size=3"\n    - stateful: true\nsame:\n  cmd.run:\n    - name: echo "changed=no comment=same"\n    - stateful: true\n',
    )
    expect(resultOf(applied, 'told').comment).toBe('all new')
    expect(resultOf(applied, 'told').changes.get('size')).toBe('3')
    expect(resultOf(applied, 'same').changes.size).toBe(0)
  })
})

describe('Guards', () => {
  it('see the folder and the environment of their state', async () => {
    const applied = await ran(
      'a:\n  cmd.run:\n    - name: "true"\n    - cwd: {{ root }}\n    - env: [WORD: here]\n    - onlyif: test "$PWD $WORD" = "{{ root }} here"\n',
    )
    expect(resultOf(applied, 'a').comment).toBe('Command "true" run')
  })

  it('try a failed state again until it is as asked for', async () => {
    const applied = await ran(
      'a:\n  cmd.run:\n    - name: echo x >> log; test $(wc -l < log) -ge 2\n    - cwd: {{ root }}\n    - retry: {attempts: 5, interval: 0}\n',
    )
    expect(resultOf(applied, 'a').result).toBe(true)
    expect(readFileSync(join(tree.root, 'out/log'), 'utf8')).toBe('x\nx\n')
  })
})

describe('The project', () => {
  it('is one mapping that all files share and the caller sees changed', async () => {
    tree = stateTree({
      'main.sls': "include: [other]\n{% do cfg.update({'seen': 1}) %}\na: test.nop\n",
      'other.sls': "b-{{ cfg.seen }}: test.nop\n{% do cfg.update({'seen': 2}) %}\n",
    })
    const cfg = Dict.of({ name: 'shop' })
    const applied = await tree.apply('main', { cfg })
    expect(outcomes(applied)).toEqual(['b-1: true', 'a: true'])
    expect(cfg.get('seen')).toBe(2)
  })

  it('finds the files of an installer under their own prefix', async () => {
    tree = stateTree({
      'main.sls': 'include: [makina-states.projects.2.generic.build]\nown: test.nop\n',
      'elsewhere/build.sls': 'include: [.more]\ninstalled: test.nop\n',
      'elsewhere/more.sls': 'more: test.nop\n',
    })
    const includeRoots = new Map([['makina-states.projects.2.generic', join(tree.root, 'salt/elsewhere')]])
    const applied = await tree.apply('main', { includeRoots })
    expect(outcomes(applied)).toEqual(['more: true', 'installed: true', 'own: true'])
  })
})
