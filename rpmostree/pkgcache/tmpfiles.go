package pkgcache

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
)

// TmpfilesDir is where a package commit keeps the lines for systemd-tmpfiles that stand for its files in
// /var, /run and /opt. When a tree is assembled the lines of all packages become one file.
const TmpfilesDir = "usr/lib/rpm-ostree/tmpfiles.d"

// tmpfiles collects the lines of one package: links of /opt sorted, compatibility links, then the rest in
// the order of the payload.
type tmpfiles struct {
	opt    []optLink
	compat []string
	lines  []string
}

// optLink is the line of a name in /opt.
type optLink struct{ name, line string }

// see records what a path of the payload needs at boot. Directories and links that are Kept count as well,
// since /opt and parts of /var lie elsewhere in a commit.
func (t *tmpfiles) see(f *rpm.File, where Where) error {
	path := clean(f.Path)
	if rest, ok := strings.CutPrefix(path, "opt/"); ok {
		first, _, _ := strings.Cut(rest, "/")
		return t.optLink(first)
	}
	for _, name := range []string{"alternatives", "vagrant"} {
		if path == "var/lib/"+name {
			return t.link(&t.compat, "/var/lib/"+name, "../../usr/lib/"+name)
		}
	}
	if where != Tmpfiles {
		return nil
	}
	at := "/" + path
	if rest, ok := strings.CutPrefix(at, "/var/run/"); ok {
		at = "/run/" + rest
	}
	switch {
	case f.IsDir():
		return add(&t.lines, fmt.Sprintf("d %s %04o %s %s - -", quote(at), f.Mode&0o7777, quote(f.User), quote(f.Group)))
	case f.IsSymlink():
		return t.link(&t.lines, at, f.LinkTo)
	}
	return nil
}

func (t *tmpfiles) optLink(name string) error {
	if slices.ContainsFunc(t.opt, func(l optLink) bool { return l.name == name }) {
		return nil
	}
	var line []string
	if err := t.link(&line, "/opt/"+name, "../../usr/lib/opt/"+name); err != nil {
		return err
	}
	t.opt = append(t.opt, optLink{name, line[0]})
	return nil
}

// link adds the line for a link. The target is the rest of the line, without quotes.
func (t *tmpfiles) link(lines *[]string, at, target string) error {
	return add(lines, fmt.Sprintf("L %s - - - - %s", quote(at), escapeTarget(target)))
}

func add(lines *[]string, line string) error {
	if strings.ContainsAny(line, "\n\r") {
		return fmt.Errorf("line breaks are not supported in configuration of systemd-tmpfiles: %.200q", line)
	}
	*lines = append(*lines, line)
	return nil
}

// text returns the content of the configuration file, empty if none is needed.
func (t *tmpfiles) text() string {
	slices.SortFunc(t.opt, func(a, b optLink) int { return strings.Compare(a.name, b.name) })
	var all []string
	for _, l := range t.opt {
		all = append(all, l.line)
	}
	all = slices.Concat(all, t.compat, t.lines)
	if len(all) == 0 {
		return ""
	}
	return strings.Join(all, "\n") + "\n"
}

// special are the characters that systemd-tmpfiles expands: % begins a specifier, and a backslash, which unlike in a shell
// counts in quotes too, an escape.
var special = strings.NewReplacer("%", "%%", `\`, `\\`)

// quote puts a word into single quotes, as a shell would need it, if it holds anything but what is always plain.
func quote(word string) string {
	plain := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("-._/=:", c)
	}
	if strings.IndexFunc(word, func(c rune) bool { return !plain(c) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(special.Replace(word), "'", `'\''`) + "'"
}

// escapeTarget writes the target of a link, in which escapes are those of C.
func escapeTarget(target string) string {
	var b strings.Builder
	for _, c := range []byte(special.Replace(target)) {
		if c < ' ' || c == 0x7f {
			fmt.Fprintf(&b, `\x%02x`, c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
