"""Guards of the officers' side of issuing, for guards.py: name, test, its case, what is taken away."""
ISSUE = "e2e/office_issue.py"
OFFICE, PROGRAM = "src/office/certificates/", "src/cli/issue/"

ISSUE_GUARDS = [
    ("signing-four-eyes", ISSUE, "two_officers",
     [(OFFICE + "ops_signing.c", "office_num(row, \"person\") == c->actor->person", "false")]),
    ("signing-four-eyes-again", ISSUE, "two_officers", [(PROGRAM + "signing.c", "prepared == person", "false")]),
    ("signing-hash", ISSUE, "two_officers",
     [(OFFICE + "ops_signing.c", "strcmp(hex, op_text(c, \"sha256\")) != 0", "false")]),
    ("signing-hash-again", ISSUE, "two_officers",
     [(PROGRAM + "signing.c", "strcmp(out->sha256, text_of(signing, \"sha256\")) != 0", "false")]),
    ("signatory", ISSUE, "two_officers", [(OFFICE + "ops_signing.c", "name && contains(name, c->actor->name)", "true")]),
    ("approving-four-eyes", ISSUE, "two_officers",
     [(OFFICE + "ops_requests.c", "office_num(row, \"person\") == c->actor->person", "false")]),
    ("changes-four-eyes", ISSUE, "from_the_committee_to_the_red_page",
     [(OFFICE + "ops_changes.c", "office_num(row, \"person\") == c->actor->person", "false"),
      ("src/records/changes.c", "entry >= 0 && same_hand(row, person, actor)", "same_hand(row, person, actor) && entry < 0")]),
    ("changes-of-what-was-seen", ISSUE, "from_the_committee_to_the_red_page",
     [(OFFICE + "ops_changes.c", "seen != UTC_NONE && seen != office_num(row, \"latest\")", "seen == -5")]),
    ("command-line-four-eyes", ISSUE, "four_eyes_at_the_command_line",
     [(PROGRAM + "request.c", "if (!two && (", "if (two && (")]),
    ("committee", ISSUE, "every_refusal_names_its_rule",
     [("src/office/state.c", "{\"certificate.prepare\", S_RECOMMENDED, 0,", "{\"certificate.prepare\", S_LIVING, 0,")]),
]
