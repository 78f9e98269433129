# `make deb`: a Debian package of what `make install` installs, made by dpkg-deb alone.
# The version is that of include/satyapan/verify.h, the dependencies are what the programs link
# (dpkg-shlibdeps) and what they run or read. The same sources give the same bytes: all times are
# SOURCE_DATE_EPOCH, by default that of the last commit.

DEB_VERSION  := $(shell sed -n 's/.*SATYAPAN_VERSION "\(.*\)"/\1/p' include/satyapan/verify.h)
DEB_ARCH     := $(shell dpkg --print-architecture 2>/dev/null)
DEB_EPOCH    := $(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct 2>/dev/null || date +%s))
DEB_COMPRESS ?= -Zxz
DEB_ROOT     := $(B)/deb/root
DEB_DOC      := $(DEB_ROOT)/usr/share/doc/satyapan
DEB          := $(B)/satyapan_$(DEB_VERSION)_$(DEB_ARCH).deb
DEB_FILL     := sed 's/@VERSION@/$(DEB_VERSION)/; s/@ARCH@/$(DEB_ARCH)/; \
  s/@DATE@/'"$$(LC_ALL=C date -u -R -d @$(DEB_EPOCH))"'/'

.PHONY: deb deb-tree
deb: deb-tree
	cd $(DEB_ROOT) && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | LC_ALL=C sort -z | \
	  xargs -0 md5sum > DEBIAN/md5sums
	chmod -R u=rwX,go=rX $(DEB_ROOT)
	find $(DEB_ROOT) -exec touch -h -d @$(DEB_EPOCH) {} +
	SOURCE_DATE_EPOCH=$(DEB_EPOCH) dpkg-deb --root-owner-group --threads-max=1 $(DEB_COMPRESS) -b $(DEB_ROOT) $(DEB)

# What the package holds, in its place: Debian's folders for the unit and for zsh.
deb-tree: all $(B)/man/satyapan-reasons.7 $(B)/man/satyapan-policy.5 | build/.packages-deb
	rm -rf $(B)/deb
	umask 022; $(MAKE) --no-print-directory install PREFIX=/usr DESTDIR=$(abspath $(DEB_ROOT)) >/dev/null
	cd $(DEB_ROOT) && install -d lib/systemd/system/satyapan.service.d usr/lib/sysusers.d \
	  usr/lib/tmpfiles.d usr/share/zsh/vendor-completions etc/satyapan DEBIAN && \
	  mv usr/lib/systemd/system/satyapan.service lib/systemd/system && rm -r usr/lib/systemd && \
	  mv usr/share/zsh/site-functions/_satyapan usr/share/zsh/vendor-completions && \
	  rmdir usr/share/zsh/site-functions
	strip --strip-unneeded -R .comment -R .note $(DEB_ROOT)/usr/bin/* $(DEB_ROOT)/usr/libexec/satyapan/*
	strip --strip-debug -D $(DEB_ROOT)/usr/lib/libsatyapan.a
	install -m 644 src/deb/package.conf $(DEB_ROOT)/lib/systemd/system/satyapan.service.d
	install -m 644 src/deb/sysusers.conf $(DEB_ROOT)/usr/lib/sysusers.d/satyapan.conf
	install -m 644 src/deb/tmpfiles.conf $(DEB_ROOT)/usr/lib/tmpfiles.d/satyapan.conf
	install -m 644 src/deb/serve.json $(DEB_ROOT)/etc/satyapan
	install -d $(DEB_DOC) && install -m 644 src/deb/copyright README.md $(DEB_DOC)
	$(DEB_FILL) src/deb/changelog > $(DEB_DOC)/changelog
	find $(DEB_ROOT)/usr/share/man -type f -exec gzip -9n {} +
	gzip -9n $(DEB_DOC)/changelog $(DEB_DOC)/README.md
	install -m 755 src/deb/postinst src/deb/prerm src/deb/postrm $(DEB_ROOT)/DEBIAN
	echo /etc/satyapan/serve.json > $(DEB_ROOT)/DEBIAN/conffiles
	$(DEB_FILL) src/deb/control > $(DEB_ROOT)/DEBIAN/control
	@mkdir -p $(B)/deb/debian && printf 'Source: satyapan\n\nPackage: satyapan\nArchitecture: any\n' \
	  > $(B)/deb/debian/control
	libs=$$(cd $(B)/deb && dpkg-shlibdeps -O root/usr/bin/* root/usr/libexec/satyapan/*) && \
	  size=$$(find $(DEB_ROOT) -type f -printf '%s\n' | awk '{ n += int(($$1 + 1023) / 1024) } END { print n }') && \
	  sed -i "s/@LIBS@/$${libs#shlibs:Depends=}/; s/@SIZE@/$$size/" $(DEB_ROOT)/DEBIAN/control
