# The test-data writers (tests/gen): built and run by `make check` and `make run`.

GEN_SHARED  := gen keys pki ocsp answers cms ades record longterm pdf pdfsign xmlsign hierarchy zip
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

.PHONY: fixtures
fixtures: $(B)/gen/data/.made $(B)/gen/demo
check: fixtures
