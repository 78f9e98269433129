# The program that writes to issuers and reads their answers: GLib keeps its headers in folders.
MAIL_INCLUDE := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags-only-I gmime-3.0 2>/dev/null))
MAIL_INCLUDE += -isystem /usr/include/opendkim

$(call objects,foreign/mail): XML_INCLUDE += $(MAIL_INCLUDE)
