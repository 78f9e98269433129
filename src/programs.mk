# Which executable is made of which parts and links what (DESIGN.md, Programs).
# A program that parses hostile documents has no network library in it.

# libsatyapan.a: the pure library
LIB_DIRS := base tlog asn1 xml format format/pdf format/xmldsig chain revocation timestamp policy scheme verify report
LIB_LIBS := -lcrypto -lz -lzip -lxml2 -ljansson

# build/satyapan: the command people call
PROGRAMS += satyapan
satyapan_DIRS := cli obtain store/current net sandbox trust
satyapan_OBJS := src/db/files.o src/issue/qr.o src/tls/known_keys.o src/tls/known_import.o
satyapan_LIBS := $(LIB_LIBS)

# The certification body's records and operations, for the programs that have them
OFFICE_DIRS := office office/people office/intake office/certificates office/bench office/foreign register keys records db scheme
# What judges the data of a certificate, without what draws and signs; the names of services.
OFFICE_OBJS := src/issue/check.o src/issue/fields.o src/issue/amend.o src/issue/letters.o src/tls/service.o

# build/libexec/satyapan/satyapan-serve: the HTTP server
LIBEXEC += satyapan-serve
satyapan-serve_DIRS := http http/office http/public obtain net sandbox trust store/current $(OFFICE_DIRS)
satyapan-serve_OBJS := $(OFFICE_OBJS)
satyapan-serve_LIBS := $(LIB_LIBS) -lmicrohttpd -lsqlite3 -lqrencode

# build/libexec/satyapan/satyapan-fetch: the process that has the network and nothing else. Programs
# that fetch link `net` only, its side without a network library.
LIBEXEC += satyapan-fetch
satyapan-fetch_DIRS := net net/fetch
satyapan-fetch_LIBS := -lssl $(LIB_LIBS) -lcurl

# build/libexec/satyapan/satyapan-revocation: the store of CRLs, OCSP answers and issuers
LIBEXEC += satyapan-revocation
satyapan-revocation_DIRS := cli/revocation store db store/current net sandbox trust
satyapan-revocation_OBJS := src/cli/complain.o src/cli/options.o src/cli/input.o src/cli/progress.o
satyapan-revocation_LIBS := $(LIB_LIBS) -lsqlite3

# build/libexec/satyapan/satyapan-obtain: the store and the fetch process for programs that verify.
# They link `obtain` and `net` only, the side without a database and without a network library.
LIBEXEC += satyapan-obtain
satyapan-obtain_DIRS := obtain obtain/broker store db store/current net sandbox trust
satyapan-obtain_LIBS := $(LIB_LIBS) -lsqlite3

# build/libexec/satyapan/satyapan-office: the certification body's records from the command line
# (application, document, firm, lab, officer, audit, records, backup); it verifies what it takes in
LIBEXEC += satyapan-office
satyapan-office_DIRS := cli/office obtain net sandbox trust store/current $(OFFICE_DIRS)
satyapan-office_OBJS := $(OFFICE_OBJS) src/cli/complain.o src/cli/options.o src/cli/input.o src/cli/progress.o src/cli/setup.o
satyapan-office_LIBS := $(LIB_LIBS) -lsqlite3

# build/libexec/satyapan/satyapan-tls: checks of live TLS services on devices; the register of
# device keys is in the records
LIBEXEC += satyapan-tls
satyapan-tls_DIRS := cli/tls tls trust sandbox records db keys net
satyapan-tls_OBJS := src/cli/complain.o src/cli/options.o src/cli/input.o src/cli/progress.o \
                     src/issue/cades.o src/issue/der_make.o src/office/bench/compare.o src/office/bench/matrix.o \
                     src/office/bench/report.o
satyapan-tls_LIBS := -lssl $(LIB_LIBS) -lsqlite3

# build/libexec/satyapan/satyapan-text: what documents say, and files out of containers. It runs
# poppler's pdftotext and pdffonts; no network and no database are linked.
LIBEXEC += satyapan-text
satyapan-text_DIRS := cli/text sandbox
satyapan-text_LIBS := $(LIB_LIBS)

# build/libexec/satyapan/satyapan-keyd: the process that holds a private key and only signs
LIBEXEC += satyapan-keyd
satyapan-keyd_DIRS := keys/keyd
satyapan-keyd_OBJS := src/keys/uri.o src/net/fetch_wire.o src/db/files.o
satyapan-keyd_LIBS := $(LIB_LIBS)

# build/libexec/satyapan/satyapan-register: the register of certificates
LIBEXEC += satyapan-register
satyapan-register_DIRS := cli/register register keys records db net
satyapan-register_OBJS := src/cli/complain.o src/cli/options.o src/cli/input.o src/office/office.o
satyapan-register_LIBS := $(LIB_LIBS) -lsqlite3
# Pages of certificates; for the program that issues them.
RENDER_LIBS := -lpangocairo-1.0 -lpangoft2-1.0 -lpango-1.0 -lcairo -lfontconfig -lgobject-2.0 -lglib-2.0 -lqrencode

# build/libexec/satyapan/satyapan-issue: makes certificates. The only one that draws pages.
LIBEXEC += satyapan-issue
satyapan-issue_DIRS := cli/issue issue issue/render keys register records db net trust
satyapan-issue_OBJS := src/cli/complain.o src/cli/options.o src/cli/input.o src/cli/progress.o \
                       src/office/check.o src/office/facts.o src/office/foreign/places.o src/office/office.o \
                       src/office/certificates/request.o src/office/certificates/against.o \
                       src/office/certificates/hindi.o src/office/certificates/amendment.o
satyapan-issue_LIBS := $(LIB_LIBS) -lsqlite3 $(RENDER_LIBS)

# build/libexec/satyapan/satyapan-mail: mails to issuers of foreign certificates, and their answers
MAIL_LIBS := -lcurl -lgmime-3.0 -lgobject-2.0 -lglib-2.0 -lopendkim -lpsl -lidn2 -licui18n -licuuc \
             -lresolv
LIBEXEC += satyapan-mail
satyapan-mail_DIRS := foreign/mail sandbox trust
satyapan-mail_OBJS := src/db/files.o src/foreign/domain.o src/foreign/name.o src/foreign/normal.o src/net/url.o \
                      src/net/guard.o src/foreign/compare_status.o src/foreign/compare_date.o
satyapan-mail_LIBS := $(LIB_LIBS) $(MAIL_LIBS)

# build/libexec/satyapan/satyapan-weblink: checks links to registers of certificates. What came is
# read in sandboxed children; the network is satyapan-fetch's.
FOREIGN_LIBS := -lpsl -lidn2 -licui18n -licuuc
LIBEXEC += satyapan-weblink
satyapan-weblink_DIRS := cli/weblink foreign net sandbox
satyapan-weblink_OBJS := src/cli/text/cage.o src/db/files.o
satyapan-weblink_LIBS := $(FOREIGN_LIBS) $(LIB_LIBS)
