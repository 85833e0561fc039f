import { afterEach, describe, expect, it } from 'vitest'
import { faultText } from '../../../../src/salt/language/faults.ts'
import { type StateTree, stateTree } from '../../../support/state-tree.ts'

let tree: StateTree
afterEach(() => tree.remove())

async function faultsOf(files: Record<string, string | Uint8Array>, sls = 'main') {
  tree = stateTree(files)
  const { faults } = await tree.check(sls)
  return faults.map(found => faultText(found).replaceAll(`${tree.root}/`, ''))
}

describe('A tree that is wrong', () => {
  it('tells all its faults at once, each with file, line and what to write instead', async () => {
    const faults = await faultsOf({
      'main.sls': 'include: [one, two]\nfine: test.nop\n',
      'one.sls': 'first:\n  test.nop:\nsecond:\n  test.nop:\n    name: x\n',
      'two.sls': 'thing: {{ lost }}\n',
    })
    expect(faults).toHaveLength(3)
    expect(faults[0]).toMatch(/^salt\/one\.sls:2:3: .*trailing colon.*\n.*`first: test\.nop` on one line/)
    expect(faults[1]).toMatch(/^salt\/one\.sls:4:3: .*not formed as a list/)
    expect(faults[2]).toMatch(/^salt\/two\.sls:1:1: .*'lost' is undefined/s)
  })

  it('names the nearest state, function, argument and ID for one that is not known', async () => {
    const faults = await faultsOf({
      'main.sls':
        'a: tset.nop\nb: test.nopp\nc:\n  file.touch:\n    - nmae: x\n    - makedris: true\nd:\n  test.nop:\n    - require: [{test: ee}]\ne1: test.nop\n',
    })
    expect(faults.join('\n')).toContain("Did you mean 'test.nop'?")
    expect(faults.join('\n')).toContain("Did you mean 'makedirs'?")
    expect(faults.filter(text => text.includes('which nothing declares'))).toHaveLength(1)
  })

  it('names the requisite that is meant where a state would take the misspelt one for an argument of its own', async () => {
    const faults = await faultsOf({
      'main.sls':
        'a:\n  test.nop:\n    - requires: [{test: b}]\n    - onchange: [{test: b}]\n    - users: [x]\nb: test.nop\n',
    })
    expect(faults).toHaveLength(2)
    expect(faults[0]).toMatch(/'requires' is no requisite[\s\S]*Did you mean 'require'\?/)
    expect(faults[1]).toContain("Did you mean 'onchanges'?")
  })

  it('says of a requisite with the wrong module what the right one is', async () => {
    const faults = await faultsOf({
      'main.sls': 'a:\n  test.nop:\n    - require: [{cmd: b}]\nb: test.nop\n',
    })
    expect(faults[0]).toContain("'b' is a test state: write `- test: b`")
  })

  it('is told where an extension, or a requisite given to another, means a state that the ID does not have', async () => {
    const files = { 'lib.sls': 'x: {cmd.run: [name: echo x]}\n' }
    const extended = await faultsOf({ ...files, 'main.sls': 'include: [lib]\nextend:\n  x: {file: [mode: "0600"]}\n' })
    expect(extended).toHaveLength(1)
    expect(extended[0]).toMatch(
      /No function declared in state 'x' in SLS 'lib'[\s\S]*has no file state[\s\S]*it has cmd/,
    )
    tree.remove()
    const given = await faultsOf({ ...files, 'main.sls': 'include: [lib]\na: {test.nop: [require_in: [{file: x}]]}\n' })
    expect(given).toHaveLength(1)
    expect(given[0]).toMatch(/Cannot extend ID 'x'[\s\S]*'x' is a cmd state/)
    tree.remove()
    expect(await faultsOf({ ...files, 'main.sls': 'include: [lib]\nextend:\n  x: {test: [nop]}\n' })).toEqual([])
  })

  it('names the path of a circle of requisites', async () => {
    const faults = await faultsOf({
      'main.sls':
        'a: {test.nop: [require: [{test: b}]]}\nb: {test.nop: [require: [{test: c}]]}\nc: {test.nop: [require: [{test: a}]]}\n',
    })
    expect(faults[0]).toContain('a -> b -> c -> a')
  })

  it('names both places of an ID that two files declare', async () => {
    const faults = await faultsOf({
      'main.sls': 'include: [a, b]\n',
      'a.sls': 'shared: test.nop\n',
      'b.sls': 'other: test.nop\nshared: test.nop\n',
    })
    expect(faults[0]).toMatch(/^salt\/b\.sls:2:1: .*a\.sls:1/s)
  })

  it('tells a YAML fault by the line of the template, not of the rendered text', async () => {
    const faults = await faultsOf({
      'main.sls': "{% for x in range(20) %}\ns{{ x }}: test.nop\n{% endfor %}\nbad: here: {{ 'x' }}\n",
    })
    expect(faults[0]).toMatch(/^salt\/main\.sls:4:/)
    expect(faults[0]).toContain('mapping values are not allowed')
  })

  it('names the nearest SLS for an include that is not there', async () => {
    const faults = await faultsOf({ 'main.sls': 'include: [app.wbe]\n', 'app/web.sls': 'x: test.nop\n' })
    expect(faults[0]).toContain("Did you mean 'app.web'?")
  })

  it('is told to write the same in JavaScript where it asks for Python', async () => {
    const faults = await faultsOf({ 'main.sls': '#!py\ndef run(): return {}\n' })
    expect(faults[0]).toContain('`#!js` module')
  })

  it('is refused where it is no text, or larger than any state file', async () => {
    expect((await faultsOf({ 'main.sls': new Uint8Array([0x61, 0xff, 0xfe]) }))[0]).toContain('not UTF-8')
    tree.remove()
    expect((await faultsOf({ 'main.sls': `a: test.nop\n${'# long\n'.repeat(1_500_000)}` }))[0]).toContain('bytes')
  })
})

describe('A template that would never end', () => {
  it('is stopped by the time limit and told as a fault', async () => {
    tree = stateTree({
      'main.sls':
        '{% for a in range(100000) %}{% for b in range(100000) %}{% set x = a * b %}{% endfor %}{% endfor %}\n',
    })
    const { ok, faults } = await tree.apply('main', { templateTimeoutSeconds: 1 })
    expect(ok).toBe(false)
    expect(faults).toHaveLength(1)
  })

  it('is stopped where a macro calls itself', async () => {
    tree = stateTree({ 'main.sls': '{% macro m() %}{{ m() }}{% endmacro %}\n{{ m() }}\n' })
    const { faults } = await tree.apply()
    expect(faults[0]?.place?.path).toContain('main.sls')
  })

  it('is cut where files include each other', async () => {
    tree = stateTree({ 'main.sls': 'include: [peer]\na: test.nop\n', 'peer.sls': 'include: [main]\nb: test.nop\n' })
    expect((await tree.apply()).ok).toBe(true)
  })
})
