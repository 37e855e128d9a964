# bash completion for tracetui
_tracetui() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    case $before in
    --format) COMPREPLY=($(compgen -W "table json csv tree otlp auto flat zipkin jaeger" -- "$word")) ;;
    --sort) COMPREPLY=($(compgen -W "start duration spans errors operation user" -- "$word")) ;;
    --by) COMPREPLY=($(compgen -W "operation user service type error client" -- "$word")) ;;
    --theme) COMPREPLY=($(compgen -W "dark light mono high-contrast 16" -- "$word")) ;;
    --color) COMPREPLY=($(compgen -W "auto never 8 256" -- "$word")) ;;
    --durability) COMPREPLY=($(compgen -W "normal full" -- "$word")) ;;
    --config | --db | --ingest-token-file | --tls-cert | --tls-client-ca | --tls-key | --token-file | -o | --output | import) COMPREPLY=($(compgen -f -- "$word")) ;;
    *)
        COMPREPLY=($(compgen -W "serve ls show diff map stats tail import export prune check send-test
            --anonymize --ascii --by --color --config --cors-origin --critical --db --demo --depth --durability --errors --format --grpc --help
            --ingest-token-file --insecure --limit --listen --mask --mask-value --max-size --mouse --no-grpc --no-listen
            --no-live --no-mask --older-than
            --open --output --param-limit --preview-delay --print-config --print-keys --public-host --retention --reverse --sample --sample-slow --screen-reader --seed
            --sort --span --sql-limit --theme --tls-cert --tls-client-ca --tls-key --token-file --utf8 --version" -- "$word"))
        ;;
    esac
}
complete -F _tracetui tracetui
