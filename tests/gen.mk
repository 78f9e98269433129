# The test-data writers (tests/gen): built and run by `make check` and `make run`.

GEN_SHARED  := gen keys pki ocsp answers cms ades record longterm pdf pdfcrypt pdfsign xmlsign hierarchy zip
GEN_OBJS    := $(patsubst %,$(B)/obj/tests/gen/%.o,$(GEN_SHARED)) $(call objects,base)
GEN_SAMPLES := $(patsubst %.c,$(B)/obj/%.o,$(sort $(wildcard tests/gen/samples*.c)))
# The moment the cases live in; tests/cases/*.case name the same one.
GEN_TIME    := 2026-11-21T06:30:00Z

$(B)/gen/samples: $(GEN_SAMPLES) $(GEN_OBJS)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIB_LIBS)

$(B)/gen/demo: $(B)/obj/tests/gen/demo.o $(B)/obj/tests/gen/construction.o $(GEN_OBJS)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIB_LIBS)

$(B)/gen/data/.made: $(B)/gen/samples
	@rm -rf $(@D)
	ASAN_OPTIONS=detect_leaks=0 $(B)/gen/samples $(@D) $(GEN_TIME)
	@touch $@

# Signs PDFs as the body's certificates are signed; its output is judged by other programs.
$(B)/gen/sign_pdf: $(B)/obj/tests/gen/sign_pdf.o $(B)/obj/src/issue/pades.o \
                   $(B)/obj/src/issue/cades.o $(B)/obj/src/issue/der_make.o \
                   $(B)/obj/src/issue/pdf_update.o $(call objects,keys net) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIB_LIBS)

# The same for the XML twin.
$(B)/gen/sign_xml: $(B)/obj/tests/gen/sign_xml.o \
                   $(addprefix $(B)/obj/src/issue/,xades.o twin.o fields.o) \
                   $(call objects,keys net) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIB_LIBS)

.PHONY: fixtures
fixtures: $(B)/gen/data/.made $(B)/gen/demo $(B)/gen/sign_pdf $(B)/gen/sign_xml
check: fixtures
