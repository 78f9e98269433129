# Satyapan. Two commands for a newcomer on Debian 12: `make run` and `make check`.
# Everything is built under $(B); variants use their own directory (make asan, ubsan, fault, fuzz).

SHELL := /bin/bash
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:

# ---- every package in one place (Debian 12) ------------------------------------------------------
PKG_BUILD := gcc libc6-dev make pkg-config openssl libssl-dev zlib1g-dev libzip-dev libjansson-dev \
             libmicrohttpd-dev libsqlite3-dev libxml2-dev libqrencode-dev \
             libcairo2-dev libpango1.0-dev fonts-noto-core fonts-noto-mono icc-profiles-free \
             libcurl4-openssl-dev poppler-utils \
             libgmime-3.0-dev libopendkim-dev libpsl-dev publicsuffix libidn2-dev libicu-dev
PKG_TEST  := libcmocka-dev python3 qpdf clang llvm libclang-rt-14-dev clang-tidy \
             clang-format cppcheck mandoc chromium fonts-noto-core curl libxml2-utils \
             iproute2 procps xmlsec1 libreoffice-writer-nogui libreoffice-calc-nogui \
             python3-uno libnss3-tools zip p7zip-full libarchive-tools python3-jsonschema wrk \
             strace systemd
# Servers for the bed of the TLS scanner.
PKG_TEST  += gnutls-bin nginx-light lighttpd lighttpd-mod-openssl stunnel4 mosquitto \
             libwolfssl-dev libmbedtls-dev libbearssl-dev libcoap3-bin \
             softhsm2 opensc
PKG_TEST  += zbar-tools
# Clients for the other direction (tests/e2e/tls_listen_clients.py).
PKG_TEST  += mosquitto-clients wget dnsmasq-base nftables
# Mail servers for the verification requests to issuers.
PKG_TEST  += exim4-daemon-light dovecot-imapd dovecot-lmtpd
# For make deb, and its test.
PKG_DEB   := dpkg-dev binutils
PKG_TEST  += $(PKG_DEB)
# Installed by the tests that use them (tests/e2e/packages.mjs: which version, and why).
PKG_NPM   := playwright-core axe-core @seriousme/openapi-schema-validator warcio \
             @cyclonedx/cyclonedx-library

# ---- where things go -----------------------------------------------------------------------------
B       ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
ifeq ($(origin CC),default)
CC := gcc
endif

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual \
        -Wwrite-strings -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
ifdef CI
WERROR ?= -Werror
endif
OPT    ?= -O2 -g -D_FORTIFY_SOURCE=2
HARDEN ?= -fstack-protector-strong -fPIE
# libxml2 keeps its headers in a folder of their own; before it is installed the answer is Debian's.
XML_INCLUDE := $(shell pkg-config --cflags libxml-2.0 2>/dev/null || echo -I/usr/include/libxml2)
CFLAGS_ALL = -std=c11 $(OPT) $(HARDEN) $(WARN) $(WERROR) -D_GNU_SOURCE -Iinclude -Isrc \
             $(XML_INCLUDE) $(EXTRA) $(CFLAGS)
LDFLAGS_ALL = -pie -Wl,-z,relro,-z,now,--as-needed $(EXTRA) $(LDFLAGS)

include src/programs.mk

