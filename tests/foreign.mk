# Weblinks: pages of registers against the matcher (tests/foreign/*.pages), names of domains.
FOREIGN_OBJS  := $(call objects,foreign)
FOREIGN_UNITS := $(filter $(B)/tests/test_foreign_%,$(UNITS))

$(FOREIGN_UNITS): $(B)/tests/%: $(B)/obj/tests/unit/%.o $(FOREIGN_OBJS) $(UNIT_EXTRA) $(LIB) | deps-test
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lcmocka $(FOREIGN_LIBS) $(LIB_LIBS)
