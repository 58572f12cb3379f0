import type { Command, Option } from 'commander';

/** The shells that can complete the command's words. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof SHELLS)[number];

interface Known {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly Option[];
  /** What may follow, if that is not paths. */
  readonly words: readonly string[];
}

/**
 * A script by which a shell completes commands, options and their values; everything else stays a path. It has all that
 * the program knows of itself in it, so that a Tab starts no process, and does nothing with what was typed.
 */
export function completionScript(program: Command, shell: Shell): string {
  const all = program.commands.map((command) => known(command, program));
  return SCRIPTS[shell](program.name(), all);
}

function known(command: Command, program: Command): Known {
  const [argument] = command.registeredArguments;
  const words =
    command.name() === 'help' ? program.commands.map((each) => each.name()) : argument?.argChoices;
  const options = command.createHelp().visibleOptions(command);
  return { name: command.name(), summary: command.summary(), options: [...options], words: words ?? [] };
}

const SCRIPTS: Readonly<Record<Shell, (program: string, all: readonly Known[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

function bashScript(program: string, all: readonly Known[]): string {
  const values = all.flatMap(({ name, options }) =>
    options
      .filter(takesValue)
      .map((option) => `    '${name} ${option.long!} '*) words='${choicesOf(option).join(' ')}' ;;`),
  );
  const words = all.flatMap(({ name, options, words: others }) => [
    `    '${name} '*' -'*) words='${flagsOf(options).join(' ')}' ;;`,
    ...(others.length > 0 ? [`    '${name} '*) words='${others.join(' ')}' ;;`] : []),
  ]);
  return `# bash: source <(${program} completion bash)
_${functionName(program)}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words=
  COMPREPLY=()
  case "\${COMP_WORDS[1]} \${COMP_WORDS[COMP_CWORD - 1]} $current" in
${values.join('\n')}
${words.join('\n')}
  esac
  [ "$COMP_CWORD" -gt 1 ] || words='${all.map(({ name }) => name).join(' ')}'
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _${functionName(program)} ${program}
`;
}

function zshScript(program: string, all: readonly Known[]): string {
  const summaries = all.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`);
  const cases = all.map(({ name, options, words }) => {
    const rest = words.length > 0 ? `1:word:(${words.join(' ')})` : '*:path:_files';
    const specs = [...options.flatMap(zshSpecs), rest].map((spec) => `        ${quote(spec)}`);
    return `    ${name})\n      _arguments \\\n${specs.join(' \\\n')}\n      ;;`;
  });
  return `#compdef ${program}
# zsh: source <(${program} completion zsh), after compinit
_${functionName(program)}() {
  local -a commands=(
${summaries.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${cases.join('\n')}
  esac
}
compdef _${functionName(program)} ${program}
`;
}

function zshSpecs(option: Option): string[] {
  const description = option.description.replaceAll(/[[\]:\\]/g, '\\$&');
  const choices = choicesOf(option);
  const value = takesValue(option) ? `:value:${choices.length > 0 ? `(${choices.join(' ')})` : ' '}` : '';
  return flagsOf([option]).map((flag) => `${flag}[${description}]${value}`);
}

function fishScript(program: string, all: readonly Known[]): string {
  const lines = all.flatMap(({ name, summary, options, words }) => {
    const after = `-n ${quote(`__fish_seen_subcommand_from ${name}`)}`;
    return [
      `complete -c ${program} -n __fish_use_subcommand -f -a ${name} -d ${quote(summary)}`,
      ...options.map((option) => `complete -c ${program} ${after} ${fishOption(option)}`),
      ...(words.length > 0 ? [`complete -c ${program} ${after} -f -a ${quote(words.join(' '))}`] : []),
    ];
  });
  return `# fish: ${program} completion fish | source\n${lines.join('\n')}\n`;
}

function fishOption(option: Option): string {
  const choices = choicesOf(option);
  return [
    ...(option.short ? [`-s ${option.short.slice(1)}`] : []),
    `-l ${option.long!.slice(2)}`,
    ...(takesValue(option) ? ['-x'] : []),
    ...(choices.length > 0 ? [`-a ${quote(choices.join(' '))}`] : []),
    `-d ${quote(option.description)}`,
  ].join(' ');
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

function choicesOf(option: Option): readonly string[] {
  return option.argChoices ?? [];
}

function flagsOf(options: readonly Option[]): string[] {
  return options.flatMap(({ short, long }) => [short, long].filter((flag) => flag !== undefined));
}

function functionName(program: string): string {
  return program.replaceAll('-', '_');
}

/** For all three of the shells. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}
