# The program that writes to issuers and reads their answers: GLib keeps its headers in folders.
MAIL_INCLUDE := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags-only-I gmime-3.0 2>/dev/null || \
  echo -I/usr/include/gmime-3.0 -I/usr/include/glib-2.0 -I/usr/lib/$$(uname -m)-linux-gnu/glib-2.0/include))
MAIL_INCLUDE += -isystem /usr/include/opendkim

$(call objects,foreign/mail): XML_INCLUDE += $(MAIL_INCLUDE)
