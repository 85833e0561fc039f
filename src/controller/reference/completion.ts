/** Completion for shells, generated from the commands: no process is started for it but the shell's own. */
import { clientCommands } from './client-commands.ts'
import { behind, commands } from './commands.ts'
import { firstSentence } from './help.ts'

type Write = () => string

/** What of a command a shell is told. */
interface Told {
  /** `config get` */
  readonly name: string
  readonly does: string
  /** What its first word is. */
  readonly takes: 'project' | 'environment' | ''
  readonly options: readonly string[]
}

/** Projects as the shell finds them: folders below the root. */
const projects = '${CORPUS_ROOT:-/srv}/projects'

/** Nicknames of machines, as sed finds them. */
const environments = "sed -n 's/^\\([A-Za-z0-9][A-Za-z0-9_.-]*\\):.*/\\1/p' ~/.makinastates.conf 2> /dev/null"

const bash: Write = () => {
  const { all, first, groups } = toldOf()
  const cases = all.map(
    ({ name, options, takes }) => `    '${name}') options='${options.join(' ')}'; takes=${takes} ;;\n`,
  )
  const seconds = [...groups].map(([group, words]) => `    ${group}) seconds='${words.join(' ')}' ;;\n`)
  return `# bash completion for corpus, written by \`corpus completion bash\`.
_corpus() {
  local -a words=("\${COMP_WORDS[@]}")
  local cword=$COMP_CWORD cur=\${COMP_WORDS[COMP_CWORD]} away= seconds= options= takes= at=2
  COMPREPLY=()
  if [ "\${words[1]}" = -e ] && [ "$cword" -gt 1 ]; then
    if [ "$cword" -eq 2 ]; then
      COMPREPLY=($(compgen -W "$(${environments})" -- "$cur"))
      return
    fi
    words=("\${words[0]}" "\${words[@]:3}") cword=$((cword - 2)) away=yes
  fi
  local command=\${words[1]}
  if [ "$cword" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${first.join(' ')}' -- "$cur"))
    return
  fi
  case $command in
${seconds.join('')}  esac
  if [ -n "$seconds" ]; then
    if [ "$cword" -eq 2 ]; then
      COMPREPLY=($(compgen -W "$seconds" -- "$cur"))
      return
    fi
    command="$command \${words[2]}" at=3
  fi
  case $command in
${cases.join('')}  esac
  case $cur in
    -*) COMPREPLY=($(compgen -W "$options" -- "$cur")) ;;
    *)
      if [ "$takes" = environment ] && [ "$cword" -eq "$at" ]; then
        COMPREPLY=($(compgen -W "$(${environments})" -- "$cur"))
      elif [ "$takes" = project ] && [ -z "$away" ] && [ "$cword" -eq "$at" ]; then
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
    ({ name, options, takes }) => `    '${name}') options=(${options.join(' ')}); takes=${takes} ;;\n`,
  )
  return `#compdef corpus
# zsh completion for corpus, written by \`corpus completion zsh\`.
_corpus() {
  local -a first seconds options found
  local name takes= at=3 away=
  if [[ $words[2] == -e ]] && (( CURRENT > 2 )); then
    if (( CURRENT == 3 )); then found=(\${(f)"$(${environments})"}); compadd -- $found; return; fi
    words=($words[1] "\${(@)words[4,-1]}"); (( CURRENT -= 2 )); away=yes
  fi
  name=$words[2]
  first=(${described(first)})
  if (( CURRENT == 2 )); then _describe 'command' first; return; fi
  case $name in
${seconds.join('')}  esac
  case $name in
${cases.join('')}  esac
  if [[ $words[CURRENT] == -* ]]; then compadd -- $options; return; fi
  if [[ $takes == environment ]] && (( CURRENT == at )); then
    found=(\${(f)"$(${environments})"}); compadd -- $found
  elif [[ $takes == project && -z $away ]] && (( CURRENT == at )); then
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
    line('test (count (__corpus_words)) -eq 1', `-f -a '${word}' -d '${quoted(doesOf(all, word))}'`),
  )
  const seconds = [...groups].flatMap(([group, words]) =>
    words.map(word =>
      line(
        `test (count (__corpus_words)) -eq 2; and __fish_seen_subcommand_from ${group}`,
        `-f -a '${word}' -d '${quoted(doesOf(all, `${group} ${word}`))}'`,
      ),
    ),
  )
  const rest = all.flatMap(({ name, options, takes }) => {
    const words = name.split(' ')
    const seen = words.map(word => `__fish_seen_subcommand_from ${word}`).join('; and ')
    const finds = takes === 'project' ? '__corpus_projects' : '__corpus_environments'
    const here = takes
      ? [line(`${seen}; and test (count (__corpus_words)) -eq ${words.length + 1}`, `-f -a '(${finds})'`)]
      : []
    const long = options.filter(one => one.startsWith('--'))
    return [...here, ...long.map(option => line(seen, `-l ${option.slice(2)}`))]
  })
  return `# fish completion for corpus, written by \`corpus completion fish\`.
function __corpus_words
  set -l words (commandline -opc)
  if test (count $words) -gt 2; and test $words[2] = -e
    set -e words[2..3]
  end
  printf '%s\\n' $words
end
function __corpus_environments
  ${environments}
end
function __corpus_projects
  set -l words (commandline -opc)
  test (count $words) -gt 1; and test $words[2] = -e; and return
  set -l root /srv
  set -q CORPUS_ROOT; and set root $CORPUS_ROOT
  path basename $root/projects/* 2>/dev/null
end
complete -c corpus -n 'test (count (commandline -opc)) -eq 1' -s e -x -a '(__corpus_environments)' -d 'another machine'
${firsts.join('')}${seconds.join('')}${rest.join('')}`
}

export const completions: Readonly<Record<'bash' | 'zsh' | 'fish', Write>> = { bash, zsh, fish }

function toldOf() {
  // What is typed behind NAME has its options with those of the command that it stands behind.
  const first = commands.filter(one => one.behind === undefined)
  const all: Told[] = first.map(one => ({
    name: one.name,
    does: firstSentence(one.does),
    takes: one.takesProject || ['destroy', 'remote add'].includes(one.name) ? 'project' : '',
    options: [
      ...new Set([
        '--help',
        '--root',
        '--json',
        ...[one, ...behind(one)].flatMap(({ options }) => options.flatMap(({ flags }) => flagsOf(flags))),
      ]),
    ],
  }))
  for (const { name, does, options } of clientCommands)
    all.push({
      name,
      does: firstSentence(does),
      takes: name === 'environments' ? '' : 'environment',
      options: ['--help', ...options.flatMap(({ flags }) => flagsOf(flags))],
    })
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
