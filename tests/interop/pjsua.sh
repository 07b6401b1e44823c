#!/usr/bin/env bash
# Builds pjsua, the softphone of pjproject, which Debian has no package of: its source comes with that of Debian's asterisk.
# Once, two to five minutes; the program is then in the user's cache. Prints where it is.
#
#   tests/interop/pjsua.sh            builds if needed
set -euo pipefail
cd "$(dirname "$0")/../.."

place=${XDG_CACHE_HOME:-$HOME/.cache}/switchhook/pjproject
program=$place/pjsua
[ -x "$program" ] && { echo "$program"; exit 0; }

tests/setup.sh build-essential libssl-dev libsrtp2-dev pkg-config xz-utils dpkg-dev >&2
mkdir -p "$place/lists/partial"
exec 9>"$place/lock"
flock 9
[ -x "$program" ] && { echo "$program"; exit 0; }
rm -rf "$place/source" && mkdir -p "$place/source"

# Sources of newer suites, from the machine's own mirror, in lists that its apt does not see.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -1)
suite() {
    cat >"$place/suite.sources" <<SOURCES
Types: deb-src
URIs: $mirror
Suites: $1
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
}
apt=(-qq -o APT::Sandbox::User=root -o "Dir::Etc::sourcelist=$place/suite.sources" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$place/lists"
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=)
for name in trixie sid; do
    suite "$name"
    apt-get "${apt[@]}" update >&2 || continue
    (cd "$place/source" && apt-get "${apt[@]}" --download-only source asterisk >&2) || continue
    archive=$(find "$place/source" -name '*orig-Xpjproject*' | head -1)
    [ -n "$archive" ] && break
done
[ -n "${archive:-}" ] || { echo "no source of pjproject in Debian's asterisk" >&2; exit 1; }

mkdir "$place/source/pjproject"
tar -xf "$archive" -C "$place/source/pjproject" --strip-components 1
cd "$place/source/pjproject"
: >pjlib/include/pj/config_site.h
sed -i 's/bdimad_dev\.o//' pjmedia/build/Makefile   # the archive has no source of it
{
    # What Debian takes out of the archive (third_party) is left out or a package.
    ./configure --disable-video --disable-sound --disable-resample --disable-gsm-codec --disable-g7221-codec \
        --disable-speex-codec --disable-speex-aec --disable-ilbc-codec --disable-libwebrtc --disable-opus --disable-upnp \
        --with-external-srtp CFLAGS="-O1 -DNDEBUG"
    make dep && make lib && make -C pjsip-apps/build pjsua
} >"$place/build.log" 2>&1 || { tail -5 "$place/build.log" >&2; echo "pjsua does not build, see $place/build.log" >&2; exit 1; }
built=$(find pjsip-apps/bin -name 'pjsua*' -type f | head -1)
install "$built" "$program.new" && mv "$program.new" "$program"
cd /
rm -rf "$place/source" "$place/lists"
echo "$program"
