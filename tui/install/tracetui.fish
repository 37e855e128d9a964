# fish completion for tracetui: commands and options are those that its own help names.
complete -c tracetui -f
complete -c tracetui -n __fish_use_subcommand -a "(tracetui --help | string replace -rf '^  tracetui ([a-z][a-z-]*).*' '\$1' | sort -u)"
complete -c tracetui -n 'string match -q -- "-*" (commandline -ct)' -a "(tracetui --help | string match -ra -- '--[a-z][a-z0-9-]+' | sort -u)"
complete -c tracetui -n 'contains -- (commandline -poc)[-1] --format' -a 'table json csv tree otlp auto flat zipkin jaeger sqlite'
complete -c tracetui -n 'contains -- (commandline -poc)[-1] --sort' -a 'start duration spans errors operation user'
complete -c tracetui -n 'contains -- (commandline -poc)[-1] --by' -a 'operation user service type error'
complete -c tracetui -n 'contains -- (commandline -poc)[-1] --theme' -a 'dark light mono high-contrast 16'
complete -c tracetui -n 'contains -- (commandline -poc)[-1] --color' -a 'auto never 8 256'
complete -c tracetui -n 'contains -- (commandline -poc)[-1] --durability' -a 'normal full'
complete -c tracetui -n 'contains -- (commandline -poc)[-1] --db --config -o --output import' -F
