import { describe, expect, test } from 'vitest'
import { parseQuery } from '../../../../src/salt/jinja/salt/query-parse.ts'
import { readJson, writeJson } from '../../../../src/salt/python/json.ts'

const data = readJson(
  '{"a": {"b": {"c": 1}}, "list": [0, 1, 2, 3, 4, 5], "people": [{"name": "bob", "age": 30, "tags": ["x"]}, {"name": "amy", "age": 20, "tags": ["y", "z"]}, {"age": 5}], "ops": {"f1": {"n": 1}, "f2": {"n": 2}, "x": {"other": 1}}, "nested": [[1, 2], [3, [4]], 5], "empty": [], "two words": 7}',
)

describe('json_query finds', () => {
  test.each([
    ['a.b.c', '1'],
    ['a.nope.c', 'null'],
    ['"two words"', '7'],
    ['list[0]', '0'],
    ['list[-1]', '5'],
    ['list[9]', 'null'],
    ['list[1:3]', '[1, 2]'],
    ['list[::-2]', '[5, 3, 1]'],
    ['people[*].name', '["bob", "amy"]'],
    ['people[:2].name', '["bob", "amy"]'],
    ['people[*].tags[]', '["x", "y", "z"]'],
    ['people[].tags[0]', '["x", "y"]'],
    ['ops.*.n', '[1, 2]'],
    ['nested[]', '[1, 2, 3, [4], 5]'],
    ['nested[][]', '[1, 2, 3, 4, 5]'],
    ['people[?age > `10`].name', '["bob", "amy"]'],
    ["people[?name == 'amy'].age | [0]", '20'],
    ["people[?age >= `20` && contains(name, 'o')].name", '["bob"]'],
    ['people[?!name].age', '[5]'],
    ['people[*].{n: name, years: age} | [0]', '{"n": "bob", "years": 30}'],
    ['people[*].[name, age] | [1]', '["amy", 20]'],
    ['[a.b.c, list[1]]', '[1, 1]'],
    ['length(people)', '3'],
    ['sort_by(people, &age)[0].age', '5'],
    ['max_by(people, &age).name', '"bob"'],
    ['map(&age, people)', '[30, 20, 5]'],
    ["join('-', people[*].name)", '"bob-amy"'],
    ['sum(list)', '15'],
    ['avg(list)', '2.5'],
    ['keys(ops)', '["f1", "f2", "x"]'],
    ['not_null(nope, a.b.c)', '1'],
    ['nope || a.b.c', '1'],
    ['empty || `"none"`', '"none"'],
    ['type(list)', '"array"'],
    ["to_number('5')", '5'],
    ['to_string(list[:2])', '"[0,1]"'],
    ['reverse(list)[0]', '5'],
    ['@.a.b.c', '1'],
    ['(a.b).c', '1'],
    ['merge(a.b, `{"d": 2}`)', '{"c": 1, "d": 2}'],
  ])('%s', (expression, expected) => {
    expect(writeJson(parseQuery(expression)(data))).toBe(expected)
  })

  test.each(['a.', 'a[', '[?', 'nope(1)', 'a b', '{a}', '&&', '#', 'a['.repeat(300)])(
    'nothing for what is no expression: %s',
    expression => {
      expect(() => parseQuery(expression)(data)).toThrow(/jmespath|function|Unknown/i)
    },
  )
})
