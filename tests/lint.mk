# lint: every rule of STYLE that a program can check. See tests/lint/run.

.PHONY: lint objects
lint: deps-test
	@B=$(B) tests/lint/run

# Every object of the library and of the programs, for the compilers' warnings.
objects: $(sort $(LIB_OBJS) $(foreach p,$(PROGRAMS) $(LIBEXEC),$(call objects,$($(p)_DIRS))))
