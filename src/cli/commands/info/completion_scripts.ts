/**
 * The completion scripts. They get the candidates from `mcpass __complete`, so they need no change when
 * flags change.
 * @module
 */

export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;

/**
 * Bash also splits words at `:` and `=`. The function joins the parts that have no space between them,
 * and removes from each candidate what precedes the part that Bash replaces (its second argument).
 */
const BASH = String.raw`# mcpass completion for bash; bash-completion is not needed
_mcpass_bare() {
  local open= char i
  bare=
  for ((i = 0; i < \${#1}; i++)); do
    char="\${1:i:1}"
    if [[ "$char" == "$open" ]]; then
      open=
    elif [[ -z "$open" && "$char" == [\"\'] ]]; then
      open="$char"
    elif [[ "$char" == \\ && "$open" != \' ]]; then
      bare+="\${1: ++i:1}"
    else
      bare+="$char"
    fi
  done
}
_mcpass() {
  local rest="\${COMP_LINE:0:COMP_POINT}" part bare head item about i special=
  local -a words=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    part="\${COMP_WORDS[i]}"
    bare="\${rest#"\${rest%%[![:space:]]*}"}"
    if [[ \${#words[@]} -eq 0 || "$bare" != "$rest" ]]; then words+=(""); fi
    part="\${part:0:\${#bare}}"
    words[\${#words[@]}-1]+="$part"
    rest="\${bare:\${#part}}"
  done
  head="\${words[\${#words[@]}-1]%"$2"}"
  case "$head" in
    *\') special="'" ;;
    *\") special='"$\!'$'\x60' ;;
  esac
  for i in "\${!words[@]}"; do
    _mcpass_bare "\${words[i]}"
    words[i]="$bare"
  done
  _mcpass_bare "$head"
  head="$bare"
  COMPREPLY=()
  while IFS=$'\t' read -r item about; do
    if [[ "$item" == ":files" ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r part; do COMPREPLY+=("$part"); done < <(compgen -f -- "$2")
      return
    fi
    item="\${item#"$head"}"
    if [[ "$item" == *= ]]; then compopt -o nospace 2>/dev/null; fi
    if [[ -z "$special" ]]; then
      printf -v item %q "$item"
    elif [[ "$item" == *["$special"]* ]]; then
      continue
    fi
    COMPREPLY+=("$item")
  done < <("\${1/#\~/$HOME}" __complete -- "\${words[@]:1}" 2>/dev/null)
}
complete -F _mcpass mcpass
`.replaceAll("\\${", "${");

const ZSH = String.raw`#compdef mcpass
# mcpass completion for zsh
_mcpass() {
  local -a lines described opened
  local line item about
  lines=("\${(@f)$("\${\${(Q)words[1]}/#\~/$HOME}" __complete -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  for line in $lines; do
    if [[ $line == :files ]]; then
      [[ $PREFIX == --*=* ]] && compset -P 1 '*='
      _files
      return
    fi
    item="\${line%%$'\t'*}"
    [[ -n $item ]] || continue
    about="\${item//:/\\:}\${\${line#*$'\t'}:+:\${line#*$'\t'}}"
    if [[ $item == *= ]]; then opened+=("$about"); else described+=("$about"); fi
  done
  (( $#opened )) && _describe -t mcpass mcpass opened -S ''
  (( $#described )) && _describe -t mcpass mcpass described
}
if [[ $funcstack[1] == _mcpass ]]; then
  _mcpass "$@"
else
  compdef _mcpass mcpass
fi
`.replaceAll("\\${", "${");

const FISH = String.raw`# mcpass completion for fish
function __mcpass_complete
    set -l last (commandline -ct)
    for open in '' '"' "'"
        set -l bare (string unescape -- "$last$open")
        and set last $bare
        and break
    end
    command mcpass __complete -- (commandline -opc)[2..-1] "$last" 2>/dev/null
end
complete -c mcpass -f -a '(__mcpass_complete | string match -v :files)'
complete -c mcpass -F -n '__mcpass_complete | string match -q :files'
`;

/**
 * PowerShell also treats typographic quotes as quotes: its own function doubles each of them. Older
 * versions do not pass an empty argument.
 */
const POWERSHELL = String.raw`# mcpass completion for PowerShell
Register-ArgumentCompleter -Native -CommandName mcpass -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition -or $_.Extent.Text -ne $wordToComplete } |
        ForEach-Object { if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text } })
    $last = $wordToComplete.Trim("'", '"')
    $lines = @(if ($last) { & mcpass __complete -- @words $last 2>$null } else { & mcpass __complete --new -- @words 2>$null })
    if ($lines.Count -eq 1 -and $lines[0] -eq ':files') { return }
    foreach ($line in $lines) {
        $item, $about = $line -split [char]9, 2
        if (-not $item) { continue }
        if (-not $about) { $about = $item }
        $text = if ($item -match '^[A-Za-z0-9_:/.=-]+$') { $item } else { "'" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($item) + "'" }
        [System.Management.Automation.CompletionResult]::new($text, $item, 'ParameterValue', $about)
    }
}
`;

export const COMPLETION_SCRIPTS: Readonly<Record<(typeof SHELLS)[number], string>> = {
  bash: BASH,
  zsh: ZSH,
  fish: FISH,
  powershell: POWERSHELL,
};
