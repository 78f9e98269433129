# Helpers of the PDF tests.
PDF_DUMP := $(B)/tests/pdfdump

$(PDF_DUMP): $(B)/obj/tests/gen/pdfdump.o $(LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIB_LIBS)

units: $(PDF_DUMP)
