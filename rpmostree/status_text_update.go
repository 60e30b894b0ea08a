package rpmostree

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/sign"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
)

// update writes what a check for updates found.
func (t *statusText) update(u gvariant.Value) {
	t.printf("AvailableUpdate:\n")
	if dictFlag(u, "ref-has-new-commit") {
		t.timestamp(textUpdateWidth, textOf(u, "version"), dictNumber(u, "timestamp"))
		t.kv(textUpdateWidth, "Commit", textOf(u, "checksum"))
		t.gpg(textUpdateWidth, u)
	}
	t.manifestDiff(u)
	t.updateDiff(textUpdateWidth, u)
}

// manifestDiff tells how the layers of a container image change.
func (t *statusText) manifestDiff(u gvariant.Value) {
	m, ok := u.LookupType("manifest-diff", "a{sv}")
	if !ok {
		return
	}
	for _, part := range []struct{ title, count, size string }{
		{"Total layers", "total", "total-size"}, {"Removed layers", "n-removed", "removed-size"}, {"Added layers", "n-added", "added-size"},
	} {
		t.kv(textUpdateWidth+1, part.title, fmt.Sprint(dictNumber(m, part.count)))
		t.kv(textUpdateWidth+1, "Size", size(dictNumber(m, part.size)))
	}
}

// updateDiff writes advisories and package changes of a cached update.
func (t *statusText) updateDiff(width int, u gvariant.Value) {
	diff, ok := u.LookupType("rpm-diff", "a{sv}")
	if !ok {
		return
	}
	if list, ok := u.LookupType("advisories", advisoryType); ok {
		t.advisories(width, list)
	}
	t.packageDiff(width, diffFromVariant(diff))
}

// packageDiff writes a summary of changes, or all of them.
func (t *statusText) packageDiff(width int, d pkglist.Diff) {
	if !t.o.Verbose {
		if s := d.Summary(); s != "" {
			t.kv(width, "Diff", s)
		}
		return
	}
	for _, part := range []struct {
		typ pkglist.ChangeType
		key string
	}{{pkglist.Upgraded, "Upgraded"}, {pkglist.Downgraded, "Downgraded"}, {pkglist.Removed, "Removed"}, {pkglist.Added, "Added"}} {
		var lines []string
		for _, c := range d.Of(part.typ) {
			lines = append(lines, changeText(&c))
		}
		t.kvs(width, part.key, lines)
	}
}

func changeText(c *pkglist.Change) string {
	switch c.Type {
	case pkglist.Added:
		return c.New.String()
	case pkglist.Removed:
		return c.Old.String()
	}
	return c.Name + " " + c.Old.EVR() + " -> " + c.New.EVR()
}

// gpg writes which signatures a commit has, where a remote promises some.
func (t *statusText) gpg(width int, d gvariant.Value) {
	if !dictFlag(d, "gpg-enabled") {
		return
	}
	list, ok := d.LookupType("signatures", "av")
	if !ok || list.Len() == 0 {
		t.kv(width, "GPGSignature", "(unsigned)")
		return
	}
	var lines []string
	if t.o.Verbose {
		lines = append(lines, countOf(list.Len(), "signature"))
	}
	for c := range list.Children() {
		s, ok := signatureFromTuple(c.Variant())
		if !ok {
			continue
		}
		if t.o.Verbose {
			lines = append(lines, strings.Split(strings.TrimRight(s.Describe("", time.UTC), "\n"), "\n")...)
			continue
		}
		switch s.Status {
		case sign.StatusMissingKey:
			lines = append(lines, "Can't check signature: public key "+s.Fingerprint+" not found")
		case sign.StatusValid:
			lines = append(lines, "Valid signature by "+s.Fingerprint)
		default:
			lines = append(lines, "Invalid signature by "+s.Fingerprint)
		}
	}
	t.kvs(width, "GPGSignature", lines)
}

func countOf(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// signatureFromTuple reads libostree's form of a verified signature.
func signatureFromTuple(v gvariant.Value) (*sign.Signature, bool) {
	if v.Type() != "(bbbbbsxxsssss)" {
		return nil, false
	}
	s := &sign.Signature{
		Status: sign.StatusBad, Fingerprint: v.Child(5).Str(), Algorithm: v.Child(8).Str(), Hash: v.Child(9).Str(),
		UserName: v.Child(10).Str(), UserEmail: v.Child(11).Str(), PrimaryFingerprint: v.Child(12).Str(),
		Created: unixTime(v.Child(6).Int64()), Expires: unixTime(v.Child(7).Int64()),
	}
	s.KeyID = s.Fingerprint[max(0, len(s.Fingerprint)-16):]
	for i, status := range []sign.Status{sign.StatusValid, sign.StatusExpiredSignature, sign.StatusExpiredKey, sign.StatusRevokedKey, sign.StatusMissingKey} {
		if v.Child(i).Bool() {
			s.Status = status
		}
	}
	return s, true
}

func unixTime(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(n, 0)
}

// The severities of advisories, as libdnf and rpm-ostree number them.
var (
	severityWords = []string{"unknown severity", "low", "moderate", "important", "critical"}
	severityNames = []string{"Unknown", "Low", "Moderate", "Important", "Critical"}
)

// advisoryType is the type of a list of advisories: id, kind, severity, packages, further facts.
const advisoryType gvariant.Type = "a(suuasa{sv})"

// advisories writes the security advisories of a list, counted or one by one. Width 0 is for a list that stands
// at the left margin.
func (t *statusText) advisories(width int, list gvariant.Value) {
	security := securityAdvisories(list)
	if len(security) == 0 {
		return
	}
	verbose := t.o.Verbose || t.o.Advisories || width == 0
	t.red(func() {
		switch {
		case width == 0:
			t.printf("SecAdvisories:\n")
		case verbose:
			t.printf("  %*s: ", width, "SecAdvisories")
		default:
			t.kv(width, "SecAdvisories", advisorySummary(security))
		}
	})
	if verbose {
		t.advisoryTable(width, security)
	}
}

func securityAdvisories(list gvariant.Value) []*Advisory {
	var security []*Advisory
	if list.Type() != advisoryType {
		return nil
	}
	for c := range list.Children() {
		if a := advisoryFromVariant(c); a.Kind == AdvisorySecurity {
			security = append(security, a)
		}
	}
	slices.SortFunc(security, func(a, b *Advisory) int {
		if a.Severity != b.Severity {
			return int(a.Severity) - int(b.Severity)
		}
		return strings.Compare(a.ID, b.ID)
	})
	return security
}

// advisorySummary counts by severity.
func advisorySummary(list []*Advisory) string {
	counts := make([]int, len(severityWords))
	for _, a := range list {
		counts[a.Severity]++
	}
	var parts []string
	for i, n := range counts {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, severityWords[i]))
		}
	}
	return strings.Join(parts, ", ")
}

// advisoryTable writes a line for each package of each advisory, and the references below.
func (t *statusText) advisoryTable(width int, list []*Advisory) {
	idWidth := 0
	for _, a := range list {
		idWidth = max(idWidth, len(a.ID))
	}
	sameLine := width > 0
	for _, a := range list {
		for _, nevra := range a.Packages {
			if !sameLine {
				t.printf("  %*s  ", width, "")
			}
			sameLine = false
			t.printf("%-*s  %-*s  %s\n", idWidth, a.ID, len("Important"), severityNames[a.Severity], nevra)
		}
		for _, r := range a.CVEs {
			t.printf("  %*s    %s\n  %*s    %s\n", width, "", r.Title, width, "", r.URL)
		}
	}
}
