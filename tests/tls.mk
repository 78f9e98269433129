# What the tests of the TLS scanner need: its objects for the unit tests, libssl as a peer.

# Not in the archive of all programs: some of its names are the reports' too.
$(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_tls*.c)): $(call objects,tls)
$(B)/tests/test_tls%: LIB_LIBS := $(LIB) -lssl $(LIB_LIBS)
$(B)/obj/src/tls/policy.o: src/tls/policy.json

# Small servers, most on other libraries, for tests/e2e/tls_bed.py and tls_hostile.py.
TLS_SERVERS := $(addprefix $(B)/tests/tls/,wolf_server mbed_server bear_server flood_server)
$(B)/tests/tls/wolf_server: TLS_LIB := -lwolfssl
$(B)/tests/tls/mbed_server: TLS_LIB := -lmbedtls -lmbedx509 -lmbedcrypto
$(B)/tests/tls/bear_server: TLS_LIB := -lbearssl
$(B)/tests/tls/flood_server: TLS_LIB := -lssl -lcrypto
$(TLS_SERVERS): $(B)/tests/tls/%: tests/tls/%.c | deps-test
	@mkdir -p $(@D)
	$(CC) -std=c11 -O2 -g -D_GNU_SOURCE -Wall -Wextra -o $@ $< $(TLS_LIB)
units: $(TLS_SERVERS)
$(B)/obj/src/tls/listen_case.o: src/tls/listen_cases.json
