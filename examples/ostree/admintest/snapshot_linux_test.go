package admintest_test

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// snapshot maps the paths of a tree to everything that is compared of them.
type snapshot map[string]string

// take reads a tree. Paths that skip selects are left out with all below them.
func take(root string, skip func(path string) bool) (snapshot, error) {
	s := snapshot{}
	linked := map[uint64][]string{}
	err := filepath.WalkDir(root, func(full string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		path, err := filepath.Rel(root, full)
		if err != nil {
			return err
		}
		if skip != nil && skip(path) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		var st unix.Stat_t
		if err := unix.Lstat(full, &st); err != nil {
			return err
		}
		line, err := describe(full, &st)
		if err != nil {
			return err
		}
		s[path] = line
		if st.Mode&unix.S_IFMT == unix.S_IFREG && st.Nlink > 1 {
			linked[st.Ino] = append(linked[st.Ino], path)
		}
		return nil
	})
	for _, paths := range linked {
		sort.Strings(paths)
		for _, p := range paths {
			s[p] += " =" + paths[0]
		}
	}
	return s, err
}

func describe(full string, st *unix.Stat_t) (string, error) {
	line := fmt.Sprintf("%o %d:%d", st.Mode, st.Uid, st.Gid)
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		data, err := os.ReadFile(full)
		if err != nil {
			return "", err
		}
		if len(data) < 2000 && !strings.Contains(string(data), "\x00") {
			line += fmt.Sprintf(" %q", data)
		} else {
			line += fmt.Sprintf(" %d bytes %x", len(data), sha256.Sum256(data))
		}
	case unix.S_IFLNK:
		target, err := os.Readlink(full)
		if err != nil {
			return "", err
		}
		return line + " -> " + target, nil
	case unix.S_IFBLK, unix.S_IFCHR:
		line += fmt.Sprintf(" dev %d", st.Rdev)
	}
	if st.Mtim.Sec == 0 {
		line += " t0"
	}
	if m := st.Mode & unix.S_IFMT; m == unix.S_IFDIR {
		if f, err := os.Open(full); err == nil {
			if flags, err := unix.IoctlGetInt(int(f.Fd()), unix.FS_IOC_GETFLAGS); err == nil && flags&unix.STATX_ATTR_IMMUTABLE != 0 {
				line += " immutable"
			}
			f.Close()
		}
	}
	return line + xattrs(full), nil
}

func xattrs(full string) string {
	buf := make([]byte, 4096)
	n, err := unix.Llistxattr(full, buf)
	if err != nil || n == 0 {
		return ""
	}
	var found []string
	for name := range strings.SplitSeq(strings.TrimRight(string(buf[:n]), "\x00"), "\x00") {
		value := make([]byte, 4096)
		if n, err := unix.Lgetxattr(full, name, value); err == nil && strings.HasPrefix(name, "user.") {
			found = append(found, fmt.Sprintf(" %s=%q", name, value[:n]))
		}
	}
	sort.Strings(found)
	return strings.Join(found, "")
}

var deploymentPath = regexp.MustCompile(`^ostree/deploy/[^/]+/deploy/([0-9a-f]{64})\.([0-9]+)$`)

// canonical numbers the deployments of a commit from 0, as an interrupted run may have used up a serial, and
// hides which of the two sub-versions of the live boot version is in use, as long as there is only one.
func (s snapshot) canonical() snapshot {
	serials := map[string][]int{}
	for path := range s {
		if m := deploymentPath.FindStringSubmatch(path); m != nil {
			n, _ := strconv.Atoi(m[2])
			serials[m[1]] = append(serials[m[1]], n)
		}
	}
	var names []string
	for sum, list := range serials {
		slices.Sort(list)
		for i := len(list) - 1; i >= 0; i-- { // longer numbers first
			names = append(names, fmt.Sprintf("%s.%d", sum, list[i]), fmt.Sprintf("%s.#%d", sum, i))
		}
	}
	for _, live := range []string{"0", "1"} {
		for _, sub := range []string{"0", "1"} {
			if other := string('0' + '1' - sub[0]); s["ostree/boot."+live+"."+sub] != "" && s["ostree/boot."+live+"."+other] == "" {
				names = append(names, "boot."+live+"."+sub, "boot."+live+".#", "heads/ostree/"+live+"/"+sub, "heads/ostree/"+live+"/#")
			}
		}
	}
	replace, out := strings.NewReplacer(names...), snapshot{}
	for path, line := range s {
		if strings.HasPrefix(path, "ostree/repo/refs/heads/ostree/") && strings.HasPrefix(line, "40") {
			continue // directories stay when the last reference in them goes
		}
		out[replace.Replace(path)] = replace.Replace(line)
	}
	return out
}

// diff lists what differs, in the words "got" and "want".
func (s snapshot) diff(want snapshot) []string {
	var out []string
	all := maps.Clone(s)
	maps.Copy(all, want)
	for _, path := range slices.Sorted(maps.Keys(all)) {
		a, inA := s[path]
		b, inB := want[path]
		switch {
		case !inA:
			out = append(out, fmt.Sprintf("%s: missing, want %s", path, b))
		case !inB:
			out = append(out, fmt.Sprintf("%s: unexpected %s", path, a))
		case a != b:
			out = append(out, fmt.Sprintf("%s:\n\tgot  %s\n\twant %s", path, a, b))
		}
	}
	return out
}
