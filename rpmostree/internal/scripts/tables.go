package scripts

import (
	"path"
	"strings"
)

// ignored are the scriptlets that do not run, as package.script: rpm-ostree takes care of what they do, or it makes
// no sense where no package was installed before. Patterns are those of path.Match.
var ignored = []string{
	"glibc.prein", "glibc-headers.prein", "coreutils.prein", "ca-certificates.prein", "libgcc.post",
	"filesystem.posttrans", "setup.post", "pinentry.prein", "fedora-release.posttrans", "vagrant.prein",
	"vagrant-libvirt.prein", "bash.post", "gdb.prein", "systemd.transfiletriggerin", "man-db.transfiletriggerin",
	"filesystem.transfiletriggerin", "nfs-utils.post", "microcode_ctl.post", "microcode_ctl.posttrans",
}

// ignoredKernel are ignored where rpm-ostree installs kernels itself.
var ignoredKernel = []string{
	"kernel.posttrans", "kernel-core.posttrans", "kernel-modules.posttrans", "kernel-redhat*.posttrans",
	"kernel-debug*.posttrans", "kernel-automotive*.posttrans", "kernel-rt*.posttrans", "kernel-16k*.posttrans",
	"kernel-64k*.posttrans", "kernel-uek.posttrans", "kernel-uek-core.posttrans", "kernel-lt*.posttrans",
	"kernel-ml*.posttrans",
}

// ignoredRelease are broken in the packages of one release, known by the end of their Release.
var ignoredRelease = []struct{ script, suffix string }{
	{"pam.post", ".el7"}, {"nvme-cli.post", ".el8"}, {"nvme-cli.post", ".el8_2"},
}

// isIgnored tells whether a scriptlet of a package is on one of the lists.
func isIgnored(id, release string, o *PlanOptions) bool {
	if matches(ignored, id) || matches(o.Ignore, id) || !o.KernelInstall && matches(ignoredKernel, id) {
		return true
	}
	for _, r := range ignoredRelease {
		if r.script == id && strings.HasSuffix(release, r.suffix) {
			return true
		}
	}
	return false
}

func matches(patterns []string, id string) bool {
	for _, p := range patterns {
		if ok, err := path.Match(p, id); ok && err == nil {
			return true
		}
	}
	return false
}

// replacement is what runs instead of a scriptlet in Lua; without a body nothing does.
type replacement struct{ id, interpreter, body string }

// replacements do what the Lua scriptlets of packages of Fedora and its relatives do, as far as it makes sense in a
// tree without a previous version.
var replacements = []replacement{
	{id: "fedora-release*.post"},
	{"glibc-all-langpacks.posttrans", "/bin/sh", localeArchive},
	{"glibc-common.post", "/bin/sh", localeArchive + "exec /sbin/ldconfig\n"},
	{"glibc-common.transfiletriggerin", "/bin/sh", "exec /sbin/ldconfig\n"},
	{"glibc.post", "/bin/sh", iconvCache},
	{"glibc-gconv-extra.post", "/bin/sh", iconvCache},
	{"glibc.posttrans", "/bin/sh", "exec /usr/bin/true\n"},
	{"crypto-policies.post", "/bin/sh", cryptoPolicies},
	{"authselect-libs.prein", "/bin/sh", "exec touch /var/lib/rpm-state/authselect.force\n"},
}

// build-locale-archive truncates its template, so it gets a copy to truncate.
const localeArchive = `template=/usr/lib/locale/locale-archive.tmpl
if [ -s "$template" ]; then
  cp -p "$template" "$template.new"
  mv "$template.new" "$template"
  languages=$(rpm --eval '%{_install_langs}' 2>/dev/null) || languages=all
  /usr/sbin/build-locale-archive --install-langs "${languages:-all}" || exit
fi
`

const iconvCache = `for dir in /usr/lib64/gconv /usr/lib/gconv; do
  if [ -d "$dir" ]; then
    iconvconfig -o "$dir/gconv-modules.cache" --nostdlib "$dir" || exit
  fi
done
`

const cryptoPolicies = `vendor=/usr/share/crypto-policies
admin=/etc/crypto-policies
mkdir -p "$admin/state" "$admin/back-ends"
cp "$vendor/default-config" "$admin/config" || exit
echo DEFAULT > "$admin/state/current"
for policy in "$vendor"/DEFAULT/*.txt; do
  name=$(basename "$policy" .txt)
  ln -sf "$policy" "$admin/back-ends/$name.config" || exit
done
`

func findReplacement(id string) (replacement, bool) {
	for _, r := range replacements {
		if matches([]string{r.id}, id) {
			return r, true
		}
	}
	return replacement{}, false
}
