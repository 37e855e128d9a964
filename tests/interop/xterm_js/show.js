// show.js — the screen that xterm.js makes of recorded bytes. usage: node show.js FILE COLUMNS ROWS
const fs = require('fs');
const { Terminal } = require('@xterm/headless');
const { Unicode11Addon } = require('@xterm/addon-unicode11');

const [file, columns, rows] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const terminal = new Terminal({ cols: columns, rows, allowProposedApi: true });
terminal.loadAddon(new Unicode11Addon()); // without it emoji are narrow, as in 2010
terminal.unicode.activeVersion = '11';
terminal.write(fs.readFileSync(file), () => {
  const screen = terminal.buffer.active;
  for (let y = 0; y < rows; y++) {
    console.log(screen.getLine(screen.baseY + y).translateToString(true).trimEnd());
  }
});
