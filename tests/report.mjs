// report.mjs OUT FILE...: each report in Chromium, narrow and wide, light and
// dark: what axe finds, what is wider than the screen, what breaks its own
// policy or is fetched.  Screenshots go to the folder OUT.  Ends with 1 if
// there is anything.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { basename } from "node:path";
import { readFileSync } from "node:fs";

const require = createRequire(`${process.env.NODE_FOLDER}/`);
const puppeteer = require("puppeteer-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const [out, ...files] = process.argv.slice(2);
let found = 0;

function tell(where, what) {
	console.log(`${where}: ${what}`);
	found++;
}

const browser = await puppeteer.launch({
	executablePath: process.env.CHROMIUM,
	args: ["--no-sandbox", "--disable-gpu", "--disable-quic",
		"--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync"],
});

async function open(file, width, scheme, where) {
	const page = await browser.newPage();

	page.on("console", (m) => tell(where, `console: ${m.text()}`));
	page.on("request", (r) => {
		if (r.url() !== pathToFileURL(file).href)
			tell(where, `request: ${r.url()}`);
	});
	await page.setViewport({ width, height: 900 });
	await page.emulateMediaFeatures([
		{ name: "prefers-color-scheme", value: scheme },
	]);
	await page.goto(pathToFileURL(file).href);
	return page;
}

async function look(file, width, scheme) {
	const where = `${basename(file, ".html")}-${width}-${scheme}`;
	const page = await open(file, width, scheme, where);
	const wide = await page.evaluate(
		() => document.scrollingElement.scrollWidth - innerWidth);
	const styled = await page.evaluate(
		() => getComputedStyle(document.querySelector(".tiles")).display);

	if (wide > 0)
		tell(where, `${wide} pixels wider than the screen`);
	if (styled !== "grid")
		tell(where, "its own style is not used");
	await page.screenshot({ path: `${out}/${where}.png`, fullPage: true });
	await page.evaluate(
		() => document.querySelectorAll("details").forEach(
			(d) => { d.open = true; }));
	await page.evaluate(axe);
	for (const v of (await page.evaluate("axe.run()")).violations)
		for (const n of v.nodes)
			tell(where, `axe: ${v.id}: ${n.html.slice(0, 120)}`);
	await page.close();
}

for (const file of files) {
	for (const width of [360, 768, 1440])
		for (const scheme of ["light", "dark"])
			await look(file, width, scheme);
	const page = await open(file, 1000, "dark", basename(file));
	await page.pdf({ path: `${out}/${basename(file, ".html")}.pdf` });
}
await browser.close();
console.log(`${found} findings`);
process.exit(found ? 1 : 0);
