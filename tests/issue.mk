# Certificates: the drawing part (cairo, pango) has headers of its own; its programs of the tests.
RENDER_INCLUDE := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags pangocairo pangoft2 cairo-pdf fontconfig 2>/dev/null))
RENDER_OBJS    := $(call objects,issue/render)

$(RENDER_OBJS) $(B)/obj/tests/unit/test_render.o: XML_INCLUDE += $(RENDER_INCLUDE)

$(B)/tests/test_render: $(B)/obj/tests/unit/test_render.o $(RENDER_OBJS) $(UNIT_EXTRA) $(LIB) | deps-test
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lcmocka $(RENDER_LIBS) $(LIB_LIBS)

# Renders a certificate's data for tests/e2e/issue_render.py and the bench.
CERTIFICATE := $(B)/gen/certificate

$(CERTIFICATE): $(B)/obj/tests/gen/certificate.o $(RENDER_OBJS) $(UNIT_EXTRA) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(RENDER_LIBS) $(LIB_LIBS)

# A PKCS #11 module on which things go wrong, for tests/e2e/issue_token.py.
ODD_MODULE := $(B)/gen/odd_module.so

$(ODD_MODULE): tests/gen/odd_module.c src/keys/pkcs11.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -fPIC -shared -o $@ $< -ldl

units: $(CERTIFICATE) $(ODD_MODULE)
