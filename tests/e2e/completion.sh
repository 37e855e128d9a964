#!/usr/bin/env bash
# completion.sh — bash, zsh and fish offer every command and option that the program's help names.
. "$(dirname "$0")/lib.sh"
folder=$(cd "$(dirname "$0")/../../tui/install" && pwd)
export PATH=$build:$PATH
options=$("$tracetui" --help | grep -oE -- '--[a-z][a-z0-9-]+' | sort -u)
commands=$("$tracetui" --help | sed -n 's/^  tracetui \([a-z][a-z-]*\).*/\1/p' | sort -u)
[ "$(wc -w <<<"$commands")" -ge 11 ] || fail "the help names no commands: $commands"

# all WHAT EXPECTED GOT: each word of EXPECTED is one of GOT
all() {
    local word
    for word in $2; do
        grep -qxF -- "$word" <<<"$3" || fail "$1 does not offer $word"
    done
}

offered_by_bash() { # WORD BEFORE
    bash -c '. "$1"; COMP_WORDS=(tracetui $3 "$2"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _tracetui; printf "%s\n" "${COMPREPLY[@]}"' - "$folder/tracetui.bash" "$1" "${2:-}"
}
all "bash" "$options" "$(offered_by_bash --)"
all "bash" "$commands" "$(offered_by_bash '')"
all "bash after --by" "operation user" "$(offered_by_bash '' --by)"

if command -v zsh >/dev/null; then
    offered_by_zsh() { # WORD BEFORE
        zsh -fc 'compadd() { [[ $1 == -- ]] && shift; print -l -- "$@"; }
            words=(tracetui $3 "$2"); CURRENT=$#words; PREFIX=$2; . "$1"' - "$folder/tracetui.zsh" "$1" "${2:-}"
    }
    all "zsh" "$options" "$(offered_by_zsh --)"
    all "zsh" "$commands" "$(offered_by_zsh '')"
    all "zsh after --by" "operation user" "$(offered_by_zsh '' --by)"
else
    echo "SKIPPED LOUDLY: no zsh on this machine"
fi

if command -v fish >/dev/null; then
    offered_by_fish() { # LINE
        fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$folder/tracetui.fish" "$1" | cut -f1
    }
    all "fish" "$options" "$(offered_by_fish 'tracetui --')"
    all "fish" "$commands" "$(offered_by_fish 'tracetui ')"
    all "fish after --by" "operation user" "$(offered_by_fish 'tracetui stats --by ')"
else
    echo "SKIPPED LOUDLY: no fish on this machine"
fi
finish
