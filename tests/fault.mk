# fault: every allocation fails once. Only base/mem.c is compiled differently, so the normal build is
# used: `make check` runs a sample, `make fault` all (three minutes), and then a larger sample with
# everything built with sanitizers, which see what a failed allocation leaves behind.

FAULT_MEM := $(B)/obj/fault/mem.o

$(FAULT_MEM): src/base/mem.c | deps-build
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -DSATYAPAN_FAULT -MMD -MP -c $< -o $@

# The object comes before the archive, whose own mem.o is then not taken.
$(B)/fault/fault: $(B)/obj/tests/fault/fault.o $(FAULT_MEM) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIB_LIBS)

$(B)/fault/satyapan: $(FAULT_MEM) $(call objects,$(satyapan_DIRS)) \
  $(addprefix $(B)/obj/,$(satyapan_OBJS)) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(satyapan_LIBS)

.PHONY: fault-sample fault
fault-sample: $(B)/fault/fault $(B)/fault/satyapan fixtures
check: fault-sample

fault: deps-test fault-sample
	B=$(B) tests/e2e/fault.py --all
	$(MAKE) B=build-fault OPT="-O1 -g" HARDEN="-fPIE" \
	  EXTRA="-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer" \
	  fault-sample
	B=build-fault FAULT_SAMPLE=1000 tests/e2e/fault.py
