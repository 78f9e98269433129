#!/usr/bin/env node
// The pages in a browser, against the real server with its demonstration trust: what works without
// JavaScript, with it, by keyboard, in both languages, on a phone, in the dark and in print.
//
// usage: page.mjs [--screens] [TEST...]     B: the build directory (default: build)
//        --screens writes the pictures of the README to tests/golden/screens instead
import {execFileSync, spawn} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';

import {PLAYWRIGHT} from './packages.mjs';
import * as audit from './page_audit.mjs';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const B = resolve(ROOT, process.env.B || 'build');
const KB = 1024, WEIGHT_MAX = 60 * KB, UPLOAD_MAX = 1024 * KB;
const VERDICT = {
    en: {ACCEPTED: 'ACCEPTED', REVIEW: 'NEEDS REVIEW', REJECTED: 'REJECTED'},
    hi: {ACCEPTED: 'स्वीकृत', REVIEW: 'जाँच आवश्यक', REJECTED: 'अस्वीकृत'},
};

const folder = mkdtempSync(join(tmpdir(), 'satyapan-page-'));
let passed = 0, failed = 0, skipped = 0;
const quiet = []; // what went wrong in any page: console, exceptions, requests elsewhere

function check(name, good, detail) {
    const list = Array.isArray(good) ? good : good ? [] : [detail === undefined ? '' : String(detail)];
    if (list.length) {
        failed++;
        console.log(`FAIL ${name}: ${list.slice(0, 6).join(' | ')}`);
    } else {
        passed++;
    }
}

function skip(why) {
    rmSync(folder, {recursive: true, force: true});
    console.log(`page.mjs skipped: ${why}`);
    console.log('0 passed, 0 failed, 1 skipped');
    process.exit(77);
}

// ---- what is needed ------------------------------------------------------------------------------

async function loadPlaywright() {
    const folder = join(B, 'node'), entry = join(folder, 'node_modules/playwright-core/index.mjs');
    if (!existsSync(entry)) {
        mkdirSync(folder, {recursive: true});
        try {
            execFileSync('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--silent', PLAYWRIGHT],
                {timeout: 120000, stdio: 'ignore'});
        } catch {
            skip(`npm cannot install ${PLAYWRIGHT} (no network?)`);
        }
    }
    return (await import(pathToFileURL(entry))).chromium;
}

function chromiumPath() {
    const path = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(p => p && existsSync(p));
    return path || skip('chromium is not installed');
}

