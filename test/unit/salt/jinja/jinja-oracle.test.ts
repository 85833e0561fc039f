import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createTemplates, TemplateError } from '../../../../src/salt/jinja/index.ts'
import { Dict } from '../../../../src/salt/python/dict.ts'
import type { Value } from '../../../../src/salt/python/value.ts'

/**
 * Every snippet is rendered by Debian's Jinja2 and by ours: the same text, or the same message on the same line.
 * One snippet a line; ⏎ stands for a newline inside of it.
 */
const snippets = readFileSync(join(import.meta.dirname, 'snippets.txt'), 'utf8')
  .split('\n')
  .filter(line => line !== '')
  .map(line => line.replaceAll('⏎', '\n'))

const files: Readonly<Record<string, string>> = {
  lib: "{% macro hello(who) %}hello {{ who }}{% endmacro %}{% set value = 5 %}{% set nil = none %}{% set _private = 1 %}{% macro sees() %}{{ local | default('unset') }}{{ users | default([]) | length }}{% endmacro %}text\n{% macro fails() %}\n{{ not_there }}{% endmacro %}",
  part: "<part {{ local | default('unset') }}>\n",
  base: '[{% block title %}base title{% endblock %}|{% block body %}base body{% endblock %}|{% block foot %}foot{% endblock %}]{{ fromchild | default("") }}\n',
  mid: '{% extends "base" %}{% block title %}mid {{ super() }}{% endblock %}',
  broken: 'fine\n{% if %}',
  fails: 'one\ntwo {{ nowhere }}',
}
const context = {
  users: [
    { name: 'zed', group: 'b', age: 3 },
    { name: 'amy', group: 'a', age: 9, admin: true },
    { name: 'Bob', group: 'b', age: 4 },
  ],
}

interface Answer {
  text?: string
  error?: string
  line?: number | null
}

describe('templates render as Jinja2 renders them', () => {
  const expected = askJinja()
  test.each(snippets.map((snippet, at) => [snippet, expected[at]] as const))('%s', (snippet, answer) => {
    expect(ours(snippet)).toEqual(answer)
  })
})

function askJinja(): Answer[] {
  const users = context.users.map(user => ({ admin: false, ...user }))
  const { stdout, stderr, status, error } = spawnSync('/usr/bin/python3', [join(import.meta.dirname, 'oracle.py')], {
    input: JSON.stringify({ snippets, files, context: { users } }),
    encoding: 'utf8',
  })
  if (error || status !== 0)
    throw new Error(
      `This test compares with Debian's Jinja2. Install it: apt-get install python3-jinja2\n${error ?? stderr}`,
    )
  return stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Answer)
}

function ours(snippet: string): Answer {
  const templates = createTemplates({
    load: name => (Object.hasOwn(files, name) ? { path: name, text: files[name] ?? '' } : null),
    globals: new Map(),
  })
  const users: Value = context.users.map(user => Dict.of({ admin: false, ...user }))
  try {
    return { text: templates.render({ path: '<template>', text: snippet }, new Map([['users', users]])) }
  } catch (error) {
    if (error instanceof TemplateError) return { error: error.message, line: error.line }
    throw error
  }
}
