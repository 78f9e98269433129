// What the browser tests of the certification body's pages share: the server with its demonstration
// trust, a browser, people who log in as people do, what an auditor looks at on every page.
import {createHmac} from 'node:crypto';
import {execFileSync, spawn} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';

import {AXE, PLAYWRIGHT} from './packages.mjs';
import * as audit from './page_audit.mjs';

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const B = resolve(ROOT, process.env.B || 'build');
const PACKAGES = [PLAYWRIGHT, AXE];
const WEIGHT_MAX = 60 * 1024;

export const folder = mkdtempSync(join(tmpdir(), 'satyapan-office-'));
const count = {passed: 0, failed: 0, skipped: 0};
export const quiet = []; // what went wrong in any page: console, exceptions, requests elsewhere

export function check(name, good, detail) {
    const list = Array.isArray(good) ? good : good ? [] : [detail === undefined ? '' : String(detail)];
    if (list.length) {
        count.failed++;
        console.log(`FAIL ${name}: ${list.slice(0, 6).join(' | ')}`);
    } else {
        count.passed++;
    }
}

export function skip(why) {
    rmSync(folder, {recursive: true, force: true});
    console.log(`office_page.mjs skipped: ${why}`);
    console.log('0 passed, 0 failed, 1 skipped');
    process.exit(77);
}

export function finish() {
    rmSync(folder, {recursive: true, force: true});
    console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
    process.exit(count.failed ? 1 : 0);
}

// ---- what is needed ------------------------------------------------------------------------------

function packages() {
    const place = join(B, 'node');
    if (!PACKAGES.every(p => existsSync(join(place, 'node_modules', p.split('@')[0])))) {
        mkdirSync(place, {recursive: true});
        try {
            execFileSync('npm', ['install', '--prefix', place, '--no-audit', '--no-fund', '--silent', ...PACKAGES],
                {timeout: 180000, stdio: 'ignore'});
        } catch {
            skip(`npm cannot install ${PACKAGES.join(' ')} (no network?)`);
        }
    }
    return join(place, 'node_modules');
}

export async function startBrowser() {
    const modules = packages();
    const path = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(p => p && existsSync(p));
    if (!path) skip('chromium is not installed');
    const {chromium} = await import(pathToFileURL(join(modules, 'playwright-core/index.mjs')));
    axe = readFileSync(join(modules, 'axe-core/axe.min.js'), 'utf8');
    browser = await chromium.launch({executablePath: path, args: ['--no-sandbox', '--no-first-run',
        '--disable-background-networking', '--disable-component-update', '--disable-sync']});
    return browser;
}

// The demonstration's PKI, its samples and a construction file of 60 documents.
export function makeDemonstration(megabytes) {
    execFileSync(join(B, 'gen/demo'), [folder, '--construction', String(megabytes)], {timeout: 120000});
    return {samples: join(folder, 'demo/samples'), construction: join(folder, 'demo/construction-file-60.zip'),
        corrected: join(folder, 'demo/construction-file-60-corrected.zip')};
}

