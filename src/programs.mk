# Which executable is made of which parts and links what (DESIGN.md, Programs).
# A program that parses hostile documents has no network library in it.

# libsatyapan.a: the pure library
LIB_DIRS := base asn1 xml format format/pdf chain revocation timestamp policy verify report
LIB_LIBS := -lcrypto -lz -lzip -lxml2 -ljansson

# build/satyapan: the command people call
PROGRAMS += satyapan
satyapan_DIRS := cli sandbox trust
satyapan_LIBS := $(LIB_LIBS)

# build/libexec/satyapan/satyapan-serve: the HTTP server
LIBEXEC += satyapan-serve
satyapan-serve_DIRS := http sandbox trust
satyapan-serve_LIBS := $(LIB_LIBS) -lmicrohttpd
