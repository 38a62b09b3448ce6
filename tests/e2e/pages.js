// Opens pages in a headless browser; prints one line for each and the count. A page that is made wrong on purpose shows
// that the browser would say so.

const fs = require("fs");
const path = require("path");
const { chromium } = require("playwright-core");

const { PAGES, SHOT } = process.env;
const HOST = "https://pages.test";

/// Opens a page, uses all there is on it, and gives what went wrong.
async function faults(browser, html) {
  const found = [];
  const context = await browser.newContext({ viewport: { width: 1280, height: 1600 } });
  const page = await context.newPage();
  // The page's own policy, and the same as a header, whose breaks are reported.
  const policy = html.match(/http-equiv="Content-Security-Policy" content="([^"]*)"/);
  if (!policy) return ["it has no content security policy"];
  const directives = policy[1].replaceAll("&#x2f;", "/");
  await context.route("**/*", (route) => {
    const url = route.request().url();
    if (url === `${HOST}/`) {
      const headers = { "content-security-policy": `${directives}; report-uri ${HOST}/csp` };
      return route.fulfill({ contentType: "text/html; charset=utf-8", headers, body: html });
    }
    // A browser asks for a picture of its own accord.
    if (url !== `${HOST}/favicon.ico`) found.push(`it asks for ${url}: ${route.request().postData() || ""}`);
    return route.fulfill({ status: 204, body: "" });
  });
  await context.exposeBinding("ran", () => found.push("a script ran"));
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
  });
  page.setDefaultTimeout(10000);
  page.on("console", (message) => message.type() === "error" && found.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => found.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => found.push(`dialog: ${dialog.message()}`) && dialog.dismiss());
  context.on("page", (other) => other !== page && found.push("it opened a window"));
  await page.goto(`${HOST}/`);
  // Everything that folds is opened, searched and pointed at.
  await page.locator("#all").click();
  await page.locator("details").evaluateAll((all) => all.forEach((one) => (one.open = true)));
  for (const words of ["field1", "<script>ran()</script>", "\"><img src=x onerror=ran()>"]) await page.locator("#q").fill(words);
  await page.keyboard.press("Escape");
  await page.evaluate(() => (location.hash = "#?q=%3Cscript%3Eran()%3C/script%3E"));
  const links = await page.locator("a").evaluateAll((all) => all.map((one) => one.getAttribute("href")));
  for (const link of links) if (link !== null && !link.startsWith("#")) found.push(`a link: ${link}`);
  for (const link of [...new Set(links)].slice(0, 40)) await page.evaluate((hash) => (location.hash = hash), link);
  const strange = await page.evaluate(() => {
    const own = ["script", "img", "iframe", "object", "embed", "form", "base", "link", "video", "audio"];
    const count = (name) => document.querySelectorAll(name).length - (name === "script" ? 1 : 0);
    const elements = own.filter((name) => count(name) !== 0);
    const handlers = [...document.querySelectorAll("*")].flatMap((one) => one.getAttributeNames().filter((name) => name.startsWith("on") || name === "style"));
    return [...elements, ...handlers];
  });
  found.push(...strange.map((one) => `an element or a handler: ${one}`));
  if (page.url().split("#")[0] !== `${HOST}/`) found.push(`it went to ${page.url()}`);
  await page.screenshot({ path: SHOT });
  await context.close();
  return found;
}

(async () => {
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"];
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", ...quiet],
  });
  let passed = 0;
  let failed = 0;
  const say = (good, text) => {
    good ? (passed += 1) : (failed += 1);
    console.log(`${good ? "ok  " : "FAIL"} ${text}`);
  };
  const names = fs.readdirSync(PAGES).filter((name) => name.endsWith(".html")).sort();
  for (const name of names) {
    const found = await faults(browser, fs.readFileSync(path.join(PAGES, name), "utf8"));
    say(found.length === 0, `${name} ${found.slice(0, 5).join("; ")}`);
  }
  const html = fs.readFileSync(path.join(PAGES, names[0]), "utf8");
  const bad = "<script>ran()</script><img src=x onerror=ran()><a href='javascript:ran()'>x</a>";
  const found = await faults(browser, html.replace("</main>", `${bad}</main>`));
  const told = ["policy: script-src", "/csp", "a link: javascript:", "an element or a handler: onerror"];
  const missing = told.filter((one) => !found.some((fault) => fault.includes(one)));
  say(missing.length === 0, `a page that is wrong is told of ${missing.join(", ")}`);
  await browser.close();
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(names.length > 0 && failed === 0 ? 0 : 1);
})();