export function serve(settings) {
    const data = join(folder, 'data');
    mkdirSync(data, {mode: 0o700, recursive: true});
    writeFileSync(join(data, 'office.json'), JSON.stringify(settings));
    const child = spawn(join(B, 'satyapan'), ['serve', '--offline', '--listen', '127.0.0.1:0', '--data', data,
        '--demo', join(folder, 'demo')], {cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe']});
    let said = '';
    return new Promise((ready, failing) => {
        const look = bytes => {
            said += bytes;
            const address = said.match(/http:\/\/\S+:\d+/), first = said.match(/one-time password (\S+)/);
            if (address && first) {
                base = address[0];
                ready({child, base, password: first[1], log: () => said});
            }
        };
        child.stdout.on('data', look);
        child.stderr.on('data', look);
        child.on('exit', code => failing(new Error(`the server ended with ${code}: ${said}`)));
        setTimeout(() => failing(new Error(`the server does not start: ${said}`)), 30000).unref();
    });
}

// A server that somebody else started.
export function at(address) {
    base = address;
}

// ---- pages ---------------------------------------------------------------------------------------

export let browser, base, axe;
// Somebody else started the server.
export function use(address) {
    base = address;
}

export const PHONE = {viewport: {width: 360, height: 740}, hasTouch: true, isMobile: true};

export async function open(options = {}) {
    const context = await browser.newContext({viewport: {width: 1280, height: 900}, locale: 'en-IN', ...options});
    context.setDefaultTimeout(60000);
    context.setDefaultNavigationTimeout(60000);
    context.on('request', r => {
        if (!r.url().startsWith(base) && !/^(data|blob|chrome|chrome-extension):/.test(r.url())) {
            quiet.push(`request to ${r.url()}`);
        }
    });
    const page = await context.newPage();
    watch(page);
    return page;
}

export function watch(page) {
    page.on('console', m => ['error', 'warning'].includes(m.type()) && !page.expectsFailure &&
        quiet.push(`${new URL(page.url()).pathname}: ${m.type()}: ${m.text()}`));
    page.on('pageerror', e => quiet.push(`exception: ${e.message}`));
}

// RFC 6238, SHA-1, 30 seconds, six digits.
export function totp(secret, at = Date.now()) {
    let bits = '';
    for (const c of secret.replace(/[\s=-]/g, '').toUpperCase()) {
        bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0');
    }
    const key = Buffer.from(bits.match(/.{8}/g).map(b => parseInt(b, 2)));
    const step = Buffer.alloc(8);
    step.writeBigUInt64BE(BigInt(Math.floor(at / 30000)));
    const mac = createHmac('sha1', key).update(step).digest(), from = mac[19] & 15;
    return String((mac.readUInt32BE(from) & 0x7fffffff) % 1e6).padStart(6, '0');
}

export const go = (page, path) => page.goto(base + path);
export const text = page => page.locator('main').innerText();

// ---- what an auditor looks at --------------------------------------------------------------------

const seen = new Set();

// Serious or critical faults (axe-core), structure, languages of parts, width, weight.
export async function auditPage(page, name, lang) {
    const key = `${name}, ${lang}`;
    check(`${key}: structure`, await page.evaluate(audit.structure));
    check(`${key}: languages of parts`, await page.evaluate(audit.languages, lang));
    await page.evaluate(axe);
    /* Only violations are collected in full: the same list in a third of the time. */
    const found = await page.evaluate(() => window.axe.run(document, {iframes: false, resultTypes: ['violations']}));
    check(`${key}: axe`, found.violations.filter(v => ['serious', 'critical'].includes(v.impact))
        .map(v => `${v.id}: ${v.nodes[0].html.slice(0, 100)}`));
    const html = Buffer.byteLength(await page.content());
    check(`${key}: under 60 KB`, html < WEIGHT_MAX, `${html} bytes`);
    seen.add(name);
}

// On a Hindi page every label, heading and button of ours has Devanagari in it.
export async function checkHindi(page, name) {
    check(`${name}: all in Hindi`, await page.evaluate(() => {
        const plain = /^(SHA-256|PDF|STQC|[\d\s.,:₹–-]*)$/;
        return [...document.querySelectorAll('main dt, main thead th, main label, main form button, main details.act > summary, main h2, ' +
            'nav a:not([href="/office/account"]), main caption, main legend')]
            .filter(e => !e.querySelector('code') && !e.closest('[lang=en]'))
            .map(e => e.textContent.trim()).filter(t => t && !/[\u0900-\u097f]/.test(t) && !plain.test(t));
    }));
}

export async function narrow(page, name) {
    check(`${name}: nothing is wider than a phone`, await page.evaluate(audit.reflow));
}

export const audited = () => [...seen];
