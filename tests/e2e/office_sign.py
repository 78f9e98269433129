#!/usr/bin/env python3
"""Has LibreOffice sign documents in place, without a window: run by office_files.py.

usage: office_sign.py FOLDER FILE...      FOLDER: holds nss/ (the certificate store), profile/
It needs the uno module of the system's own Python. One line "signed FILE" each.
"""
import os
import subprocess
import sys
import time

import uno

CONTEXT = "com.sun.star."
READ_WRITE = 7
PROFILE = "-env:UserInstallation=file://"


def connect(pipe, office):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext(
        CONTEXT + "bridge.UnoUrlResolver", local)
    for _ in range(600):
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except Exception as why:  # pylint: disable=broad-except
            if office.poll() is not None:
                raise RuntimeError("soffice ended") from why
            time.sleep(0.1)
    raise RuntimeError("soffice does not answer")


def sign(context, certificate, path):
    def make(name):
        return manager.createInstanceWithContext(CONTEXT + name, context)
    manager = context.ServiceManager
    signer = manager.createInstanceWithArgumentsAndContext(
        CONTEXT + "security.DocumentDigitalSignatures", ("1.2", True), context)
    stream = make("ucb.SimpleFileAccess").openFileReadWrite("file://" + path)
    plain = uno.createUnoStruct(CONTEXT + "beans.PropertyValue")
    plain.Name, plain.Value = "StorageFormat", "ZipFormat"
    options = uno.Any("[]com.sun.star.beans.PropertyValue", (plain,))
    storage = uno.invoke(make("embed.StorageFactory"), "createInstanceWithArguments",
                         ((stream, READ_WRITE, options),))
    good = signer.signDocumentWithCertificate(certificate, storage, None)
    if good:
        storage.commit()
    storage.dispose()
    return good


def main():
    folder, paths = sys.argv[1], sys.argv[2:]
    pipe = f"satyapan{os.getpid()}"
    office = subprocess.Popen(
        ["soffice", f"{PROFILE}{folder}/profile", "--headless", "--norestore",
         f"--accept=pipe,name={pipe};urp;"], start_new_session=True,
        env=dict(os.environ, MOZILLA_CERTIFICATE_FOLDER=f"sql:{folder}/nss"))
    try:
        context = connect(pipe, office)
        security = context.ServiceManager.createInstanceWithContext(
            CONTEXT + "xml.crypto.SEInitializer", context).createSecurityContext("")
        own = security.getSecurityEnvironment().getPersonalCertificates()
        for path in paths:
            if not sign(context, own[0], path):
                raise RuntimeError("not signed: " + path)
            print("signed", path, flush=True)
        desktop = context.ServiceManager.createInstanceWithContext(
            CONTEXT + "frame.Desktop", context)
        try:
            desktop.terminate()
        except Exception:  # pylint: disable=broad-except
            pass  # the bridge may go down before the answer comes
        office.wait(60)
    finally:
        if office.poll() is None:
            os.killpg(office.pid, 9)  # soffice is a script around the program
            office.wait()


if __name__ == "__main__":
    main()
