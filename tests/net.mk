# Helpers of the network tests.
FETCH_URLS := $(B)/tests/fetchurls

$(FETCH_URLS): $(B)/obj/tests/gen/fetchurls.o $(call objects,net) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIB_LIBS)

units: $(FETCH_URLS)
