# Completion of losscli for bash 4.4 or later; losscli completion bash prints it.
_losscli_completion() {
    local kind value rest
    COMPREPLY=()
    while IFS=$'\t' read -r kind value rest; do
        case $kind in
            plain) COMPREPLY+=("$value") ;;
            open) COMPREPLY+=("$value") && compopt -o nospace ;;
            file) compopt -o default -o filenames ;;
            dir) compopt -o dirnames -o filenames ;;
        esac
    done < <(_LOSSCLI_COMPLETE=bash "$1" "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
}
complete -o nosort -F _losscli_completion losscli
