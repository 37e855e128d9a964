#!/usr/bin/env python3
"""chaos.py — random keys and sizes while the demo comes in live; worth most in a sanitizer's build. --seconds N, --seed N"""
import os, subprocess
import torture
from torture import expect, full, say

SECONDS = torture.option("--seconds", 1800 if full else 5)
SEED = int(torture.option("--seed", 1))
PATIENCE = 60  # for the start, the history and the end

with torture.World() as world:
    script = os.path.join(world.folder, "chaos.keys")
    with open(script, "w") as lines:
        lines.write("wait traces\nchaos %d %d\nsignal 15\nexit 0\nrestored\n" % (SECONDS * 1000, SEED))
    environment = {name: value for name, value in os.environ.items() if name not in ("TMUX", "COLORFGBG", "NO_COLOR", "TRACETUI_NOW", "TRACETUI_DB")}
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "TMPDIR"):
        environment[name] = world.folder
    environment.update(TERM="xterm-256color", PAGER="true", EDITOR="true")
    command = [torture.tool("drive"), "120x40", script, "--", torture.tracetui, "--demo", "--listen", "127.0.0.1:0"]
    done = subprocess.run(command, env=environment, timeout=SECONDS + PATIENCE)
    expect(done.returncode == 0, "seed %d: the explorer did not end well, or the terminal is not given back" % SEED)
    say("%d s of keys and sizes, seed %d" % (SECONDS, SEED))
torture.finish()
