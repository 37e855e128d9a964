// browse — clicks in a real Chromium as it is told on standard input; prints the trace id and what the page said.
// usage: browse.js URL PROFILE
const { chromium } = require('playwright-core');
const readline = require('readline');

(async () => {
  const context = await chromium.launchPersistentContext(process.argv[3], {
    executablePath: '/usr/bin/chromium',
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
  });
  const page = await context.newPage();
  await page.goto(process.argv[2]);
  console.log('ready');
  for await (const id of readline.createInterface({ input: process.stdin })) {
    await page.$eval('#said', (said) => { delete said.dataset.trace; });
    await page.click('#' + id);
    await page.waitForSelector('#said[data-trace]');
    const said = await page.$('#said');
    console.log(await said.getAttribute('data-trace'), await said.textContent());
  }
  await context.close();
})();
