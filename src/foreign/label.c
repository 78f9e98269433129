/*
 * label - what a label of a register names: by the rows of labels.def, and by its profile.
 */
#include "foreign/profile.h"

static const struct {
    enum label_class class;
    const char *text;
} general[] = {
#define LABEL(class, text) {LABEL_##class, text},
#include "foreign/labels.def"
#undef LABEL
};

enum label_class profile_label(const struct profile *p, const char *folded)
{
    for (int c = 1; p && c < LABEL_CLASSES; c++) {
        if (profile_lists(&p->labels[c], folded)) {
            return (enum label_class)c;
        }
    }
    if (p && profile_lists(&p->labels[LABEL_OTHER], folded)) {
        return LABEL_OTHER; /* the profile says that here it means something else */
    }
    for (size_t i = 0; i < sizeof general / sizeof *general; i++) {
        if (general[i].text[0] == folded[0] && strcmp(general[i].text, folded) == 0) {
            bool issuer = general[i].class == LABEL_ISSUER; /* elsewhere it is the register's own */
            return issuer && !(p && p->several) ? LABEL_OTHER : general[i].class;
        }
    }
    return LABEL_OTHER;
}
