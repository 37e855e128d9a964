#compdef tracetui
# zsh completion for tracetui: commands and options are those that its own help names.
_tracetui() {
    case $words[CURRENT-1] in
    --format) compadd table json csv tree otlp auto flat zipkin jaeger sqlite ;;
    --sort) compadd start duration spans errors operation user ;;
    --by) compadd operation user service type error ;;
    --theme) compadd dark light mono high-contrast 16 ;;
    --color) compadd auto never 8 256 ;;
    --durability) compadd normal full ;;
    --*-file | --config | --db | -o | --output | import) _files ;;
    *)
        if [[ $PREFIX == -* ]]; then
            compadd -- ${(f)"$(tracetui --help | grep -oE -- '--[a-z][a-z0-9-]+' | sort -u)"}
        else
            compadd -- ${(f)"$(tracetui --help | sed -n 's/^  tracetui \([a-z][a-z-]*\).*/\1/p' | sort -u)"}
        fi
        ;;
    esac
}
_tracetui "$@"
