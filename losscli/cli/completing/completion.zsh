#compdef losscli
# Completion of losscli for zsh; losscli completion zsh prints it.
_losscli_completion() {
    local kind value help line
    local -a plain plain_shown open open_shown
    while IFS= read -r line; do
        kind=${line%%$'\t'*} line=${line#*$'\t'}
        value=${line%%$'\t'*} help=${line#*$'\t'}
        case $kind in
            plain) plain+=("$value") plain_shown+=("$value${help:+  -- $help}") ;;
            open) open+=("$value") open_shown+=("$value${help:+  -- $help}") ;;
            file) compset -p $#value; _files ;;
            dir) compset -p $#value; _files -/ ;;
        esac
    done < <(_LOSSCLI_COMPLETE=zsh "${(Q)words[1]}" "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)
    (( $#plain )) && compadd -V losscli -l -d plain_shown -a plain
    (( $#open )) && compadd -V losscli -l -S '' -d open_shown -a open
    return 0
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _losscli_completion "$@"
else
    compdef _losscli_completion losscli
fi
