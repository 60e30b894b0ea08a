package treefile

import "strings"

// MutateOSRelease replaces the version base by next in the lines VERSION and PRETTY_NAME of an
// os-release file and adds OSTREE_VERSION. Empty lines are dropped.
func MutateOSRelease(contents, base, next string) string {
	var b strings.Builder
	for line := range strings.Lines(contents) {
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if line == "" {
			continue
		}
		for _, key := range []string{"VERSION=", "PRETTY_NAME="} {
			if rest, ok := strings.CutPrefix(line, key); ok && base != "" {
				line = key + strings.ReplaceAll(rest, base, next)
				break
			}
		}
		b.WriteString(line + "\n")
	}
	b.WriteString("OSTREE_VERSION='" + strings.ReplaceAll(next, "'", `'\''`) + "'\n")
	return b.String()
}

// AddAltfiles makes nsswitch.conf look users and groups up in /usr/lib too: it puts altfiles after files
// on the lines of passwd and group that do not have it.
func AddAltfiles(contents string) string {
	var b strings.Builder
	for line := range strings.Lines(contents) {
		b.WriteString(altfilesLine(line))
	}
	return b.String()
}

func altfilesLine(line string) string {
	key, rest, ok := strings.Cut(line, ":")
	if !ok || key != "passwd" && key != "group" {
		return line
	}
	for i, r := 0, rest; i < len(rest); {
		start := i + len(r) - len(strings.TrimLeft(r, " \t"))
		end := start + strings.IndexAny(rest[start:]+"\n", " \t\r\n")
		switch rest[start:end] {
		case "altfiles":
			return line
		case "files":
			if strings.Contains(" "+rest[end:]+" ", "altfiles") {
				return line
			}
			return key + ":" + rest[:end] + " altfiles" + rest[end:]
		case "":
			return line
		}
		i, r = end, rest[end:]
	}
	return line
}
