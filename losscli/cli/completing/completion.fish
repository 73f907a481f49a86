# Completion of losscli for fish 3.1 or later; losscli completion fish prints it.
function __losscli_completion
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l plain (string unescape -- "$current"; or string trim --left --chars "'\"" -- "$current")
    for line in (env _LOSSCLI_COMPLETE=fish $words "$plain" 2>/dev/null)
        set -l parts (string split --max 2 \t -- $line)
        switch $parts[1]
            case plain open
                printf '%s\t%s\n' $parts[2] $parts[3]
            case file dir
                set -l from (math 1 + (string length -- "$parts[2]"))
                for path in (__fish_complete_path (string sub --start $from -- "$plain"))
                    test $parts[1] = file; or string match --quiet '*/*' -- $path; and printf '%s%s\n' "$parts[2]" $path
                end
        end
    end
end
complete --command losscli --no-files --arguments '(__losscli_completion)'