function serve(folder, extra) {
    const child = spawn(join(B, 'satyapan'), ['serve', '--offline', '--listen', '127.0.0.1:0', '--data', join(folder, 'data'),
        '--config', join(folder, 'serve.json'), ...extra], {cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe']});
    let said = '';
    return new Promise((ready, failing) => {
        const look = bytes => {
            said += bytes;
            const address = said.match(/http:\/\/\S+:\d+/);
            if (address) ready({child, base: address[0]});
        };
        child.stdout.on('data', look);
        child.stderr.on('data', look);
        child.on('exit', code => failing(new Error(`the server ended with ${code}: ${said}`)));
        setTimeout(() => failing(new Error(`the server does not start: ${said}`)), 15000).unref();
    });
}

// ---- pages ---------------------------------------------------------------------------------------

let browser, base, samples;
const sample = name => join(samples, name);
const file = (name, bytes) => ({name, mimeType: 'application/octet-stream', buffer: Buffer.from(bytes)});

async function open(options = {}, path = '/?lang=en') {
    const {watch = true, ...rest} = options;
    const context = await browser.newContext({viewport: {width: 1280, height: 900}, locale: 'en-IN', ...rest});
    const page = await context.newPage();
    if (watch) {
        page.on('console', m => ['error', 'warning'].includes(m.type()) && quiet.push(`${m.type()}: ${m.text()}`));
        page.on('pageerror', e => quiet.push(`exception: ${e.message}`));
    }
    context.on('request', r => {
        if (!r.url().startsWith(base) && !/^(data|blob):/.test(r.url())) quiet.push(`request to ${r.url()}`);
    });
    page.setDefaultTimeout(15000);
    page.setDefaultNavigationTimeout(15000);
    await page.goto(base + path);
    return page;
}

// Sends the form as it is; waits for the result or the problem page.
async function submit(page) {
    await page.click('button[type=submit]');
    await page.waitForSelector('#verify', {state: 'detached'});
    await page.waitForSelector('main h1');
}

async function result(options, files, path) {
    const page = await open(options, path);
    await page.setInputFiles('#file', files);
    await submit(page);
    return page;
}

// Word, icon and colour together.
async function checkVerdict(name, page, verdict, lang = 'en') {
    const band = page.locator('.report .band').first();
    const words = (await band.locator('h2').innerText()).replace(/\s+/g, ' ');
    check(`${name}: the verdict in ${lang}`, words.startsWith(VERDICT[lang][verdict]), words);
    check(`${name}: the icon is there`, await band.locator('svg').isVisible());
    const tone = {ACCEPTED: 'good', REVIEW: 'care', REJECTED: 'bad'}[verdict];
    check(`${name}: the colour`, (await band.getAttribute('class')).includes(tone));
    check(`${name}: why and what next`, await page.locator('.why').first().isVisible() &&
        await page.locator('.next').first().isVisible());
}

// ---- the tests -----------------------------------------------------------------------------------

async function withoutScript() {
    const off = {javaScriptEnabled: false};
    for (const [name, verdict] of [['declaration-accepted.pdf', 'ACCEPTED'], ['declaration-revoked.pdf', 'REJECTED'],
        ['declaration-altered-after-signing.pdf', 'REJECTED']]) {
        const page = await result(off, sample(name));
        await checkVerdict(`no script, ${name}`, page, verdict);
        await page.context().close();
    }
    const page = await open(off, '/?lang=hi');
    check('no script: the file field shows itself', await page.locator('#file').isVisible());
    await page.click('summary');
    await page.setInputFiles('#file', sample('declaration.txt.p7s'));
    await page.setInputFiles('#content', sample('declaration.txt'));
    await submit(page);
    await checkVerdict('no script, detached, Hindi', page, 'ACCEPTED', 'hi');
    await page.context().close();
}

async function keptReports() {
    const page = await result({javaScriptEnabled: false}, sample('declaration-revoked.pdf'));
    check('rejected: Adobe\'s banner needs no explanation', await page.locator('#adobe').count() === 0);
    const save = async n => {
        const [download] = await Promise.all([page.waitForEvent('download'), page.click(`.keep li:nth-child(${n}) a`)]);
        return {name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8')};
    };
    const html = await save(1), json = await save(2), etsi = await save(3);
    check('kept HTML: its name', html.name === 'declaration-revoked.pdf-satyapan.html', html.name);
    check('kept HTML: complete, with the verdict', html.text.startsWith('<!DOCTYPE html>') &&
        html.text.includes('REJECTED') && html.text.trim().endsWith('</html>'));
    check('kept JSON: its name', json.name === 'declaration-revoked.pdf-satyapan.json', json.name);
    check('kept ETSI report: its name', etsi.name === 'declaration-revoked.pdf-satyapan.xml', etsi.name);
    check('kept ETSI report: the status', etsi.text.includes('mainindication:total-failed') ||
        etsi.text.includes('mainindication:indeterminate'));
    check('kept JSON: the verdict', JSON.parse(json.text).verdict === 'REJECTED');
    const own = await page.context().newPage();
    await own.setContent(html.text);
    check('kept HTML: opens with its style', await own.locator('.band').evaluate(
        e => getComputedStyle(e).backgroundColor) === 'rgb(156, 31, 31)');
    await page.context().close();
}

// What was signed, before something was added to the file: cut out of it here, never asked for.
async function signedVersion() {
    const name = 'declaration-altered-after-signing.pdf', whole = readFileSync(sample(name));
    const still = await result({javaScriptEnabled: false}, sample(name), '/?lang=en');
    const told = /the first (\d+) octets of the file/.exec(await still.locator('.facts').first().innerText());
    check('signed version: told without a script', told && Number(told[1]) < whole.length, told && told[0]);
    check('signed version: no empty offer without a script', !(await still.locator('[data-octets]').isVisible()));
    await still.context().close();
    const page = await result({}, sample(name), '/?lang=en');
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('[data-octets] a')]);
    const cut = readFileSync(await download.path());
    check('signed version: its name', download.suggestedFilename() ===
        'declaration-altered-after-signing-signed-version.pdf', download.suggestedFilename());
    check('signed version: its octets', cut.equals(whole.subarray(0, Number(told[1]))), cut.length);
    await page.context().close();
    const again = await result({}, file('signed.pdf', cut), '/?lang=hi');
    await checkVerdict('signed version', again, 'ACCEPTED', 'hi');
    check('signed version: of a whole file there is none', await again.locator('[data-octets]').count() === 0);
    await again.context().close();
}

async function withScript() {
    const page = await open();
    await page.evaluate(() => {
        window.said = [];
        const status = document.getElementById('status');
        new MutationObserver(() => window.said.push(status.textContent)).observe(status, {childList: true});
    });
    await page.setInputFiles('#file', sample('declaration-accepted.pdf'));
    check('script: the chosen name is shown', (await page.locator('.chosen').first().innerText())
        .includes('declaration-accepted.pdf'));
    await submit(page);
    await checkVerdict('script', page, 'ACCEPTED');
    const said = await page.evaluate(() => window.said);
    check('script: sending and checking are announced', said.some(s => s.startsWith('Sending')) &&
        said.some(s => s.startsWith('Checking')), said);
    check('script: the result is seen from its top', await page.evaluate(() => window.scrollY) === 0);
    check('script: the heading has the focus', await page.evaluate(() => document.activeElement.tagName) === 'H1');
    check('script: Adobe\'s banner is explained', await page.locator('details#adobe summary').count() === 1);
    check('script: the title is the result', (await page.title()).startsWith('ACCEPTED'), await page.title());
    await page.goBack();
    await page.waitForSelector('#verify');
    check('script: back is the form', await page.locator('#file').count() === 1);
    await page.context().close();
}

async function messages() {
    const page = await open({watch: false});
    const status = () => page.locator('#status').innerText();
    await page.click('button[type=submit]');
    check('script: nothing chosen is said', (await status()).startsWith('Choose'), await status());
    await page.setInputFiles('#file', file('large.pdf', Buffer.alloc(UPLOAD_MAX + 1)));
    await page.click('button[type=submit]');
    check('script: too large is said, not sent', (await status()).includes('large.pdf'), await status());
    await page.setInputFiles('#file', ['a', 'b', 'c', 'd'].map(n => file(`${n}.pdf`, n)));
    check('script: too many is said', (await status()).startsWith('More documents'), await status());
    await page.setInputFiles('#file', sample('declaration-accepted.pdf'));
    let release;
    const held = new Promise(done => { release = done; });
    await page.route('**/verify*', async route => { await held; route.abort().catch(() => {}); });
    await page.click('button[type=submit]');
    await page.click('#busy button');
    check('script: cancelling is said', (await status()).startsWith('Cancelled'), await status());
    release();
    await page.unroute('**/verify*');
    await page.route('**/verify*', route => route.abort());
    await page.click('button[type=submit]');
    await page.waitForFunction(() => document.getElementById('status').textContent.includes('could not'));
    check('script: a lost connection is said', true);
    check('script: the form can be sent again', await page.getAttribute('#verify', 'aria-busy') === null);
    await page.context().close();
}

async function dropping() {
    const page = await open();
    const drop = async names => {
        const files = names.map(n => ({n, bytes: [...readFileSync(sample(n))]}));
        const data = await page.evaluateHandle(list => {
            const t = new DataTransfer();
            list.forEach(f => t.items.add(new File([new Uint8Array(f.bytes)], f.n)));
            return t;
        }, files);
        await page.dispatchEvent('#drop', 'dragover', {dataTransfer: data});
        await page.dispatchEvent('#drop', 'drop', {dataTransfer: data});
    };
    await drop(['declaration.txt', 'declaration.txt.p7s']);
    check('drop: a signature finds its document', (await page.locator('#status').innerText())
        .startsWith('declaration.txt.p7s is checked'), await page.locator('#status').innerText());
    await submit(page);
    await checkVerdict('drop, detached', page, 'ACCEPTED');
    await page.context().close();

    const one = await open();
    await one.click('.samples li:has-text("altered") button');
    await one.waitForSelector('#verify', {state: 'detached'});
    await checkVerdict('sample with one press', one, 'REJECTED');
    await one.context().close();
}

async function keyboard() {
    const page = await open();
    const choosing = page.waitForEvent('filechooser');
    await page.keyboard.press('Tab');
    check('keyboard: the skip link comes first', await page.evaluate(
        () => document.activeElement.classList.contains('skip')));
    check('keyboard: the skip link shows itself', await page.evaluate(
        () => document.activeElement.getBoundingClientRect().left >= 0));
    const faults = [];
    let at = await page.evaluate(audit.focusShown);
    for (let i = 0; i < 40 && at.id !== 'file'; i++) {
        if (!at.visible) faults.push(at.what);
        await page.keyboard.press('Tab');
        at = await page.evaluate(audit.focusShown);
    }
    check('keyboard: Tab reaches the file field', at.id === 'file', at.what);
    check('keyboard: the file field shows its focus', at.visible);
    await page.keyboard.press('Enter');
    await (await choosing).setFiles(sample('declaration-expired.pdf'));
    for (let i = 0; i < 10; i++) {
        await page.keyboard.press('Tab');
        at = await page.evaluate(audit.focusShown);
        if (!at.visible) faults.push(at.what);
        if (await page.evaluate(() => document.activeElement.type === 'submit')) break;
    }
    await page.keyboard.press('Enter');
    await page.waitForSelector('#verify', {state: 'detached'});
    await checkVerdict('keyboard', page, 'REVIEW');
    for (let i = 0; i < 40; i++) {
        await page.keyboard.press('Tab');
        at = await page.evaluate(audit.focusShown);
        if (at.body) break;
        if (!at.visible) faults.push(at.what);
    }
    check('keyboard: the focus is visible everywhere', faults);
    await page.context().close();
}

async function languages() {
    const page = await open({locale: 'hi-IN'}, '/');
    check('language: the browser\'s wish is met', await page.getAttribute('html', 'lang') === 'hi');
    await page.click('a.language');
    check('language: to English', await page.getAttribute('html', 'lang') === 'en');
    await page.click('a.language');
    check('language: back to Hindi', await page.getAttribute('html', 'lang') === 'hi');
    await page.setInputFiles('#file', sample('declaration-wrong-root.pdf'));
    await submit(page);
    check('language: the result keeps it', await page.getAttribute('html', 'lang') === 'hi');
    check('language: the result says how to get the other', await page.locator('main p[lang=en] a').count() === 1);
    await page.context().close();
}

async function several() {
    const hostile = '<img src=x onerror=alert(1)>.pdf';
    const page = await result({}, [file(hostile, 'nothing'), file('second.pdf', readFileSync(
        sample('declaration-accepted.pdf')))]);
    check('several: one overall', (await page.locator('.overall').innerText()).includes('REJECTED'));
    const list = await page.locator('.toc li').allInnerTexts();
    check('several: a list with each verdict', list.length === 2 && list[0].includes('REJECTED') &&
        list[0].includes(hostile) && list[1].includes('ACCEPTED'), list.join(' / '));
    check('several: a report each', await page.locator('.report').count() === 2);
    check('several: a hostile name stays text', await page.locator('main img').count() === 0);
    check('several: structure', await page.evaluate(audit.structure));
    await page.setViewportSize({width: 360, height: 700});
    check('several: no scrolling sideways', await page.evaluate(audit.reflow));
    await page.context().close();
}

async function problems() {
    const page = await open({watch: false, javaScriptEnabled: false}, '/nothing-here?lang=en');
    check('problem 404: says what and next', await page.locator('.why').isVisible() &&
        await page.locator('.next').isVisible());
    await page.click('main a.button');
    await page.click('button[type=submit]');
    check('problem: the browser asks for a file itself', await page.locator('#verify').count() === 1);
    await page.setInputFiles('#file', file('large.pdf', Buffer.alloc(UPLOAD_MAX + 1)));
    await submit(page);
    check('problem 413: limits are named', (await page.locator('.why').innerText()).includes('1 MB'),
        await page.locator('.why').innerText());
    await page.goto(`${base}/verify?lang=en`);
    check('problem: the address of a result leads to the form', await page.locator('#verify').count() === 1);
    await page.context().close();
}

// Every kind of page, in both languages and colour schemes, wide and narrow.
async function audits() {
    let worst = 99, texts = 0;
    const pages = {
        home: lang => open({}, `/?lang=${lang}`),
        accepted: lang => result({}, sample('declaration-accepted.pdf'), `/?lang=${lang}`),
        rejected: lang => result({}, sample('declaration-revoked.pdf'), `/?lang=${lang}`),
        review: lang => result({}, sample('declaration.txt.p7s'), `/?lang=${lang}`),
        problem: lang => open({watch: false}, `/nothing?lang=${lang}`),
    };
    for (const [name, make] of Object.entries(pages)) {
        for (const lang of ['en', 'hi']) {
            const page = await make(lang), what = `${name} ${lang}`;
            check(`${what}: structure`, await page.evaluate(audit.structure));
            check(`${what}: languages`, await page.evaluate(audit.languages, lang));
            check(`${what}: demonstration banner`, await page.locator('.banner').isVisible());
            for (const width of [360, 320]) {
                await page.setViewportSize({width, height: 740});
                check(`${what}: no scrolling sideways at ${width}`, await page.evaluate(audit.reflow));
            }
            for (const colorScheme of ['light', 'dark']) {
                await page.emulateMedia({colorScheme});
                const c = await page.evaluate(audit.contrast);
                check(`${what}: contrast, ${colorScheme}`, c.texts > 5 ? c.faults : ['no texts']);
                worst = Math.min(worst, c.worst);
                texts += c.texts;
            }
            if (name === 'review') await checkVerdict(what, page, 'REVIEW', lang);
            if (name === 'rejected') await print(page, what, lang);
            await page.context().close();
        }
    }
    console.log(`contrast: ${texts} texts, the lowest ${worst.toFixed(2)}:1`);
}

async function print(page, what, lang) {
    await page.emulateMedia({media: 'print', colorScheme: 'dark'});
    const verdict = page.locator('.report .band h2');
    check(`${what}: print shows the verdict`, await verdict.isVisible() &&
        (await verdict.innerText()).includes(VERDICT[lang].REJECTED));
    check(`${what}: print keeps the banner`, await page.locator('.banner').isVisible());
    check(`${what}: print leaves out what cannot be pressed`, await page.locator('.noprint:visible').count() === 0);
    check(`${what}: print is dark on white`, (await page.evaluate(audit.contrast)).faults);
    check(`${what}: print has a white ground`, await page.evaluate(
        () => getComputedStyle(document.body).backgroundColor) === 'rgb(255, 255, 255)');
}

async function weight() {
    for (const lang of ['en', 'hi']) {
        const page = await browser.newPage();
        let sum = 0;
        const bodies = [];
        page.on('response', r => bodies.push(r.body().then(b => { sum += b.length; }, () => {})));
        const total = async () => { await page.waitForLoadState('networkidle'); await Promise.all(bodies); return sum; };
        await page.goto(`${base}/?lang=${lang}`);
        const home = await total();
        check(`weight of home, ${lang}`, home < WEIGHT_MAX, `${home} bytes`);
        const answer = page.waitForResponse(r => r.url().includes('/verify'));
        await page.setInputFiles('#file', sample('declaration-accepted.pdf'));
        await submit(page);
        const { responseBodySize: html } = await (await answer).request().sizes(); // as transferred
        const assets = home - (await (await page.request.get(`${base}/?lang=${lang}`)).body()).length;
        check(`weight of a result, ${lang}`, html + assets < WEIGHT_MAX, `${html} + ${assets} bytes`);
        console.log(`weight ${lang}: home ${home} bytes, result ${html + assets} bytes, both with ${assets} of assets`);
        await page.close();
    }
}

async function withoutDemonstration(folder) {
    const demoBase = base;
    const server = await serve(folder, []);
    base = server.base;
    const page = await open({}, '/?lang=en');
    check('no demonstration: no banner', await page.locator('.banner').count() === 0);
    check('no demonstration: no samples', await page.locator('.samples').count() === 0);
    await page.setInputFiles('#file', sample('declaration-accepted.pdf'));
    await submit(page);
    check('no demonstration: its certificates are not trusted', !(await page.locator('.band h2').innerText())
        .startsWith('ACCEPTED'));
    await page.context().close();
    server.child.kill();
    base = demoBase;
}

async function screens() {
    const folder = join(ROOT, 'tests/golden/screens');
    mkdirSync(folder, {recursive: true});
    const shot = (page, name) => page.screenshot({path: join(folder, name)});
    const home = await open({viewport: {width: 1000, height: 720}});
    await shot(home, 'home.png');
    const rejected = await result({viewport: {width: 1000, height: 860}}, sample('declaration-revoked.pdf'));
    await shot(rejected, 'rejected.png');
    const phone = await result({viewport: {width: 360, height: 760}, colorScheme: 'dark'},
        sample('declaration-accepted.pdf'), '/?lang=hi');
    await shot(phone, 'phone-hindi-dark.png');
}

// ---- all -----------------------------------------------------------------------------------------

let server;
try {
    const chromium = await loadPlaywright();
    const executablePath = chromiumPath();
    execFileSync(join(B, 'gen/demo'), [folder], // it never frees
        { env: { ...process.env, ASAN_OPTIONS: 'detect_leaks=0' } });
    samples = join(folder, 'demo/samples');
    const pictures = process.argv.includes('--screens');
    writeFileSync(join(folder, 'serve.json'), JSON.stringify(
        {limits: pictures ? {} : {upload_bytes: UPLOAD_MAX, files: 3, rate_per_minute: 0, workers: 2}}));
    server = await serve(folder, ['--demo', join(folder, 'demo')]);
    base = server.base;
    browser = await chromium.launch({executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic',
        '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']});
    const tests = pictures ? [screens] : [withoutScript, keptReports, signedVersion, withScript, messages,
        dropping, keyboard, languages, several, problems, audits, weight, withoutDemonstration];
    const wanted = process.argv.slice(2).filter(word => !word.startsWith('--'));
    for (const test of tests.filter(t => !wanted.length || wanted.includes(t.name))) {
        try {
            await test(folder);
        } catch (e) {
            check(test.name, false, e.message.split('\n').slice(0, 3).join(' '));
        }
    }
    check('nothing on the console, no request elsewhere', quiet);
} catch (e) {
    check('the test itself', false, e.message);
} finally {
    if (browser) await browser.close();
    if (server) server.child.kill();
    rmSync(folder, {recursive: true, force: true});
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed ? 1 : 0);
