// show.js — the screens that xterm.js makes of recorded bytes. usage: node show.js COLUMNS ROWS FILE...
// The files are one stream in pieces; what stands after FILE goes to FILE.screen.
const fs = require('fs');
const { Terminal } = require('@xterm/headless');
const { Unicode11Addon } = require('@xterm/addon-unicode11');

const [cols, rows] = process.argv.slice(2, 4).map(Number);
const terminal = new Terminal({ cols, rows, allowProposedApi: true });
terminal.loadAddon(new Unicode11Addon()); // without it emoji are narrow, as in 2010
terminal.unicode.activeVersion = '11';

function show(file) {
  const screen = terminal.buffer.active;
  const lines = [];
  for (let y = 0; y < rows; y++) {
    lines.push(screen.getLine(screen.baseY + y).translateToString(true).trimEnd() + '\n');
  }
  fs.writeFileSync(file + '.screen', lines.join(''));
}

for (const file of process.argv.slice(4)) {
  terminal.write(fs.readFileSync(file), () => show(file));
}
