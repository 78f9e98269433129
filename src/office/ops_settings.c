/*
 * ops_settings - how the certification body's server is set (office/office.h), to be looked at. The
 * operator changes it in DATA/office.json.
 */
#include "office/office.h"
#include "office/op.h"

static int run_list(struct op_call *c)
{
    c->out = c->office ? office_json(c->office) : json_object();
    return c->out ? 0 : -1;
}

const struct op ops_settings[] = {
    {"setting.list", "GET", "/api/v1/settings", "Show how the server is set", "सर्वर की सेटिंग दिखाएँ",
     ROLE_ADMIN, OP_READ, 0, "settings", NULL, run_list, NULL},
    {0},
};
