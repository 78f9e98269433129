# What the tests of the TLS scanner need: its objects for the unit tests, libssl as a peer.

$(UNIT_EXTRA): $(call objects,tls)
$(B)/tests/test_tls%: LIB_LIBS := -lssl $(LIB_LIBS)
$(B)/obj/src/tls/policy.o: src/tls/policy.json
