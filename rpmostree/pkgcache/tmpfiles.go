package pkgcache

import (
	"fmt"
	"slices"
	"strings"
)

// TmpfilesDir is where a package commit keeps the lines for systemd-tmpfiles that stand for its files in
// /var, /run and /opt. When a tree is assembled the lines of all packages become one file.
const TmpfilesDir = "usr/lib/rpm-ostree/tmpfiles.d"

// tmpfiles collects the lines of one package: links of /opt sorted, compatibility links, then the rest in
// the order of the payload.
type tmpfiles struct {
	opt    []string
	compat []string
	lines  []string
}

// see records what a path of the payload needs at boot. Directories and links that are Kept count as well,
// since /opt and parts of /var lie elsewhere in a commit.
func (t *tmpfiles) see(path string, where Where, dir, link bool, mode uint32, user, group, target string) {
	path = strings.Trim(strings.TrimPrefix(path, "."), "/")
	if rest, ok := strings.CutPrefix(path, "opt/"); ok {
		first, _, _ := strings.Cut(rest, "/")
		line := fmt.Sprintf("L %s - - - - ../../usr/lib/opt/%s", quote("/opt/"+first), first)
		if !slices.Contains(t.opt, line) {
			t.opt = append(t.opt, line)
		}
		return
	}
	for _, name := range []string{"alternatives", "vagrant"} {
		if path == "var/lib/"+name {
			t.compat = append(t.compat, fmt.Sprintf("L /var/lib/%s - - - - ../../usr/lib/%s", name, name))
			return
		}
	}
	if where != Tmpfiles {
		return
	}
	at := "/" + path
	if rest, ok := strings.CutPrefix(at, "/var/run/"); ok {
		at = "/run/" + rest
	}
	switch {
	case dir:
		t.lines = append(t.lines, fmt.Sprintf("d %s %04o %s %s - -", quote(at), mode&0o7777, user, group))
	case link:
		t.lines = append(t.lines, fmt.Sprintf("L %s - - - - %s", quote(at), target))
	}
}

// text returns the content of the configuration file, empty if none is needed.
func (t *tmpfiles) text() string {
	slices.Sort(t.opt)
	all := slices.Concat(t.opt, t.compat, t.lines)
	if len(all) == 0 {
		return ""
	}
	return strings.Join(all, "\n") + "\n"
}

// quote puts a path into single quotes, as a shell would need it, if it holds anything special.
func quote(path string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+:@%,=", r)
	}
	if strings.IndexFunc(path, func(r rune) bool { return !plain(r) }) < 0 {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
