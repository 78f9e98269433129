#!/usr/bin/env node
// The register's public pages in a browser: a certificate of every state, the search, the page of an
// unknown number, codes checked on the certificate's page, on /check, and in a file saved from there
// and opened without a server. Both languages, on a phone, on paper; axe-core looks at every page.
//
// usage: register_page.mjs [--screens DIR]     B: the build directory
import {execFileSync} from 'node:child_process';
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';

import * as o from './office_browser.mjs';

const {check, go, open, auditPage} = o;
const at = process.argv.indexOf('--screens');
const screens = at > 0 ? process.argv[at + 1] : null;
const number = n => `STQC/IOTSCS/ER/${String(n).padStart(3, '0')}`;
let codes, old;

async function shot(page, name) {
    if (!screens) return;
    mkdirSync(screens, {recursive: true});
    await page.screenshot({path: join(screens, `${name}.png`), fullPage: true});
}

const PAGES = [['valid', `/certificate/${number(1)}`], ['suspended', `/certificate/${number(2)}`],
    ['withdrawn', `/certificate/${number(3)}`], ['expired', `/certificate/${number(4)}`],
    ['amended', `/certificate/${number(5)}`], ['superseded', `/certificate/${number(6)}`],
    ['not yet', `/certificate/${number(8)}`],
    ['register', '/register'], ['nothing found', '/register?model=none'], ['check', '/check']];

// Of those with one tone of the state only one.
const DARK = ['valid', 'suspended', 'not yet', 'register', 'check'];

async function everyPage() {
    for (const lang of ['en', 'hi']) {
        for (const [kind, options] of [['desk', {}], ['dark', {colorScheme: 'dark'}], ['phone', o.PHONE]]) {
            const page = await open(options);
            for (const [name, path] of PAGES) {
                if (kind === 'dark' && !DARK.includes(name)) continue;
                await go(page, `${path}${path.includes('?') ? '&' : '?'}lang=${lang}`);
                await auditPage(page, `${name}, ${kind}`, lang);
                if (kind === 'phone') await o.narrow(page, name);
                if (lang === 'hi') await o.checkHindi(page, name);
                await shot(page, `${name}-${kind}-${lang}`);
            }
            await page.context().close();
        }
    }
    const page = await open();
    page.expectsFailure = true;
    await go(page, '/certificate/STQC/IOTSCS/ER/999');
    await auditPage(page, 'unknown', 'en');
    check('unknown: what to do', (await o.text(page)).includes('character by character'));
    await shot(page, 'unknown');
    await page.context().close();
}

const red = e => getComputedStyle(e).backgroundColor;

async function alarms() {
    const page = await open();
    for (const [n, word] of [[2, 'SUSPENDED'], [3, 'WITHDRAWN']]) {
        await page.emulateMedia({media: 'screen'});
        await go(page, `/certificate/${number(n)}?lang=en`);
        const alarm = page.locator('.alarm');
        check(`${word}: red`, await alarm.evaluate(red) === 'rgb(156, 31, 31)');
        check(`${word}: both languages`, /DO NOT RELY[^]*भरोसा न करें/.test(await alarm.innerText()));
        check(`${word}: seen without scrolling`, (await alarm.boundingBox()).y < 400);
        await page.emulateMedia({media: 'print'});
        check(`${word}: red on paper`, await alarm.evaluate(red) === 'rgb(156, 31, 31)');
        check(`${word}: across the sheet`, await page.locator('.across').isVisible());
        await shot(page, `${word}-print`);
    }
    await page.emulateMedia({media: 'screen'});
    await go(page, `/certificate/${number(1)}?lang=en`);
    check('valid: no alarm', await page.locator('.alarm').count() === 0);
    await page.context().close();
}

const said = page => page.locator('#qr:not(:empty)').innerText();

async function paste(page, code) {
    await page.evaluate(() => { document.getElementById('qr').textContent = ''; });
    await page.fill('#code', code);
    await page.click('#code-form button');
    return said(page);
}

function changed(code, from) {
    const place = code.indexOf('#') + from, other = code[place] === 'A' ? 'B' : 'A';
    return code.slice(0, place) + other + code.slice(place + 1);
}

