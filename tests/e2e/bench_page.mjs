// The bench's pages in a browser; run by bench_page.py, which has started the server and the devices
// and says in BENCH what there is. A scan is started by a form, watched, compared, released; with and
// without JavaScript, in both languages, on a phone, in the dark, on paper.
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import * as tls from 'node:tls';

import * as o from './office_browser.mjs';

const {check, go, auditPage} = o;
const world = JSON.parse(process.env.BENCH);
const at = process.argv.indexOf('--screens');
const screens = at > 0 ? process.argv[at + 1] : null;
const LONG = 120000;
const run = name => `/office/scans/${world.runs[name]}`;

async function shot(page, name) {
    if (!screens) return;
    mkdirSync(screens, {recursive: true});
    await page.screenshot({path: join(screens, `${name}.png`), fullPage: true});
}

async function as(who, options = {}) {
    const page = await o.open(options);
    await page.context().addCookies([{name: 'satyapan', value: world.cookies[who], url: world.base}]);
    return page;
}

const PAGES = [['devices', '/office/devices'], ['unit', `/office/devices/${world.unit}`],
    ['shared', `/office/devices/${world.foreign}`], ['fail', run('first')], ['run', run('second')],
    ['service', `${run('first')}/services/2`], ['compare', `${run('second')}/compare`],
    ['declared', `${run('second')}/declared`], ['handed in', run('upload')], ['word only', run('word')],
    ['failed', run('broken')], ['client', run('client')], ['blind', run('blind')],
    ['client compare', `${run('blind')}/compare`], ['client unit', `/office/devices/${world.client}`], ['evil', run('evil')], ['evil unit', `/office/devices/${world.evil}`],
    ['application', `/office/applications/${world.application}`]];

async function everyPage() {
    const dark = {colorScheme: 'dark'};
    const ways = [['desk', 'en', {}, PAGES], ['phone', 'hi', o.PHONE, PAGES], ['dark', 'en', dark, PAGES.filter(([name]) => ['shared', 'fail', 'blind'].includes(name))]];
    for (const [kind, lang, options, pages] of screens ? [...ways, ['desk', 'hi', {}, PAGES], ['dark', 'hi', dark, PAGES],
        ['phone', 'en', o.PHONE, PAGES]] : ways) {
        const page = await as('assessor', options);
        for (const [name, path] of pages) {
            const r = await go(page, `${path}?lang=${lang}`);
            check(`${name}: there is such a page`, r.status() === 200, r.status());
            await auditPage(page, `${name}, ${kind}`, lang);
            if (kind === 'phone') await o.narrow(page, name);
            if (lang === 'hi') await o.checkHindi(page, name);
            await shot(page, `${name.replaceAll(' ', '-')}-${kind}-${lang}`);
        }
        await page.context().close();
    }
    const page = await as('assessor');
    await go(page, `${run('first')}?lang=en`);
    await page.emulateMedia({media: 'print'});
    check('on paper the requirements are there', await page.locator('table.matrix').isVisible());
    check('on paper there is no form', !(await page.locator('form.ask').first().isVisible()));
    await shot(page, 'fail-print-en');
    await go(page, `${run('blind')}?lang=en`);
    check('on paper the cases are there', await page.locator('#clients ~ table').first().isVisible());
    await shot(page, 'blind-print-en');
    await page.context().close();
}

async function said() {
    const page = await as('assessor');
    await go(page, `${run('first')}?lang=en`);
    const text = await o.text(page);
    check('a result is a word', text.includes('Fail') && text.includes('of the requirements of level 2 are broken'));
    const cells = await page.locator('table.matrix td .tag').allInnerTexts();
    check('every result of the matrix has a word', cells.length > 20 &&
        cells.every(t => ['Pass', 'Fail', 'Cannot be told', 'Not tested'].includes(t.trim())), cells.slice(0, 5));
    check('and a sign', await page.locator('table.matrix td .tag.bad svg').count() > 0);
    check('each finding tells what to do', await page.locator('#findings ~ ul .rule').count() > 3 &&
        (await o.text(page)).includes('tls.tls10'));
    await go(page, `/office/devices/${world.unit}?lang=en`);
    const first = await page.locator('main section').first().innerText();
    check('a shared key is said first', first.includes("not its own") && first.includes('Beta Locks') &&
        first.includes('0002'), first);
    await go(page, `${run('word')}?lang=en`);
    check("a mere word is called so", (await o.text(page)).includes("maker's word"));
    await go(page, `${run('evil')}?lang=en`);
    const names = await page.locator('main').innerText();
    check('what a device says is text', names.includes('alert(1)') && await page.locator('main script, main img').count() === 0);
    check('and cannot turn the text around', !names.includes('\u202e') && !names.includes('\u001b'));
    await page.context().close();
}

