"""foreign_guards - rows of guards.py: who may know and decide what about a foreign certificate."""

UNIT = "test_foreign"
OPS, OPS_C = "src/office/ops_foreign.c", "src/office/foreign/case_ops.c"
DECIDE, OPEN = "src/office/ops_foreign_decide.c", "src/office/ops_foreign_open.c"
ISSUERS, ISSUER_ROWS = "src/office/ops_issuers.c", "src/records/issuers.c"
ROWS = "src/records/foreign.c"
POLL, CLOCK = "src/office/foreign/poll_take.c", "src/office/foreign/case_clock.c"
TOKENS, WEB = "src/office/foreign/tokens.c", "src/office/foreign/web_work.c"

FOREIGN_GUARDS = [
    ("foreign-own-cases", UNIT, "test_own_cases",
     [(OPS_C, "(c->actor->firm == UTC_NONE || c->actor->firm != office_num(*out, \"vendor\"))",
       "false")]),
    ("foreign-own-list", UNIT, "test_own_cases",
     [(OPS, ".vendor = office_is_vendor(c) ? c->actor->firm : UTC_NONE,", ".vendor = UTC_NONE,")]),
    ("foreign-timeline", UNIT, "test_timeline_of_the_vendor",
     [(OPS, "office_is_vendor(c), UTC_NONE, ROWS, &rows);", "false, UTC_NONE, ROWS, &rows);")]),
    ("foreign-contradiction-hidden", UNIT, "test_contradiction",
     [(OPS_C, "json_object_set_new(row, \"contradiction\", json_integer(0)) |", "")]),
    ("foreign-secret-hashed", UNIT, "test_answer_hashed",
     [(TOKENS, "\"link_sha256\", link, \"state\"", "\"link_sha256\", token, \"state\""),
      (TOKENS, "    OPENSSL_cleanse(token, sizeof token);\n", "")]),
    ("foreign-secret-once", UNIT, "test_answer_once",
     [(OPEN, "office_str(mail, \"answer\")               ? \"answered\"",
       "false ? \"answered\""),
      (OPEN, "\"outcome\", answer, \"result\",\n                       kept ? kept : \"{}\", "
       "\"once\", once);", "\"outcome\", answer, \"result\",\n                       kept ? kept : "
       "\"{}\", \"name\", once);")]),
    ("foreign-secret-ends", UNIT, "test_answer_page_ends",
     [(OPEN, "by->now > date_ends(day);", "by->now > date_ends(day) + 86400;")]),
    ("foreign-four-eyes", UNIT, "test_four_eyes",
     [(DECIDE, "if (foreign_op_same(c, d, \"person\", \"login\")) {", "if (false) {"),
      ("src/records/schema.c", "CHECK(second_login IS NULL OR second_login <> login)",
       "CHECK(1)")]),
    ("foreign-four-eyes-for-the-past", UNIT, "test_four_eyes_for_the_past",
     [(DECIDE, "!c->office->four_eyes_foreign && strcmp(on, office_today(c, today)) == 0;",
       "!c->office->four_eyes_foreign;\n    (void)today;")]),
    ("foreign-nothing-seen", UNIT, "test_four_eyes",
     [(DECIDE, "if (strcmp(word, \"verified\") != 0) {", "if (*word) {")]),
    ("issuer-importer", UNIT, "test_profile_importer",
     [(ISSUERS, "foreign_op_same(c, row, \"imported_by\", \"imported_login\")", "!row")]),
    ("issuer-edited", UNIT, "test_profile_edited",
     [(ISSUERS, "same && strcmp(same, hex) == 0", "same")]),
    ("foreign-late-answer", UNIT, "test_answer_too_late",
     [(POLL, "        at > date_ends(day)) {", "        at < 0) {")]),
    ("foreign-late-before-the-clock", UNIT, "test_answer_too_late_before_the_clock",
     [(POLL, "int rc = foreign_clock_end(&g->by, g->w->o->office, g->w->o->data, at, row);",
       "int rc = 0;")]),
    ("foreign-late-page", UNIT, "test_web_too_late_before_the_clock",
     [(WEB, "rc = rc ? rc : foreign_clock_end(&g->by, w->o->office, w->o->data, work_now(w), "
       "&row);", "")]),
    ("foreign-earlier-claim", UNIT, "test_answer_about_the_earlier_claim",
     [(POLL, "event = earlier || !same ? event_of_earlier(event, same) : event;",
       "(void)event_of_earlier;")]),
    ("foreign-earlier-evidence", UNIT, "test_answer_about_the_earlier_claim",
     [(DECIDE, "office_num(row, \"earlier_claim\") == 0 &&", "")]),
    ("foreign-replaced-address", UNIT, "test_denied_from_the_replaced_address",
     [(ROWS, "WHERE c.closed = 0 AND", "WHERE c.closed = 0 AND m.state = 'sent' AND")]),
    ("foreign-page-of-another", UNIT, "test_page_of_another_issuer",
     [(OPEN, "answer_page_confirms && named && current", "answer_page_confirms && current | named")]),
    ("foreign-restart-limit", UNIT, "test_restart_ends",
     [(OPS, "office_num(row, \"restarts\") < by->data->settings.ext_restart_times", "true")]),
    ("foreign-mailbox-below", UNIT, "test_mailbox_below",
     [(ISSUER_ROWS, "(d.below OR d.domain = lower(?))", "(1 OR d.domain = lower(?))")]),
    ("foreign-clock-awake", UNIT, "test_clock_set_while_running",
     [("src/office/intake/runner.c", "            mind_clock(t, &gap);", "            (void)mind_clock;")]),
    ("foreign-said-twice", UNIT, "test_clock_set_back",
     [(CLOCK, "    if (rc <= 0) {\n        return rc;\n    }\n    switch", "    switch"),
      (CLOCK, "step->on <= today && !done(row, step);", "step->on <= today;")]),
]