# ---- objects -------------------------------------------------------------------------------------
sources = $(sort $(foreach d,$(1),$(wildcard src/$(d)/*.c)))
objects = $(patsubst %.c,$(B)/obj/%.o,$(call sources,$(1)))

LIB      := $(B)/libsatyapan.a
LIB_OBJS := $(call objects,$(LIB_DIRS))
BINS     := $(addprefix $(B)/,$(PROGRAMS)) $(addprefix $(B)/libexec/satyapan/,$(LIBEXEC))

.PHONY: all
all: $(BINS)

$(B)/obj/%.o: %.c | deps-build
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -MMD -MP -c $< -o $@

# Files that .incbin takes into the program are unknown to -MMD.
$(B)/obj/src/report/style.o: src/report/report.css
$(B)/obj/src/http/assets.o: $(wildcard src/http/assets/*)
$(B)/obj/src/http/openapi.o: src/http/openapi.json
$(B)/obj/src/office/openapi.o: src/office/schemas.json
$(B)/obj/src/http/selftest.o: $(wildcard src/http/selftest/*)

$(LIB): $(LIB_OBJS)
	@rm -f $@
	$(AR) rcs $@ $^

define program
$(1): $(call objects,$($(notdir $(1))_DIRS)) \
  $(addprefix $(B)/obj/,$($(notdir $(1))_OBJS)) $(LIB)
	@mkdir -p $$(@D)
	$$(CC) $$(LDFLAGS_ALL) -o $$@ $$^ $($(notdir $(1))_LIBS)
endef
$(foreach b,$(BINS),$(eval $(call program,$(b))))

# ---- packages ------------------------------------------------------------------------------------
# Installs what is missing with apt (sudo when not root). A stamp spares the look-up.
define install_packages
	@missing=""; for p in $(1); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | \
	  grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then echo "installing:$$missing"; \
	  sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	  $$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	  $$sudo apt-get install -y -qq --no-install-recommends $$missing >/dev/null || exit 1; fi
	@mkdir -p build && touch $@
endef

.PHONY: deps-build deps-test
deps-build: build/.packages-build
deps-test: build/.packages-test
build/.packages-build: Makefile
	$(call install_packages,$(PKG_BUILD))
build/.packages-deb: Makefile | deps-build
	$(call install_packages,$(PKG_DEB))
build/.packages-test: Makefile | deps-build
	$(call install_packages,$(PKG_TEST) $(if $(shell command -v node),,nodejs) $(if $(shell command -v npm),,npm))

# ---- tests ---------------------------------------------------------------------------------------
UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))
UNITS    := $(patsubst tests/unit/%.c,$(B)/tests/%,$(UNIT_SRC))
UNIT_EXTRA := $(B)/libsatyapan-programs.a

$(UNIT_EXTRA): $(call objects,sandbox trust http http/office http/public net net/fetch db store store/current \
               obtain obtain/broker records office office/people office/intake office/bench \
               office/certificates office/foreign cli/text keys register issue) $(B)/obj/src/tls/service.o
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/tests/%: $(B)/obj/tests/unit/%.o $(UNIT_EXTRA) $(LIB) | deps-test
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(filter-out %.o,$^) -lcmocka -lsqlite3 -lcurl -lssl -lqrencode $(LIB_LIBS)

.PHONY: units
units: $(UNITS)

.PHONY: check
check: deps-test all units
	@B=$(B) tests/run

# ---- a demonstration for newcomers ---------------------------------------------------------------
# Makes a demonstration PKI and samples once a day into ./data/demo, and serves the page.
LISTEN ?= 127.0.0.1:8080
DATA   ?= ./data

.PHONY: run demo
demo: all $(B)/gen/demo
	@umask 077; mkdir -p $(DATA)
	@find $(DATA)/demo -maxdepth 0 -mtime -1 2>/dev/null | grep -q . || \
	  { rm -rf $(DATA)/demo; umask 077; $(B)/gen/demo $(DATA); touch $(DATA)/demo; }

run: demo
	@echo "samples to try: $(DATA)/demo/samples/"
	@ls $(DATA)/demo/samples | sed 's/^/  /'
	@[ -e $(DATA)/office.db ] || tests/gen/example $(B)/satyapan $(DATA) $(LISTEN) & \
	exec $(B)/satyapan serve --listen $(LISTEN) --data $(DATA) --demo $(DATA)/demo

# ---- installation --------------------------------------------------------------------------------
MAN1 := $(wildcard src/man/*.1)
.PHONY: install
install: all $(B)/man/satyapan-reasons.7 $(B)/man/satyapan-policy.5
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/libexec/satyapan \
	  $(DESTDIR)$(PREFIX)/lib $(DESTDIR)$(PREFIX)/include \
	  $(DESTDIR)$(PREFIX)/share/satyapan $(DESTDIR)$(PREFIX)/share/man/man1 \
	  $(DESTDIR)$(PREFIX)/share/man/man5 $(DESTDIR)$(PREFIX)/share/man/man7 \
	  $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
	  $(DESTDIR)$(PREFIX)/share/zsh/site-functions $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's|@PREFIX@|$(PREFIX)|g' src/http/satyapan.service \
	  > $(DESTDIR)$(PREFIX)/lib/systemd/system/satyapan.service
	install $(addprefix $(B)/,$(PROGRAMS)) $(DESTDIR)$(PREFIX)/bin
	install $(addprefix $(B)/libexec/satyapan/,$(LIBEXEC)) $(DESTDIR)$(PREFIX)/libexec/satyapan
	install -m 644 $(LIB) $(DESTDIR)$(PREFIX)/lib
	cp -R include/satyapan $(DESTDIR)$(PREFIX)/include
	cp -R trust $(DESTDIR)$(PREFIX)/share/satyapan
	install -m 644 $(MAN1) $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 $(B)/man/satyapan-policy.5 $(DESTDIR)$(PREFIX)/share/man/man5
	install -m 644 $(B)/man/satyapan-reasons.7 $(DESTDIR)$(PREFIX)/share/man/man7
	$(B)/satyapan completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/satyapan
	$(B)/satyapan completion zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_satyapan

# The tables as manual pages, from switches.def and reasons.def.
$(B)/man/satyapan-policy.5: $(B)/satyapan
	@mkdir -p $(@D)
	$(B)/satyapan policy --format mdoc > $@

$(B)/man/satyapan-reasons.7: $(B)/satyapan
	@mkdir -p $(@D)
	$(B)/satyapan reasons --format mdoc > $@

include src/deb/deb.mk

# ---- formatting ----------------------------------------------------------------------------------
.PHONY: format
format:
	clang-format -i $$(git ls-files '*.c' '*.h')
	python3 -B tests/lint/wrap.py

.PHONY: clean
clean:
	rm -rf build build-*

-include $(wildcard tests/*.mk)
-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
