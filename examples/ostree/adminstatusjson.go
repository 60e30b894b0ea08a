//go:build linux

package main

import (
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/ostree/sysroot"
)

// printStatusJSON prints the list in the layout of util-linux' JSON writer, which the reference program uses: three
// blanks for each level, the objects of an array joined by "},{".
func (c *adminStatus) printStatusJSON() error {
	var objects []string
	for _, d := range c.root.Deployments() {
		o, err := c.deploymentJSON(d)
		if err != nil {
			return err
		}
		objects = append(objects, o)
	}
	c.printf("{\n   \"deployments\": [\n")
	if len(objects) > 0 {
		c.printf("      {\n%s\n      }\n", strings.Join(objects, "\n      },{\n"))
	}
	c.printf("   ]")
	// The reference program tells of a failure only in the journal.
	if text, failed := c.root.FinalizeFailure(); failed {
		c.printf(",\n   \"finalize-failure\": %s", quoteJSON(strings.TrimRight(text, "\n")))
	}
	c.printf("\n}\n")
	return nil
}

// deploymentJSON returns the members of a deployment's object.
func (c *adminStatus) deploymentJSON(d *sysroot.Deployment) (string, error) {
	commit, err := c.repo.LoadCommit(d.Commit)
	if err != nil {
		return "", err
	}
	refspec := "null"
	if d.Origin != nil && d.Origin.Refspec() != "" {
		refspec = quoteJSON(d.Origin.Refspec())
	}
	members := [][2]string{
		{"checksum", quoteJSON(d.Commit.String())},
		{"stateroot", quoteJSON(d.Stateroot)},
		{"refspec", refspec},
		{"serial", fmt.Sprint(d.Serial)},
		{"index", fmt.Sprint(d.Index)},
		{"booted", fmt.Sprint(d == c.root.Booted())},
		{"pending", fmt.Sprint(d == c.pending)},
		{"rollback", fmt.Sprint(d == c.rollback)},
		{"finalization-locked", fmt.Sprint(d.FinalizationLocked)},
		{"soft-reboot-target", fmt.Sprint(d.SoftRebootTarget)},
		{"staged", fmt.Sprint(d.Staged)},
		{"pinned", fmt.Sprint(d.Pinned())},
		{"unlocked", quoteJSON(d.Unlocked.String())},
	}
	if version := metadataString(commit, "version"); version != "" {
		members = append(members, [2]string{"version", quoteJSON(version)})
	}
	if title := metadataString(commit, "ostree.source-title"); title != "" {
		members = append(members, [2]string{"source-title", quoteJSON(title)})
	}
	lines := make([]string, len(members))
	for i, m := range members {
		lines[i] = fmt.Sprintf("         \"%s\": %s", m[0], m[1])
	}
	return strings.Join(lines, ",\n"), nil
}

// quoteJSON writes a string as that writer does: only what JSON demands is escaped.
func quoteJSON(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch ch := s[i]; {
		case ch == '"' || ch == '\\':
			b.WriteByte('\\')
			b.WriteByte(ch)
		case strings.IndexByte("\b\f\n\r\t", ch) >= 0:
			b.WriteByte('\\')
			b.WriteByte("bfnrt"[strings.IndexByte("\b\f\n\r\t", ch)])
		case ch < 0x20:
			fmt.Fprintf(&b, "\\u%04x", ch)
		default:
			b.WriteByte(ch)
		}
	}
	b.WriteByte('"')
	return b.String()
}
