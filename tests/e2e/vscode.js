// Drives VS Code in a headless browser; prints one line for each check and the count.

const { chromium } = require("playwright-core");

const { PORT, FOLDER, SHOT } = process.env;
let passed = 0;
let failed = 0;
let last = async () => {};

async function check(name, what) {
  try {
    await what();
    passed += 1;
    console.log(`ok   ${name}`);
  } catch (error) {
    failed += 1;
    await last();
    console.log(`FAIL ${name}: ${error.message.split("\n").slice(0, 3).join(" ")}`);
  }
}

async function reach(page, url) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await page.goto(url);
    } catch (error) {
      if (tries > 40) throw error;
      await page.waitForTimeout(500);
    }
  }
}

(async () => {
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"];
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", ...quiet],
  });
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  last = () => page.screenshot({ path: SHOT.replace(/\.png$/, "-failed.png") });
  page.setDefaultTimeout(45000);
  await reach(page, `http://127.0.0.1:${PORT}/?folder=${FOLDER}`);
  await page.waitForSelector(".monaco-workbench");
  await page.locator(".explorer-folders-view .monaco-list-row", { hasText: "main.tf" }).dblclick();
  await page.waitForSelector(".monaco-editor .view-line");

  await check("a diagnostic is underlined", () => page.waitForSelector(".monaco-editor .squiggly-error"));
  await check("the list of problems has it once", async () => {
    await page.keyboard.press("Control+Shift+M");
    const row = page.locator(".markers-panel .monaco-list-row", { hasText: "aws-s3-public-read-acl" });
    await row.first().waitFor();
    if ((await row.count()) !== 1) throw new Error(`${await row.count()} rows`);
  });
  // The value is the lowest thing underlined.
  const value = async () => {
    const boxes = await Promise.all((await page.locator(".squiggly-error").all()).map((one) => one.boundingBox()));
    const lowest = boxes.filter(Boolean).sort((a, b) => b.y - a.y)[0];
    return [lowest.x + lowest.width / 2, lowest.y + lowest.height / 2];
  };
  await check("hover says why", async () => {
    await page.mouse.move(...(await value()));
    const text = page.locator(".monaco-hover:not(.hidden)", { hasText: "NIST" });
    await text.first().waitFor();
    await page.waitForTimeout(500);
    await page.screenshot({ path: SHOT });
  });
  await check("a quick fix is offered and works", async () => {
    await page.keyboard.press("Escape");
    await page.mouse.click(...(await value()));
    await page.keyboard.press("Control+.");
    const action = page.locator(".action-widget .monaco-list-row", { hasText: /set|private/ }).first();
    await action.waitFor();
    await page.screenshot({ path: SHOT.replace(/\.png$/, "-fix.png") });
    await page.keyboard.press("Enter");
    // An unsafe fix is previewed and wants to be ticked.
    await page.locator(".part.panel input[type=checkbox]").first().check();
    await page.locator(".part.panel .monaco-button", { hasText: "Apply" }).click();
    await page.locator(".view-line", { hasText: '"private"' }).first().waitFor();
  });
  await check("the diagnostic vanishes", async () => {
    await page.getByRole("tab", { name: "Problems" }).click();
    await page.locator(".markers-panel .monaco-list-row").first().waitFor();
    const row = page.locator(".markers-panel .monaco-list-row", { hasText: "aws-s3-public-read-acl" });
    await row.first().waitFor({ state: "detached" });
  });
  await browser.close();
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
})().catch(async (error) => {
  await last().catch(() => {});
  console.error(error);
  process.exit(1);
});
