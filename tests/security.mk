# The table of operations for tests that walk all of them, and the proof that the security tests notice a
# missing guard.
OPS_TABLE := $(B)/tests/ops_table

$(OPS_TABLE): $(B)/obj/tests/gen/ops_table.o $(UNIT_EXTRA) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lsqlite3 -lcurl -lssl -lqrencode $(LIB_LIBS)

units: $(OPS_TABLE)

# A register with certificates in several states, for the tests of its public pages.
REGISTER_FILL := $(B)/tests/register_fill

$(REGISTER_FILL): $(B)/obj/tests/gen/register_fill.o $(UNIT_EXTRA) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lsqlite3 -lcurl -lssl -lqrencode $(LIB_LIBS)

units: $(REGISTER_FILL)

# Takes every guard away in a copy of the source, builds the server, and expects the tests to fail:
# some minutes, so not a part of `make check`.
.PHONY: guards
guards: all units
	@B=$(B) python3 -B tests/e2e/guards.py
