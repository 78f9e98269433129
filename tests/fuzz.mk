# Fuzz harnesses (tests/fuzz/fuzz_*.c) replayed over their corpora without libFuzzer.

HARNESSES := $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

$(B)/replay/%: $(B)/obj/tests/fuzz/fuzz_%.o $(B)/obj/tests/fuzz/replay.o $(LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIB_LIBS)

# What a harness needs beside the library.
$(B)/replay/form $(B)/fuzz/form: $(B)/obj/src/http/multipart.o
$(B)/replay/bundle $(B)/fuzz/bundle: $(B)/obj/src/sandbox/bundle.o $(B)/obj/src/sandbox/wire.o
$(B)/replay/wants $(B)/fuzz/wants: $(patsubst %,$(B)/obj/src/%.o,\
  obtain/broker/target sandbox/bundle sandbox/wire)
$(B)/replay/wants $(B)/fuzz/wants: LIB_LIBS := $(LIB) $(LIB_LIBS)
$(B)/replay/tls $(B)/fuzz/tls: $(patsubst %,$(B)/obj/src/tls/%.o,tables record hello_read)
$(B)/replay/tls $(B)/fuzz/tls: LIB_LIBS := $(LIB) $(LIB_LIBS)
# The scanner as a whole, but for its command: the record of a scan becomes facts again.
$(B)/replay/record $(B)/fuzz/record: $(call objects,tls)
$(B)/replay/record $(B)/fuzz/record: LIB_LIBS := $(LIB) -lssl $(LIB_LIBS)
$(B)/replay/client $(B)/fuzz/client: $(patsubst %,$(B)/obj/src/tls/%.o,\
  tables client_hello client_print listen_case listen_flight listen_talk checks facts provoke robot \
  weak_key)
$(B)/replay/client $(B)/fuzz/client: LIB_LIBS := $(LIB) $(LIB_LIBS)
FUZZ_URL := $(patsubst %,$(B)/obj/src/net/%.o,url guard fetch_wire fetch/fresh fetch/head)
$(B)/replay/url $(B)/fuzz/url: $(FUZZ_URL)
$(B)/replay/url $(B)/fuzz/url: LIB_LIBS += -lcurl
FUZZ_MAIL := $(patsubst %,$(B)/obj/src/foreign/mail/%.o,address align authres classify decide dkim_check \
  head html judge keyrecord parts result row sentences smime_check token) \
  $(patsubst %,$(B)/obj/src/%.o,foreign/domain foreign/name foreign/normal foreign/compare_status \
  foreign/compare_date net/url net/guard)
$(B)/replay/mail $(B)/fuzz/mail: $(FUZZ_MAIL)
$(B)/replay/mail $(B)/fuzz/mail: LIB_LIBS := $(LIB) $(LIB_LIBS) $(MAIL_LIBS)

$(B)/replay/page $(B)/fuzz/page: $(call objects,foreign) $(patsubst %,$(B)/obj/src/net/%.o,url hosts fetch_wire)
$(B)/replay/page $(B)/fuzz/page: LIB_LIBS := $(LIB) $(FOREIGN_LIBS) $(LIB_LIBS)

.PHONY: replays
replays: $(addprefix $(B)/replay/,$(HARNESSES))
check: replays
