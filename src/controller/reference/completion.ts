/** Completion for shells, generated from the commands: no process is started for it but the shell's own. */
import { behind, commands } from './commands.ts'
import { firstSentence } from './help.ts'

type Write = () => string

/** What of a command a shell is told. */
interface Told {
  /** `config get` */
  readonly name: string
  readonly does: string
  readonly hasProject: boolean
  readonly options: readonly string[]
}

/** Projects as the shell finds them: folders below the root. */
const projects = '${CORPUS_ROOT:-/srv}/projects'

const bash: Write = () => {
  const { all, first, groups } = toldOf()
  const cases = all.map(
    ({ name, options, hasProject }) =>
      `    '${name}') options='${options.join(' ')}'; takes=${hasProject ? 'project' : ''} ;;\n`,
  )
  const seconds = [...groups].map(([group, words]) => `    ${group}) seconds='${words.join(' ')}' ;;\n`)
  return `# bash completion for corpus, written by \`corpus completion bash\`.
_corpus() {
  local cur=\${COMP_WORDS[COMP_CWORD]} command=\${COMP_WORDS[1]} seconds= options= takes= at=2
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${first.join(' ')}' -- "$cur"))
    return
  fi
  case $command in
${seconds.join('')}  esac
  if [ -n "$seconds" ]; then
    if [ "$COMP_CWORD" -eq 2 ]; then
      COMPREPLY=($(compgen -W "$seconds" -- "$cur"))
      return
    fi
    command="$command \${COMP_WORDS[2]}" at=3
  fi
  case $command in
${cases.join('')}  esac
  case $cur in
    -*) COMPREPLY=($(compgen -W "$options" -- "$cur")) ;;
    *)
      if [ -n "$takes" ] && [ "$COMP_CWORD" -eq "$at" ]; then
        COMPREPLY=($(compgen -W "$(cd "${projects}" 2> /dev/null && printf '%s ' *)" -- "$cur"))
      else
        COMPREPLY=($(compgen -f -- "$cur"))
      fi
      ;;
  esac
}
complete -F _corpus corpus
`
}

const zsh: Write = () => {
  const { all, first, groups } = toldOf()
  const described = (words: readonly string[], before = '') =>
    words.map(word => `'${word}:${quoted(doesOf(all, `${before}${word}`))}'`).join(' ')
  const seconds = [...groups].map(
    ([group, words]) =>
      `      ${group}) if (( CURRENT == 3 )); then seconds=(${described(words, `${group} `)}); _describe 'command' seconds; return; fi; name="$name $words[3]"; at=4 ;;\n`,
  )
  const cases = all.map(
    ({ name, options, hasProject }) =>
      `    '${name}') options=(${options.join(' ')}); takes=${hasProject ? 'project' : ''} ;;\n`,
  )
  return `#compdef corpus
# zsh completion for corpus, written by \`corpus completion zsh\`.
_corpus() {
  local -a first seconds options found
  local name=$words[2] takes= at=3
  first=(${described(first)})
  if (( CURRENT == 2 )); then _describe 'command' first; return; fi
  case $name in
${seconds.join('')}  esac
  case $name in
${cases.join('')}  esac
  if [[ $words[CURRENT] == -* ]]; then compadd -- $options; return; fi
  if [[ -n $takes ]] && (( CURRENT == at )); then
    found=(${projects}/*(N:t))
    compadd -- $found
  else
    _files
  fi
}
if [[ $funcstack[1] == _corpus ]]; then _corpus "$@"; else compdef _corpus corpus; fi
`
}

const fish: Write = () => {
  const { all, first, groups } = toldOf()
  const line = (condition: string, rest: string) => `complete -c corpus -n '${condition}' ${rest}\n`
  const firsts = first.map(word =>
    line('test (count (commandline -opc)) -eq 1', `-f -a '${word}' -d '${quoted(doesOf(all, word))}'`),
  )
  const seconds = [...groups].flatMap(([group, words]) =>
    words.map(word =>
      line(
        `test (count (commandline -opc)) -eq 2; and __fish_seen_subcommand_from ${group}`,
        `-f -a '${word}' -d '${quoted(doesOf(all, `${group} ${word}`))}'`,
      ),
    ),
  )
  const rest = all.flatMap(({ name, options, hasProject }) => {
    const words = name.split(' ')
    const seen = words.map(word => `__fish_seen_subcommand_from ${word}`).join('; and ')
    const here = hasProject
      ? [line(`${seen}; and test (count (commandline -opc)) -eq ${words.length + 1}`, `-f -a '(__corpus_projects)'`)]
      : []
    const long = options.filter(one => one.startsWith('--'))
    return [...here, ...long.map(option => line(seen, `-l ${option.slice(2)}`))]
  })
  return `# fish completion for corpus, written by \`corpus completion fish\`.
function __corpus_projects
  set -l root /srv
  set -q CORPUS_ROOT; and set root $CORPUS_ROOT
  path basename $root/projects/* 2>/dev/null
end
${firsts.join('')}${seconds.join('')}${rest.join('')}`
}

export const completions: Readonly<Record<'bash' | 'zsh' | 'fish', Write>> = { bash, zsh, fish }

function toldOf() {
  // What is typed behind NAME has its options with those of the command that it stands behind.
  const first = commands.filter(one => one.behind === undefined)
  const all: Told[] = first.map(one => ({
    name: one.name,
    does: firstSentence(one.does),
    hasProject: one.takesProject || ['destroy', 'remote add'].includes(one.name),
    options: [
      ...new Set([
        '--help',
        '--root',
        '--json',
        ...[one, ...behind(one)].flatMap(({ options }) => options.flatMap(({ flags }) => flagsOf(flags))),
      ]),
    ],
  }))
  const groups = new Map<string, string[]>()
  for (const { name } of all) {
    const [group = '', word] = name.split(' ')
    if (word !== undefined) groups.set(group, [...(groups.get(group) ?? []), word])
  }
  return { all, groups, first: [...new Set(all.map(({ name }) => name.split(' ')[0] ?? ''))] }
}

/** `-f, --follow` and `--mode MODE` without their values. */
const flagsOf = (flags: string): string[] => flags.split(', ').map(flag => flag.split(' ')[0] ?? '')

/** A group says which words it has. */
const doesOf = (all: readonly Told[], name: string): string =>
  all.find(one => one.name === name)?.does ??
  all
    .filter(one => one.name.startsWith(`${name} `))
    .map(one => one.name.slice(name.length + 1))
    .join(', ')

/** Inside single quotes of a shell, and behind a colon of zsh's. */
const quoted = (text: string): string => text.replaceAll("'", '’').replaceAll(':', ' -')
