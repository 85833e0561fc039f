import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, test } from 'vitest'
import { readCall } from '../../../../src/salt/runner/slots.ts'
import { resultOf, type StateTree, stateTree } from '../../../support/state-tree.ts'

describe('A slot', () => {
  let tree: StateTree
  afterEach(() => tree.remove())

  it('is filled when its step runs', async () => {
    tree = stateTree({
      'main.sls': [
        "{% set root = pillar['root'] %}",
        'first: {cmd.run: [name: "echo made > {{ root }}/made"]}',
        'text: {test.show_notification: [text: "__slot__:salt:cmd.run(\\"cat {{ root }}/made\\")"]}',
        'path: {test.show_notification: [text: "__slot__:salt:test.arg(k=v).kwargs.k ~ /tail"]}',
        'inside: {file.managed: [name: "{{ root }}/f", contents: [one, "__slot__:salt:test.echo(two)"]]}',
        'env: {cmd.run: [name: "echo $A > {{ root }}/env", env: [A: "__slot__:salt:test.echo(\'x y\')"]]}',
        'named: {cmd.run: [name: "__slot__:salt:test.echo(\'true\')"]}',
        'none: {test.show_notification: [text: "__slot__:salt:nosuch.thing()"]}',
      ].join('\n'),
    })
    const applied = await tree.apply()
    expect(applied.ok).toBe(true)
    expect(resultOf(applied, 'text').comment).toBe('made')
    expect(resultOf(applied, 'path').comment).toBe('v/tail')
    expect(readFileSync(join(tree.root, 'out/f'), 'utf8')).toBe('one\ntwo\n')
    expect(readFileSync(join(tree.root, 'out/env'), 'utf8')).toBe('x y\n')
    expect(resultOf(applied, 'named').name).toBe('true')
    expect(resultOf(applied, 'none').comment).toBe('__slot__:salt:nosuch.thing()')
  })
})

test.each([
  ['test.echo(hi)', 'test.echo', ['hi'], {}],
  ['test.arg("a, b", k = \'v)\' , other=[1, 2])', 'test.arg', ['a, b'], { k: 'v)', other: '[1,2]' }],
  ['test.ping()', 'test.ping', [], {}],
  ['test.echo("say \\"x\\"")', 'test.echo', ['say "x"'], {}],
])('%s is read as a call', (text, name, args, keywords) => {
  expect(readCall(text)).toEqual({ name, args, keywords: new Map(Object.entries(keywords)) })
})

test.each(['test.echo', '(x)', 'test.echo(', 'test.echo([)', ''])('%j is no call', text => {
  expect(readCall(text)).toBeUndefined()
})
