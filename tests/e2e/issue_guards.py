"""Guards of the officers' side of issuing, for guards.py: name, test, its case, what is taken away."""
ISSUE = "e2e/office_issue.py"
OFFICE, PROGRAM = "src/office/certificates/", "src/cli/issue/"

ISSUE_GUARDS = [
    ("signing-four-eyes", ISSUE, "two_officers",
     [(OFFICE + "ops_signing.c", "office_num(row, \"person\") == c->actor->person", "false")]),
    ("signing-four-eyes-again", ISSUE, "two_officers", [(PROGRAM + "signing.c", "prepared == person", "false")]),
    ("signing-hash", ISSUE, "two_officers",
     [(OFFICE + "inside.c", "strcmp(hex, op_text(c, \"sha256\")) != 0", "false")]),
    ("signing-hash-again", ISSUE, "two_officers",
     [(PROGRAM + "signing.c", "strcmp(out->sha256, text_of(signing, \"sha256\")) != 0", "false")]),
    ("signatory", ISSUE, "two_officers", [(OFFICE + "inside.c", "strcmp(name, c->actor->name) == 0", "true")]),
    ("amending-four-eyes", ISSUE, "amended_by_two_officers",
     [(OFFICE + "ops_amended.c", "office_num(row, \"person\") == c->actor->person", "false")]),
    ("amending-four-eyes-again", ISSUE, "amended_by_two_officers",
     [(PROGRAM + "amend_signed.c", "change_same_hand(row, u->second, u->actor)", "false"),
      ("src/records/changes.c", "entry >= 0 && change_same_hand(row, person, actor)", "false")]),
    ("amending-hash", ISSUE, "amended_by_two_officers",
     [(PROGRAM + "amend_signed.c", "strcmp(u->sha256, text_of(signing, \"sha256\")) != 0", "false")]),
    ("amending-what-was-seen", ISSUE, "amended_by_two_officers",
     [(OFFICE + "ops_amended.c", "office_num(row, \"seen\") != UTC_NONE &&", "false &&")]),
    ("approving-four-eyes", ISSUE, "two_officers",
     [(OFFICE + "ops_requests.c", "office_num(row, \"person\") == c->actor->person", "false")]),
    ("changes-four-eyes", ISSUE, "from_the_committee_to_the_red_page",
     [(OFFICE + "ops_changes.c", "office_num(row, \"person\") == c->actor->person", "false"),
      ("src/records/changes.c", "entry >= 0 && change_same_hand(row, person, actor)", "false")]),
    ("changes-of-what-was-seen", ISSUE, "from_the_committee_to_the_red_page",
     [(OFFICE + "ops_changes.c", "seen != UTC_NONE && seen != office_num(row, \"latest\")", "seen == -5")]),
    ("command-line-four-eyes", ISSUE, "four_eyes_at_the_command_line",
     [(PROGRAM + "request.c", "if (!two && (item", "if (two && (item")]),
    ("committee", ISSUE, "every_refusal_names_its_rule",
     [("src/office/state.c", "{\"certificate.prepare\", S_RECOMMENDED, 0,", "{\"certificate.prepare\", S_LIVING, 0,")]),
]
