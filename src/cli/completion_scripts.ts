/**
 * The completion scripts. What may stand where is asked of `mcpass __complete`, so a script does not age
 * with the flags.
 *
 * @module
 */

/** The shells there is a script for. */
export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;

/**
 * Bash breaks words at `:` and `=` too. They are put together again where no space is between them, and
 * what precedes the last break is taken off the candidates, because Bash replaces only what follows it.
 */
const BASH = String.raw`# mcpass completion for bash; bash-completion is not needed
_mcpass() {
  local rest="\${COMP_LINE:0:COMP_POINT}" part bare head tail cur item about i
  local -a words=() found=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    part="\${COMP_WORDS[i]}"
    bare="\${rest#"\${rest%%[![:space:]]*}"}"
    if [[ \${#words[@]} -eq 0 || "$bare" != "$rest" ]]; then words+=(""); fi
    part="\${part:0:\${#bare}}"
    words[\${#words[@]}-1]+="$part"
    rest="\${bare:\${#part}}"
  done
  cur="\${words[\${#words[@]}-1]}"
  case "$cur" in
    [\"\']*) tail="\${cur:1}" ;;
    *) tail="\${cur##*["$COMP_WORDBREAKS"]}" ;;
  esac
  head="\${cur%"$tail"}"
  for i in "\${!words[@]}"; do
    part="\${words[i]}"
    part="\${part//\\/}"
    part="\${part//\"/}"
    words[i]="\${part//\'/}"
  done
  head="\${head//\\/}" head="\${head//\"/}" head="\${head//\'/}"
  COMPREPLY=()
  while IFS=$'\t' read -r item about; do
    if [[ "$item" == ":files" ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r part; do found+=("$part"); done < <(compgen -f -- "$tail")
      COMPREPLY=("\${found[@]}")
      return
    fi
    item="\${item#"$head"}"
    case "$cur" in
      [\"\']*) [[ "$item" == *[\$\`\"\'\\!]* ]] && continue ;;
      *) printf -v item %q "$item" ;;
    esac
    COMPREPLY+=("$item")
  done < <("\${1/#\~/$HOME}" __complete -- "\${words[@]:1}" 2>/dev/null)
}
complete -F _mcpass mcpass
`.replaceAll("\\${", "${");

const ZSH = String.raw`#compdef mcpass
# mcpass completion for zsh
_mcpass() {
  local -a lines described
  local line item
  lines=("\${(@f)$("\${\${(Q)words[1]}/#\~/$HOME}" __complete -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  for line in $lines; do
    if [[ $line == :files ]]; then
      _files
      return
    fi
    item="\${line%%$'\t'*}"
    [[ -n $item ]] && described+=("\${item//:/\\:}\${\${line#*$'\t'}:+:\${line#*$'\t'}}")
  done
  _describe -t mcpass mcpass described
}
if [[ $funcstack[1] == _mcpass ]]; then
  _mcpass "$@"
else
  compdef _mcpass mcpass
fi
`.replaceAll("\\${", "${");

const FISH = String.raw`# mcpass completion for fish
function __mcpass_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l lines (command mcpass __complete -- $words[2..-1] 2>/dev/null)
    if test "$lines" = ':files'
        __fish_complete_path (commandline -ct)
    else
        printf '%s\n' $lines
    end
end
complete -c mcpass -f -a '(__mcpass_complete)'
`;

/** To PowerShell typographic quotes are quotes too: its own function doubles each of them. */
const POWERSHELL = String.raw`# mcpass completion for PowerShell
Register-ArgumentCompleter -Native -CommandName mcpass -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition -or $_.Extent.Text -ne $wordToComplete } |
        ForEach-Object { if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text } })
    $lines = @(& mcpass __complete -- @words $wordToComplete.Trim("'", '"') 2>$null)
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

/** The script of each shell. */
export const COMPLETION_SCRIPTS: Readonly<Record<(typeof SHELLS)[number], string>> = {
  bash: BASH,
  zsh: ZSH,
  fish: FISH,
  powershell: POWERSHELL,
};
