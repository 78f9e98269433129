# bench: this program beside others, in one run on one machine. Prints a table, writes bench.json.

BENCH_C := $(filter-out bigpdf records_list register_bench keys_bench,$(patsubst tests/bench/%.c,%,$(wildcard tests/bench/*.c)))

$(B)/bench/bigpdf: $(B)/obj/tests/bench/bigpdf.o $(GEN_OBJS)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIB_LIBS)

$(B)/bench/%mb.pdf: $(B)/bench/bigpdf
	ASAN_OPTIONS=detect_leaks=0 $(B)/bench/bigpdf $(@D) $*

$(addprefix $(B)/bench/,$(BENCH_C)): $(B)/bench/%: $(B)/obj/tests/bench/%.o $(LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIB_LIBS)

# Lists of many applications; see tests/bench/fill.py.
$(B)/bench/records_list: $(B)/obj/tests/bench/records_list.o $(UNIT_EXTRA) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lsqlite3 $(LIB_LIBS)

# A register of 1,000,000 events; signatures through the key process.
$(B)/bench/register_bench $(B)/bench/keys_bench: $(B)/bench/%: $(B)/obj/tests/bench/%.o $(UNIT_EXTRA) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lsqlite3 -lcurl -lqrencode $(LIB_LIBS)

.PHONY: bench
# Other scanners, only to compare with.
PKG_BENCH := nmap sslscan testssl.sh
build/.packages-bench: tests/speed.mk | deps-test
	$(call install_packages,$(PKG_BENCH))
bench: deps-test build/.packages-bench all fixtures $(B)/gen/responder $(addprefix $(B)/bench/,$(BENCH_C)) $(B)/bench/records_list $(B)/bench/register_bench $(B)/bench/keys_bench $(B)/bench/100mb.pdf $(B)/gen/certificate
	@B=$(B) tests/bench/bench.py
