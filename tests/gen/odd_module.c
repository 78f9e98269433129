/*
 * odd_module - a PKCS #11 module that does what SoftHSM does until something goes wrong, as tokens
 * do: it is pulled out, locks itself, forgets the login. For tests; a shared object.
 *
 * ODD_MODULE="CALL:N:CODE": from the Nth call on (from 1) CALL (sign, sign_init, login, context)
 * answers CODE (hexadecimal). context is C_Login for one signature. ODD_REAL: the module behind it.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys/pkcs11.h"

ck_ulong C_GetFunctionList(struct ck_functions **list);

static struct ck_functions *real, ours;

static ck_ulong odd(const char *call)
{
    static unsigned long count;
    const char *text = getenv("ODD_MODULE");
    size_t n = strlen(call);
    unsigned long from = 0, code = 0;
    if (!text || strncmp(text, call, n) != 0 || text[n] != ':' ||
        sscanf(text + n + 1, "%lu:%lx", &from, &code) != 2) {
        return CKR_OK;
    }
    return ++count >= from ? code : CKR_OK;
}

static ck_ulong login(ck_ulong session, ck_ulong user, const ck_byte *pin, ck_ulong size)
{
    ck_ulong rv = odd(user == CKU_CONTEXT_SPECIFIC ? "context" : "login");
    return rv ? rv : real->login(session, user, pin, size);
}

static ck_ulong sign_init(ck_ulong session, struct ck_mechanism *mechanism, ck_ulong key)
{
    ck_ulong rv = odd("sign_init");
    return rv ? rv : real->sign_init(session, mechanism, key);
}

static ck_ulong sign(ck_ulong session, const ck_byte *data, ck_ulong size, ck_byte *signature,
                     ck_ulong *signature_size)
{
    ck_ulong rv = odd("sign");
    return rv ? rv : real->sign(session, data, size, signature, signature_size);
}

ck_ulong C_GetFunctionList(struct ck_functions **list)
{
    void *module = dlopen(getenv("ODD_REAL") ? getenv("ODD_REAL") : "", RTLD_NOW | RTLD_LOCAL);
    void *symbol = module ? dlsym(module, "C_GetFunctionList") : NULL;
    ck_get_function_list get;
    memcpy(&get, &symbol, sizeof get);
    if (!symbol || get(&real) != CKR_OK) {
        return CKR_FUNCTION_NOT_SUPPORTED;
    }
    ours = *real;
    ours.login = login;
    ours.sign_init = sign_init;
    ours.sign = sign;
    *list = &ours;
    return CKR_OK;
}