// By a form, with the script: progress, then the result comes by itself.
async function scanned(javaScriptEnabled) {
    const page = await as('assessor', {javaScriptEnabled});
    const how = javaScriptEnabled ? 'with the script' : 'without JavaScript';
    await go(page, `/office/devices/${world.unit}?lang=en`);
    await page.locator('details.act:has(button:text("Start the scan")) > summary').click();
    await page.getByRole('button', {name: 'Start the scan'}).click();
    await page.waitForURL(/\/office\/scans\/\d+/);
    const until = Date.now() + LONG;
    while (!(await page.locator('table.matrix').count()) && Date.now() < until) {
        if (!javaScriptEnabled) await page.reload();
        await page.waitForTimeout(300);
    }
    check(`${how}: a scan that was started shows its result`, await page.locator('table.matrix').count() === 1);
    const compare = page.locator('a', {hasText: 'Compare with the run before'}).first();
    await compare.click();
    await page.waitForURL(/compare/);
    check(`${how}: it is compared with the run before`, (await page.locator('main h1').innerText()).includes('otherwise'));
    await page.goBack();
    if (javaScriptEnabled) {
        await page.locator('details.act:has(form[action="/office/op/scan.release"]) > summary').click();
        await page.locator('form[action="/office/op/scan.release"] button').click();
        await page.waitForSelector('.flash');
        check('it is released', (await o.text(page)).includes('Released by'));
    }
    const path = new URL(page.url()).pathname;
    await page.context().close();
    return path;
}

// A device that never answers: the run is watched at work, and ended; by keyboard.
async function watched() {
    const page = await as('assessor');
    await go(page, `/office/devices/${world.slow}?lang=en`);
    await page.getByRole('button', {name: 'Start the scan'}).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/office\/scans\/\d+/);
    await page.waitForFunction(() => document.querySelector('.said')?.textContent.includes(' of 6'), null,
        {timeout: LONG});
    await auditPage(page, 'at work', 'en');
    await shot(page, 'at-work-en');
    await page.locator('details.act:has(form[action="/office/op/scan.cancel"]) > summary').focus();
    await page.keyboard.press('Enter');
    await page.locator('form[action="/office/op/scan.cancel"] button').focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.body.innerText.includes('ended before it was complete'), null,
        {timeout: LONG});
    check('a run is ended by keyboard', true);
    await page.context().close();
}

// A device that verifies nothing: one connection; false while nobody listens.
const visit = () => new Promise(done => {
    const s = tls.connect({host: '127.0.0.1', port: world.listen, servername: 'localhost', rejectUnauthorized: false},
        () => s.write('GET / HTTP/1.0\r\n\r\n'));
    let refused = false;
    s.on('error', e => { refused = e.code === 'ECONNREFUSED'; });
    s.on('data', () => {});
    s.on('close', () => done(!refused));
});

// The other direction: the device is led here, seen case by case, and judged before it came for all of them.
async function waited() {
    const page = await as('assessor');
    await go(page, `/office/devices/${world.client}?lang=en`);
    await page.locator('details:has(> summary:text("Test the device as a client")) > summary').click();
    await page.getByRole('button', {name: 'Wait for the device'}).click();
    await page.waitForURL(/\/office\/scans\/\d+/);
    const steps = await page.locator('ol.recipe').innerText();
    check('it is told where the device has to go', steps.includes(`127.0.0.1:${world.listen}`), steps);
    await page.locator('ol.recipe summary').click();
    const commands = await page.locator('ol.recipe pre').allInnerTexts();
    check('and how it is led there', commands.some(c => c.includes(`redirect to :${world.listen}`)), commands);
    const ca = await page.locator('ol.recipe a').getAttribute('href');
    const saved = await page.request.get(world.base + ca);
    check("the CA's certificate is there", (await saved.text()).startsWith('-----BEGIN CERTIFICATE-----'));
    const until = Date.now() + LONG;
    while (!(await visit()) && Date.now() < until) await page.waitForTimeout(100);
    for (let i = 0; i < 9; i++) await visit();
    await page.waitForFunction(() => document.querySelectorAll('#arriving li').length >= 8, null, {timeout: LONG});
    const rows = await page.locator('#arriving').innerText();
    check('cases are told by a sentence', rows.includes('A self-signed certificate for the right name') &&
        rows.includes('Accepted, wrongly'), rows.replaceAll('\n', ' / '));
    await auditPage(page, 'waiting', 'en');
    await shot(page, 'waiting-en');
    const now = page.locator('details.act:has(form[action="/office/op/scan.finish"])');
    while (!(await now.count()) && Date.now() < until) await page.reload(); // it was still waiting for its turn
    await now.locator('summary').click();
    await now.locator('button').click();
    await page.locator('table.matrix').waitFor({timeout: LONG});
    const text = await o.text(page);
    check('it is judged by what it did', text.includes('did not come for every case') && text.includes('Accepted'), text);
    await page.context().close();
    const hindi = await as('assessor', o.PHONE);
    await go(hindi, `/office/devices/${world.client}?lang=hi`);
    await hindi.locator('details:has(form[action="/office/op/scan.start"] [name=kind]) > summary').click();
    await hindi.locator('form[action="/office/op/scan.start"]:has([name=kind]) button').click();
    await hindi.waitForURL(/\/office\/scans\/\d+/);
    await go(hindi, `${new URL(hindi.url()).pathname}?lang=hi`);
    await hindi.locator('ol.recipe summary').click();
    while (!(await visit()) && Date.now() < until) await hindi.waitForTimeout(100);
    await hindi.waitForFunction(() => document.querySelectorAll('#arriving li').length > 0, null, {timeout: LONG});
    await o.narrow(hindi, 'waiting');
    await auditPage(hindi, 'waiting, phone', 'hi');
    check('cases are told in Hindi', /[\u0900-\u097f]/.test(await hindi.locator('#arriving .name').first().innerText()));
    await shot(hindi, 'waiting-phone-hi');
    const end = hindi.locator('details.act:has(form[action="/office/op/scan.cancel"])');
    await hindi.reload(); // the auditor has opened everything
    await end.locator('summary').tap();
    await end.locator('button').tap();
    await hindi.waitForFunction(() => !document.querySelector('[data-run]'), null, {timeout: LONG});
    await hindi.context().close();
}

