#!/usr/bin/env node
// The certification body's pages by hand, in a browser, against the real server: people log in, a
// vendor hands in a construction file of 60 documents in one ZIP of 200 MB, verdicts arrive, officers
// refuse one, waive one with a second officer, complete the rules and reach the committee's decision.
// Both languages, on a phone, by keyboard, without JavaScript; axe-core looks at every page.
//
// usage: office_page.mjs [--screens DIR]     B: the build directory; OFFICE_MB: size of the ZIP
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';

import * as o from './office_browser.mjs';

const {check, go, open, auditPage} = o;
const MEGABYTES = +(process.env.OFFICE_MB || 200);
const LONG = 120000;
const at = process.argv.indexOf('--screens');
const screens = at > 0 ? process.argv[at + 1] : null;
const reason = 'Checked by telephone with the vendor; the letter is on file.';

async function shot(page, name) {
    if (!screens) return;
    mkdirSync(screens, {recursive: true});
    await page.screenshot({path: join(screens, `${name}.png`), fullPage: true});
}

// ---- people --------------------------------------------------------------------------------------

const secrets = {};

async function login(page, name) {
    await go(page, '/office/login');
    await page.fill('#login', name);
    await page.fill('#password', secrets[name].password);
    await page.click('main form button');
    if (secrets[name].totp) {
        await page.waitForURL(/second/);
        await page.fill('#code', await code(name));
        await page.click('main form button');
    }
    await page.waitForSelector('nav.main');
}

// A code counts once: within a step of 30 seconds the next one is waited for.
async function code(name) {
    const s = secrets[name];
    while (Math.floor(Date.now() / 30000) <= (s.step || 0)) await new Promise(go => setTimeout(go, 250));
    s.step = Math.floor(Date.now() / 30000);
    return o.totp(s.totp);
}

// The one-time password, then one of their own and the second factor where it is asked for.
async function firstLogin(name, once, english = true) {
    const page = await open();
    await go(page, '/office');
    check(`${name}: whoever is not logged in is sent to log in`, page.url().includes('/office/login'));
    await page.fill('#login', name);
    await page.fill('#password', once);
    await page.click('main form button');
    await page.waitForURL(/account/);
    if (name === 'admin') await auditPage(page, 'account, first steps', 'en');
    secrets[name] = {password: `${name} has a long password`};
    await page.fill('#old', once);
    await page.fill('#new', secrets[name].password);
    await page.click('form:has(#new) button');
    await page.waitForSelector('.flash, form:has([value="account.totp-begin"])');
    const enrol = page.locator('form:has([value="account.totp-begin"]) button');
    if (await enrol.count() && english) {
        await enrol.click();
        secrets[name].totp = (await page.locator('main code').first().innerText()).trim();
        await page.fill('#code', await code(name));
        await page.click('form:has(#code) button');
        await page.waitForSelector('main h1');
    }
    await go(page, '/office');
    await page.waitForSelector('nav.main');
    return page;
}

async function addPerson(admin, login, name, roles, firm) {
    await go(admin, '/office/people');
    for (const d of await admin.locator('main details:not([open])').all()) await d.locator('summary').click();
    const form = admin.locator('form:has([name=login])');
    await form.locator('[name=login]').fill(login);
    await form.locator('[name=name]').fill(name);
    if (roles) await form.locator('[name=roles]').fill(roles);
    if (firm) await form.locator('[name=firm]').fill(String(firm));
    await form.locator('button').click();
    return (await admin.locator('main code').first().innerText()).trim();
}

// ---- forms ---------------------------------------------------------------------------------------

// Opens what is folded, fills in and sends the form of an operation.
async function act(page, op, fields = {}, where = page) {
    const form = where.locator(`form[action="/office/op/${op}"]`).first();
    const folded = where.locator(`details:not([open]):has(form[action="/office/op/${op}"]) > summary`).first();
    if (await folded.count()) await folded.click();
    for (const [name, value] of Object.entries(fields)) {
        const field = form.locator(`[name="${name}"]`);
        if (await field.evaluate(e => e.tagName) === 'SELECT') await field.selectOption(value);
        else await field.fill(value);
    }
    await Promise.all([page.waitForLoadState('load'), form.locator('button').last().click()]);
    await page.waitForSelector('main h1');
}

async function done(page, what) {
    const flash = page.locator('.flash.good');
    check(what, await flash.count() === 1, (await page.locator('.note.bad, .why').allInnerTexts()).join(' | '));
}

export {act, addPerson, done, firstLogin, login, secrets, shot, reason, screens, LONG, MEGABYTES};
