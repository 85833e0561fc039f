import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createTemplates, TemplateError } from '../../../../src/salt/jinja/index.ts'

const files: Readonly<Record<string, string>> = {
  'map.yaml': 'name: shop\nports: [80, {{ 400 + 43 }}]\n',
  'data.json': '{"k": [1, 1.0, null]}',
  'note.txt': 'one\ntwo {{ 1 + 1 }}\n',
  'bad.yaml': 'a: [1\nb: 2\n',
  'list.jinja': '{% set items = [] %}',
}

describe("Salt's filters", () => {
  test.each([
    ["{{ 'release-2014' | regex_match('release-(\\d+)') }}", "('2014',)"],
    ["{{ 'x' | regex_match('y') }}", 'None'],
    ["{{ 'a.b' | regex_escape }}", 'a\\.b'],
    ["{{ 'Foo' | regex_replace('(?P<x>o+)$', '[\\g<x>]') }}", 'F[oo]'],
    ["{{ 'a\nb' | regex_search('^b$', multiline=True) }}", '()'],
    [
      "{{ 'foobar' is match('foo') }} {{ 'xfoo' is match('FOO') }} {{ 'foo' is match('FOO', ignorecase=true) }}",
      'True False True',
    ],
    [
      "{{ ['yes', 'no', 'TRUE', '1', 'on', '', none, 0, 5, -1, true, [], [0], {}] | map('to_bool') | list }}",
      '[True, False, True, True, False, False, False, False, True, False, True, False, True, False]',
    ],
    ["{{ \"it's\" | quote }} {{ '' | quote }} {{ 'a/b' | quote }}", "'it'\"'\"'s' '' a/b"],
    ["{{ '/a' | path_join('b', 'c') }} {{ 'a/' | path_join('b') }} {{ 'a' | path_join('/b') }}", '/a/b/c a/b /b'],
    ['{{ [1, 2, 1] | unique }} {{ (2, 1, 2) | unique }}', '[1, 2] {2, 1}'],
    [
      '{{ [1, 2] | union([2, 3]) }} {{ [1, 2, 3] | intersect([2, 3, 4]) }} {{ [1, 2] | difference([2]) }} {{ [1, 2] | symmetric_difference([2, 3]) }}',
      '[1, 2, 3] [2, 3] [1] [1, 3]',
    ],
    [
      '{{ [1, [2, [3, none]]] | flatten }} {{ [1, [2, [3]]] | flatten(levels=1) }} {{ [1, none] | flatten(preserve_nulls=true) }}',
      '[1, 2, 3] [1, 2, [3]] [1, None]',
    ],
    ['{{ [1, 2, 3] | avg }} {{ 5 | avg }}', '2.0 5.0'],
    [
      "{{ [1, 2] | is_list }} {{ 'a' | is_iter }} {{ [] | is_iter }} {{ [1, 2] | is_sorted }} {{ [2, 1] | is_sorted(reverse=true) }}",
      'True False True True True',
    ],
    [
      "{{ 'ab' | combinations(2) | list }} {{ [1, 2] | permutations(2) | list }} {{ [1, 2] | product([3]) | list }} {{ [1, 2] | combinations_with_replacement(2) | list }}",
      "[('a', 'b')] [(1, 2), (2, 1)] [(1, 3), (2, 3)] [(1, 1), (1, 2), (2, 2)]",
    ],
    [
      "{{ [1, 2] | zip('ab') | list }} {{ [1, 2] | zip_longest('a', fillvalue='-') | list }} {{ 'abc' | compress([1, 0, 1]) | list }}",
      "[(1, 'a'), (2, 'b')] [(1, 'a'), (2, '-')] ['a', 'c']",
    ],
    [
      "{{ 'x' | method_call('upper') }} {{ [3, 1] | compare_lists([3, 2]) }} {{ {'a': 1} | compare_dicts({'b': 2}) }}",
      "X {'new': [2], 'old': [1]} {'b': {'old': '', 'new': 2}, 'a': {'old': 1, 'new': ''}}",
    ],
    ["{{ 'random' | uuid }}", '3652b285-26ad-588e-a5dc-c2ee65edc804'],
    [
      "{{ 'random' | md5 }} {{ 'random' | sha256 }}",
      '7ddf32e17a6ac5ce04a8ecbf782ca509 a441b15fe9a3cf56661190a0b93b9dec7d04127288cc87250967cf3b52894d11',
    ],
    ["{{ 'random' | base64_encode }} {{ 'Z2V0IHNhbHRlZA==' | base64_decode }}", 'cmFuZG9t get salted'],
    ["{{ 'get salted' | hmac('shared secret', 'eBWf9bstXg+NiP5AOwppB5HMvZiYMPzEM9W5YMm/AmQ=') }}", 'True'],
    [
      "{{ 1040814000 | strftime('%Y') }} {{ '2002/12/25' | strftime('%d %b %y') }} {{ '2024-02-29' | strftime('%j %A %-d') }} {{ '5' | to_num }} {{ '5.5' | to_num }} {{ 'x' | to_num }}",
      '2002 25 Dec 02 060 Thursday 29 5 5.5 x',
    ],
    [
      "{{ '5MB' | human_to_bytes }} {{ '2K' | human_to_bytes }} {{ '1.5' | human_to_bytes('M') }} {{ '1MB' | human_to_bytes(handle_metric=true) }}",
      '5242880 2048 1572864 1000000',
    ],
    [
      "{{ {'a': {'b': [1, {'c': 2}]}} | traverse('a:b:1:c') }} {{ {'a': 1} | traverse('x:y', 'no') }} {{ {'a': {'b': 1}} | traverse('a/b', delimiter='/') }}",
      '2 no 1',
    ],
    [
      "{{ {} | set_dict_key_value('a:b', 1) }} {{ {'a': [1]} | append_dict_key_value('a', 2) }} {{ {} | extend_dict_key_value('x', [1]) }} {{ {} | update_dict_key_value('x', {'y': 1}) }}",
      "{'a': {'b': 1}} {'a': [1, 2]} {'x': [1]} {'x': {'y': 1}}",
    ],
    [
      "{{ '192.168.0.1' | is_ip }} {{ 'fe80::' | is_ipv6 }} {{ '300.1.1.1' | is_ipv4 }} {{ '10.0.0.1' | is_ip(options='private') }} {{ '8.8.8.8' | is_ip(options='global') }}",
      'True True False True True',
    ],
    [
      "{{ ['192.168.0.1', 'foo', 'fe80::'] | ipaddr }} {{ '192.168.0.1' | ipv4 }} {{ ['1.1.1.1', '::1'] | ipv6 }} {{ 'x' | ipaddr }} {{ '2001:db8:0:0:0:0:0:1' | ipwrap }}",
      "['192.168.0.1', 'fe80::'] 192.168.0.1 ['::1'] None [2001:db8:0:0:0:0:0:1]",
    ],
    [
      "{{ '192.168.0.1/30' | network_hosts }} {{ '192.168.0.0/8' | network_size }}",
      "['192.168.0.1', '192.168.0.2'] 16777216",
    ],
    [
      "{{ 'abcd' | is_hex }} {{ 'xyz' | is_hex }} {{ 'a b' | contains_whitespace }} {{ 'web1' | check_whitelist_blacklist(whitelist=['web*']) }} {{ 'web1' | check_whitelist_blacklist(blacklist='web?') }}",
      'True False True True False',
    ],
    ["{{ {'name': '/x', 'mode': 644} | dict_to_sls_yaml_params }}", '- name: /x\n- mode: 644'],
    [
      "{{ [1, 0, 1] | exactly_n_true(2) }} {{ [1, 1] | exactly_one_true }} {{ 'x' | sequence }} {{ ['b', 'A'] | sorted_ignorecase }}",
      "True False ['x'] ['A', 'b']",
    ],
    [
      "{{ 'yes' | yaml_encode }} {{ 5 | yaml_encode }} {{ none | yaml_encode }} {{ 'a: b' | yaml_dquote }} {{ 'a' | yaml_squote }}",
      '"yes" 5 null "a: b" \'a\'',
    ],
    [
      "{{ {'b': 1, 'a': [true, none]} | yaml }} {{ 'x' | yaml }} {{ {'b': 1, 'a': 2} | json }} {{ {'b': 1, 'a': 2} | tojson }}",
      '{a: [true, null], b: 1} x {"a": 2, "b": 1} {"b": 1, "a": 2}',
    ],
    ["{{ ('a: [1, yes]' | load_yaml).a }} {{ ('{\"a\": 1.0}' | load_json).a }}", '[1, True] 1.0'],
    ["{{ odict([('a', 1)]) ~ '' }} {{ ifelse('web*', 1, 'db*', 2, 3, minion_id='db1') }}", "OrderedDict([('a', 1)]) 2"],
    [
      "{{ 'someName' | to_snake_case }} {{ 'HTTPServer' | to_snake_case }} {{ 'aB' | to_snake_case }}",
      'some_name http_server a_b',
    ],
    ["{{ 'some_name_x' | to_camelcase }} {{ 'some_NAME' | to_camelcase(uppercamel=True) }}", 'someNameX SomeName'],
    ["{{ ['a', 'B'] | min }} {{ ['a', 'B'] | max }} {{ ['a', 'B'] | min(case_sensitive=false) }}", 'B a a'],
    [
      "{{ '10.0.0.1/24' | ip_host }} {{ ['10.0.0.1', 'fe80::1'] | ip_host }}",
      "10.0.0.1/24 ['10.0.0.1/32', 'fe80::1/128']",
    ],
    [
      "{{ ['+--+', '| id | name |', '+--+', '| 1 | ann |', '| 2 | 3 |', ''] | mysql_to_dict('id') }}",
      "{1: {'id': 1, 'name': 'ann'}, 2: {'id': 2, 'name': 3}}",
    ],
    ["[{{ 'x' | skip }}] {{ '/nowhere/at/all' | is_empty }}", '[] False'],
    [
      "{{ {'root': {'a': 1, 'b': [1, '<'], 'c': {'d': true}}} | xml }}",
      '<?xml version="1.0" ?>\n<root a="1">\n <b>1</b>\n <b>&lt;</b>\n <c d="True"/>\n</root>\n',
    ],
    [
      '{{ odict(a=odict(b=1)) }} {{ [odict(a=1)] }} {{ odict(a=1) | string }}',
      "{'a': {'b': 1}} [{'a': 1}] OrderedDict([('a', 1)])",
    ],
    [
      "{% set mine = [1] %}{{ show_full_context().mine }} {{ show_full_context().range }} {{ 'nope' in show_full_context() }}",
      '[1] <function range> False',
    ],
  ])('%s', (text, expected) => {
    expect(render(text)).toBe(expected)
  })

  test('that look for the greatest item of nothing fail', () => {
    expect(() => render('{{ [] | max }}')).toThrow('max() arg is an empty sequence')
  })

  test('of files say what is in them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'corpus-template-'))
    try {
      writeFileSync(join(folder, 'a.txt'), 'text')
      writeFileSync(join(folder, 'b.bin'), '\0')
      const path = join(folder, 'a.txt')
      expect(
        render(
          `{{ '${path}' | is_text_file }} {{ '${join(folder, 'b.bin')}' | is_bin_file }} {{ '${path}' | is_empty_file }}`,
        ),
      ).toBe('True True False')
      expect(render(`{{ '${path}' | file_hashsum('md5') }} {{ '${folder}' | list_files | length }}`)).toBe(
        '1cb251ec0d568de6a929b520c4aed8d1 3',
      )
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe("Salt's tags", () => {
  test('import data as it is after rendering', () => {
    expect(
      render(
        "{% import_yaml 'map.yaml' as m %}{{ m.ports }}{% import_json 'data.json' as d %}{{ d.k }}{% import_text 'note.txt' as t %}{{ t }}",
      ),
    ).toBe('[80, 443][1, 1.0, None]one\ntwo 2')
  })
  test('load what stands between them', () => {
    expect(
      render(
        '{% load_yaml as y %}{a: [1, {{ 1 + 1 }}]}{% endload %}{{ y.a }}{% load_json as j %}[null]{% endload %}{{ j }}{% load_text as t %} x {% endload %}{{ t }}',
      ),
    ).toBe('[1, 2][None] x ')
  })
  test('profile renders its body', () => {
    expect(render("{% profile as 'x' %}body{% endprofile %}")).toBe('body')
  })
  test('say what is wrong with the YAML that they load', () => {
    expect(() => render('{% load_yaml as y %}a: [1{% endload %}')).toThrow(/Encountered error loading yaml: /)
    expect(() => render("{% import_yaml 'bad.yaml' as y %}")).toThrow(/Encountered error loading yaml: /)
    expect(() => render("{{ 'x' | load_json }}")).toThrow('Unable to load json from x')
  })
})

describe('an imported file', () => {
  test('is one module in a rendering, and a fresh one with context and in the next rendering', () => {
    const twice =
      "{% import 'list.jinja' as a %}{% do a.items.append(1) %}{% import 'list.jinja' as b %}{{ b.items }}{% import 'list.jinja' as c with context %}{{ c.items }}"
    expect(render(twice)).toBe('[1][]')
    expect(render(twice)).toBe('[1][]')
  })
})

describe('a name that is not there', () => {
  test('prints as nothing where names are lenient', () => {
    expect(
      render(
        '[{{ x }}{% for i in x %}{% endfor %}{{ x is defined }}{{ not x }}{{ x == y }}{{ x | default(1) }}]',
        'lenient',
      ),
    ).toBe('[FalseTrueTrue1]')
    expect(() => render('{{ x.y }}', 'lenient')).toThrow("'x' is undefined")
  })
})

describe('a template that stops itself', () => {
  test('says its own message, with the place', () => {
    try {
      render("a\n{% if true %}\n{{ raise('no shop here') }}\n{% endif %}")
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(TemplateError)
      expect(error).toMatchObject({
        kind: 'runtime',
        message: 'no shop here',
        line: 3,
        path: 'main',
        type: 'salt.exceptions.TemplateError',
        excerpt: "a\n{% if true %}\n{{ raise('no shop here') }}    <======================\n{% endif %}",
      })
    }
  })
  test('leaves out what is far from the fault', () => {
    const lines = Array.from({ length: 20 }, (_, at) => (at === 9 ? '{{ x }}' : `line ${at + 1}`))
    try {
      render(lines.join('\n'))
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({
        line: 10,
        excerpt: [
          '[...]',
          ...lines.slice(4, 9),
          '{{ x }}    <======================',
          ...lines.slice(10, 15),
          '[...]',
        ].join('\n'),
      })
    }
  })
})

function render(text: string, names: 'strict' | 'lenient' = 'strict'): string {
  const templates = createTemplates({
    load: name => (Object.hasOwn(files, name) ? { path: name, text: files[name] ?? '' } : null),
    globals: new Map(),
    undefined: names,
  })
  return templates.render({ path: 'main', text }, new Map())
}
