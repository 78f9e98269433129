"""weblink_guards - rows of guards.py: what keeps a page from being believed that must not."""

PAGES = "test_foreign_pages"
DECIDE, MATCH, COMPARE = "src/foreign/decide.c", "src/foreign/match.c", "src/foreign/compare.c"
RECORD, AGAINST = "src/foreign/match_record.c", "src/foreign/match_against.c"
HTML, JSON = "src/foreign/html.c", "src/foreign/json_page.c"

WEBLINK_GUARDS = [
    ("page-control", PAGES, "echo page",
     [(DECIDE, "if (looks_like_it(&c->matches[i])) {", "if (!looks_like_it) {")]),
    ("page-form-of-address", PAGES, "address that is in no form of the profile",
     [(DECIDE, "if (w->profile && w->fit == ADDRESS_OUTSIDE) {", "if (!w->profile) {")]),
    ("page-hidden", PAGES, "status hidden by its style",
     [(HTML, "(style.n && style_hides(style))", "!style_hides")]),
    ("page-style-sheet", PAGES, "status hidden by a style sheet",
     [(MATCH, "if (answer == ANSWER_MATCH && f->shaky) {", "if (answer == ANSWER_MATCH && !f) {")]),
    ("page-twin", PAGES, "status stands in a card without a number",
     [(RECORD, "(narrow && has_twin(m, up, b, &r))", "(narrow && !has_twin)")]),
    ("page-short-number", PAGES, "short number, status stands in a card over another number",
     [(COMPARE, "n >= SHAPE_MIN || (p == folded && strlen(folded) == n)", "n >= SHAPE_MIN")]),
    ("page-headings", PAGES, "list with the caption revoked",
     [(AGAINST, "look_at_headings(m, r->first, out);", "(void)look_at_headings;")]),
    ("page-expired", PAGES, "expired by its date though called active",
     [(AGAINST, "out->expired = true;", "out->expired = false;")]),
    ("page-legal-form", PAGES, "the same name with another legal form",
     [(COMPARE, "return forms_differ || another ||", "return another ||")]),
    ("page-json-elements", PAGES, "JSON, number in one object, the rest in the next",
     [(JSON, "l.p->boxes[l.box].closed = above->element;", "l.p->boxes[l.box].closed = false;")]),
    ("page-json-twice", PAGES, "JSON, a name that stands twice",
     [(JSON, "JSON_REJECT_DUPLICATES", "0")]),
    ("page-other-issuer", PAGES, "issuer, another one with half the name",
     [(DECIDE, "if (p && w->claim->issuer && !p->several && !is_registers_own(w)) {", "if (!p) {")]),
    ("page-issuer-in-record", PAGES, "issuers, the record names another",
     [(DECIDE, "        check_issuer(w, m, f);\n", "        (void)check_issuer;\n")]),
    ("page-columns", PAGES, "text in two columns, the status is the other certificate's",
     [(RECORD, "} else if (box >= 0 && shares_line(m, at)) {", "} else if (box >= 0 && !shares_line) {")]),
    ("page-label-parts", PAGES, "label with another one behind a slash",
     [("src/foreign/label.c", "bool neutral = !told && (", "bool neutral = one == LABEL_OTHER || (")]),
    ("page-picture-against", PAGES, "status with an icon beside it that says otherwise",
     [("src/foreign/html_fields.c", "= !n || n->type != XML_ELEMENT_NODE;", "= true;\n        (void)n;")]),
    ("page-paragraph", PAGES, "status in a paragraph about somebody else, without labels",
     [(MATCH, "(l->at < f->at ? names_another(m, l->text) : names_a_thing(m, l->text))",
       "(l->at < f->at ? 0 * names_another(m, l->text) : names_a_thing(m, l->text))")]),
    ("page-two-ways", PAGES, "comment that ends elsewhere in browsers",
     [(HTML, "p->unreadable = text.n ? read_in_two_ways(text) : NULL;", "(void)read_in_two_ways;")]),
]
