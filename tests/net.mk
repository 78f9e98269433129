# Helpers of the network tests.
FETCH_URLS := $(B)/tests/fetchurls

$(FETCH_URLS): $(B)/obj/tests/gen/fetchurls.o $(call objects,net) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIB_LIBS)

# The keys and the clockwork of tests/e2e/pki_server.py.
$(B)/gen/responder: $(B)/obj/tests/gen/responder.o $(GEN_OBJS)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIB_LIBS)

units: $(FETCH_URLS) $(B)/gen/responder