async function vendors(released) {
    const page = await as('acme');
    await go(page, `/office/devices?lang=en`);
    check('a vendor sees the own units', (await o.text(page)).includes('0001'));
    check("and nobody else's", !(await o.text(page)).includes('Lock'));
    await go(page, `${released}?lang=en`);
    check('a vendor sees a released run', await page.locator('table.matrix').count() === 1);
    check('and no form', await page.locator('form.ask').count() === 0);
    await auditPage(page, 'run of a vendor', 'en');
    await go(page, `/office/devices/${world.unit}?lang=en`);
    check('no name of another firm', !(await page.content()).includes('Beta Locks'));
    await auditPage(page, 'unit of a vendor', 'en');
    await shot(page, 'vendor-unit-en');
    page.expectsFailure = true;
    const r = await go(page, `${run('first')}?lang=en`);
    check('an unreleased run is not there', r.status() === 404, r.status());
    await page.context().close();
    const other = await as('beta');
    other.expectsFailure = true;
    check("another vendor's unit is not there", (await go(other, `/office/devices/${world.unit}`)).status() === 404);
    await other.context().close();
    const intake = await as('intake');
    await go(intake, `/office/devices/${world.unit}?lang=en`);
    check('intake starts no scan', await intake.locator('form[action="/office/op/scan.start"]').count() === 0);
    await intake.context().close();
}

// Addresses that are refused come back with the mistake beside the field.
async function mistakes() {
    const page = await as('assessor');
    page.expectsFailure = true; // a form that is not taken is answered with 400
    await go(page, '/office/devices?lang=en');
    await page.locator('details.act:has(form[action="/office/op/device.create"]) > summary').click();
    const form = page.locator('form[action="/office/op/device.create"]');
    for (const [name, value] of [['firm', 'X'], ['model', 'M'], ['serial', '77'], ['targets', '8.8.8.8 --format']]) {
        await form.locator(`[name="${name}"]`).fill(value);
    }
    await form.locator('button').click();
    await page.waitForSelector('.note.bad');
    const text = await o.text(page);
    check('a wrong address is told', text.includes('"--format" is no address'), text.slice(0, 300));
    check('what was entered stays', await page.locator('[name="targets"]').first().inputValue() === '8.8.8.8 --format');
    await page.locator('form[action="/office/op/device.create"] [name="targets"]').fill('8.8.8.8');
    await page.locator('form[action="/office/op/device.create"] button').click();
    await page.waitForSelector('.note.bad');
    check('an address outside the bench is told', (await o.text(page)).includes('outside the networks of the bench'));
    await auditPage(page, 'mistake', 'en');
    await page.context().close();
}

o.at(world.base);
await o.startBrowser();
try {
    await everyPage();
    await said();
    const released = await scanned(true);
    await scanned(false);
    await watched();
    await waited();
    await vendors(released);
    await mistakes();
    check('nothing went wrong in any page', o.quiet);
} catch (e) {
    check('the story goes on', false, e.stack);
}
await o.browser.close();
o.finish();