async function pasted(page, name) {
    check(`${name}: an old code says nothing of today`, /genuine[^]*UNKNOWN \(stale\)/.test(await paste(page, old)));
    check(`${name}: and is not green`, await page.locator('#qr.care').count() === 1);
    check(`${name}: a genuine code`, /genuine[^]*ER\/001[^]*only the register knows/.test(await paste(page, codes[number(1)])));
    check(`${name}: a code of today is not stale`, !/stale/.test(await said(page)));
    check(`${name}: one of a day to come`, /Not valid today[^]*clock of this device/.test(await paste(page, codes[number(8)])));
    check(`${name}: and is not green`, await page.locator('#qr.care').count() === 1);
    await paste(page, codes[number(1)]);
    check(`${name}: its address is a link`, await page.locator('#qr a').getAttribute('href') ===
        codes[number(1)].split('#')[0]);
    for (const [what, from] of [['the date', 8], ['the hash', 30], ['the number', 70], ['the signature', 150]]) {
        check(`${name}: ${what} changed`, /NOT genuine/.test(await paste(page, changed(codes[number(1)], from))));
    }
    check(`${name}: another address`, /NOT genuine/.test(await paste(page, codes[number(1)].replace('//', '//evil.'))));
    check(`${name}: another key`, /another key/.test(await paste(page, changed(codes[number(1)], 3))));
    for (const text of ['', 'https://x/', 'https://x/#abc', '#' + codes[number(1)].split('#')[1], '<img src=x>']) {
        check(`${name}: no code: ${text}`, /no signed part/.test(await paste(page, text)));
    }
}

async function scanned() {
    const page = await open();
    for (const [n, pattern, tone] of [[1, /genuine[^]*Present state in the register: Valid/, 'good'],
        [2, /genuine[^]*in the register: Suspended/, 'bad'], [5, /amended after this code/, 'care']]) {
        await page.goto('about:blank');
        await page.goto(codes[number(n)]);
        check(`scanned: ${n}`, pattern.test(await said(page)), await said(page));
        check(`scanned: ${n} is ${tone}`, await page.locator(`#qr.${tone}`).count() === 1);
        await shot(page, `scanned-${n}`);
    }
    await page.goto('about:blank');
    await page.goto(o.base + '/certificate/' + number(3) + '#' + codes[number(1)].split('#')[1]);
    check('scanned: the code of another certificate', /NOT genuine/.test(await said(page)));
    await page.context().close();
    const old = await open();
    await old.addInitScript(() => { crypto.subtle.importKey = () => Promise.reject(new Error('NotSupportedError')); });
    await go(old, '/check?lang=en');
    check('a browser without Ed25519', /cannot check Ed25519[^]*satyapan register check/.test(await paste(old, codes[number(1)])));
    await old.context().close();
}

async function alone() {
    const page = await open({acceptDownloads: true});
    await go(page, '/check?lang=en');
    await pasted(page, 'check');
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('a[download]')]);
    const file = join(o.folder, 'saved.html');
    await download.saveAs(file);
    await page.context().close();
    const context = await o.browser.newContext({offline: true});
    const saved = await context.newPage();
    o.watch(saved);
    await saved.goto(pathToFileURL(file).href);
    await pasted(saved, 'saved');
    await shot(saved, 'saved');
    await context.close();
}

async function byHand() {
    const page = await open({javaScriptEnabled: false});
    await go(page, '/register?lang=en');
    await page.fill('#model', 'bd-ipc-2102');
    await page.click('.search button');
    await page.click('tbody a');
    check('search leads to the certificate', (await o.text(page)).includes('Suspended since'));
    await page.fill('#on', '2026-10-01');
    await page.click('form:has(#on) button');
    check('the state on another date', new URL(page.url()).searchParams.get('on') === '2026-10-01');
    await page.click('a.language');
    check('the other language is the same page', page.url().includes('on=2026-10-01') && page.url().includes(number(2)));
    await page.context().close();
}

async function all() {
    o.makeDemonstration(1);
    const server = await o.serve({});
    try {
        const made = execFileSync(join(o.B, 'tests/register_fill'), [join(o.folder, 'data')],
            {env: {...process.env, FILL_HOST: server.base}, encoding: 'utf8'});
        const aged = execFileSync(join(o.B, 'tests/register_fill'), [join(o.folder, 'data'), '1'],
            {env: {...process.env, FILL_HOST: server.base, FILL_AGO: '8'}, encoding: 'utf8'});
        old = JSON.parse(aged).qr;
        codes = Object.fromEntries(made.trim().split('\n').map(JSON.parse).map(r => [r.number, r.qr]));
        await everyPage();
        await alarms();
        await scanned();
        await alone();
        await byHand();
    } finally {
        server.child.kill('SIGTERM');
    }
}

let browser;
try {
    browser = await o.startBrowser();
    await all();
    check('nothing on the console, no request elsewhere', o.quiet);
} catch (e) {
    check('the walk', false, e.message.split('\n').slice(0, 4).join(' ') + (e.stack.match(/register_page\.mjs:\d+/g) || []));
} finally {
    if (browser) await browser.close();
}
o.finish();
