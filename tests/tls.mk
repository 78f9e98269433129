# What the tests of the TLS scanner need: its objects for the unit tests, libssl as a peer.

# Not in the archive of all programs: some of its names are the reports' too.
$(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_tls*.c)): $(call objects,tls)
$(B)/tests/test_tls%: LIB_LIBS := $(LIB) -lssl $(LIB_LIBS)
$(B)/obj/src/tls/policy.o: src/tls/policy.json
