package rpmostree

import (
	"slices"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/rpmostree/origin"
)

// dictFlag, dictTexts and dictNumber read values of a deployment's dictionary.
func dictFlag(d gvariant.Value, key string) bool {
	v, ok := d.LookupType(key, "b")
	return ok && v.Bool()
}

func dictTexts(d gvariant.Value, key string) []string {
	v, ok := d.LookupType(key, "as")
	if !ok {
		return nil
	}
	return v.Strings()
}

func dictNumber(d gvariant.Value, key string) uint64 {
	v, ok := d.LookupType(key, "t")
	if !ok {
		return 0
	}
	return v.Uint64()
}

// title writes the line that a deployment begins with.
func (t *statusText) title(d gvariant.Value, index string) {
	mark := " "
	if dictFlag(d, "booted") {
		mark = t.glyph("●", "*")
	}
	if !t.o.Verbose {
		index = ""
	}
	t.printf("%s %s%s\n", mark, deploymentName(d), index)
}

// deploymentName is who manages the origin if that is said, or else what is followed.
func deploymentName(d gvariant.Value) string {
	name := textOf(d, "origin")
	if name == "" {
		name = textOf(d, "container-image-reference")
	}
	if name == "" {
		return textOf(d, "checksum")
	}
	if kind, _ := origin.Classify(name); kind == origin.KindChecksum {
		if url, _ := customOrigin(d); url != "" {
			return url
		}
	}
	return name
}

func customOrigin(d gvariant.Value) (url, description string) {
	v, ok := d.LookupType("custom-origin", "(ss)")
	if !ok {
		return "", ""
	}
	return v.Child(0).Str(), v.Child(1).Str()
}

// deployment writes the keys of a deployment.
func (t *statusText) deployment(d gvariant.Value, c *deploymentContext) {
	t.key("Digest", textOf(d, "container-image-reference-digest"))
	if kind, _ := origin.Classify(textOf(d, "origin")); kind == origin.KindChecksum {
		_, description := customOrigin(d)
		t.key("CustomOrigin", description)
	}
	t.alarm("OstreeRemoteStatus", textOf(d, "remote-error"))
	base, _ := d.LookupType("base-commit-meta", "a{sv}")
	if source := textOf(base, "ostree.source-title"); source != "" {
		t.printf("  %s %s\n", t.branch(true), source)
	}
	t.version(d)
	t.commits(d)
	if t.o.Verbose && (dictFlag(d, "staged") || c.first) {
		t.key("Staged", yesNo(dictFlag(d, "staged")))
	}
	if t.o.Verbose || c.severalRoots {
		t.key("StateRoot", textOf(d, "osname"))
	}
	t.gpg(textKeyWidth, d)
	if c.update.IsValid() {
		t.updateDiff(textKeyWidth, c.update)
	} else if c.diff != nil {
		t.advisories(textKeyWidth, c.diff.advisories)
		t.packageDiff(textKeyWidth, c.diff.packages)
	}
	t.overrides(d)
	t.requests(d)
	t.initramfs(d)
	if dictFlag(d, "pinned") {
		t.key("Pinned", "yes")
	}
	if unlocked := textOf(d, "unlocked"); unlocked != "none" {
		t.alarm("Unlocked", unlocked)
	}
	t.alarm("EndOfLife", textOf(d, "endoflife"))
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// version writes the version and the time of the base.
func (t *statusText) version(d gvariant.Value) {
	time := dictNumber(d, "timestamp")
	if textOf(d, "base-checksum") != "" {
		time = dictNumber(d, "base-timestamp")
	}
	t.timestamp(textKeyWidth, textOf(d, "version"), time)
}

func (t *statusText) timestamp(width int, version string, time uint64) {
	if version == "" {
		t.kv(width, "Timestamp", utcTime(time))
		return
	}
	t.kv(width, "Version", version+" ("+utcTime(time)+")")
}

// commits writes the checksums, and with them the repositories that took part. Of a container image its digest is
// what people know.
func (t *statusText) commits(d gvariant.Value) {
	if !t.o.Verbose && textOf(d, "container-image-reference") != "" {
		return
	}
	base, _ := d.LookupType("base-commit-meta", "a{sv}")
	sum := textOf(d, "base-checksum")
	if sum == "" {
		t.key("Commit", textOf(d, "checksum"))
		t.repos(base, false)
		return
	}
	t.key("BaseCommit", sum)
	t.repos(base, false)
	if t.o.Verbose {
		t.key("Commit", textOf(d, "checksum"))
		layers, _ := d.LookupType("layered-commit-meta", "a{sv}")
		t.repos(layers, true)
	}
}

// repos writes the rpm-md repositories that a commit was made from. Composed commits have the numbers in network
// order, those made on the machine have not.
func (t *statusText) repos(md gvariant.Value, local bool) {
	if !t.o.Verbose || !md.IsValid() {
		return
	}
	list, ok := md.LookupType("rpmostree.rpmmd-repos", "aa{sv}")
	if !ok {
		return
	}
	for i := range list.Len() {
		repo := list.Child(i)
		v, ok := repo.LookupType("timestamp", "t")
		if !ok {
			continue
		}
		time := v.Uint64()
		if !local {
			time = v.Uint64BE()
		}
		t.printf("  %*s%s %s (%s)\n", textKeyWidth+2, " ", t.branch(i == list.Len()-1), textOf(repo, "id"), utcTime(time))
	}
}

// requests writes what is layered.
func (t *statusText) requests(d gvariant.Value) {
	active := dictTexts(d, "packages")
	if t.o.Verbose {
		t.words("InactiveRequests", dictTexts(d, "requested-packages"), active)
	}
	t.words("LayeredPackages", active, nil)
	t.words("LocalPackages", dictTexts(d, "requested-local-packages"), nil)
	t.words("LocalForcedPackages", dictTexts(d, "requested-local-fileoverride-packages"), nil)
}

func (t *statusText) initramfs(d gvariant.Value) {
	if dictFlag(d, "regenerate-initramfs") {
		value := "regenerate"
		if args := dictTexts(d, "initramfs-args"); len(args) > 0 {
			value = QuoteCommandLine(args)
		}
		t.key("Initramfs", value)
	}
	if dictFlag(d, "cliwrap") {
		t.key("Cliwrap", "enabled")
	}
	t.words("InitramfsEtc", dictTexts(d, "initramfs-etc"), nil)
}

// overrides writes what was changed in the base.
func (t *statusText) overrides(d gvariant.Value) {
	var removed []string
	var groups grouping
	if list, ok := d.LookupType("base-removals", "av"); ok {
		for c := range list.Children() {
			p := nevraTuple(c.Variant())
			removed = append(removed, p.name)
			groups.add(p.evr, p.name)
		}
	}
	t.key("RemovedBasePackages", groups.String())
	if t.o.Verbose {
		t.words("InactiveBaseRemovals", dictTexts(d, "requested-base-removals"), removed)
	}
	t.localOverrides(d)
	t.remoteOverrides(d)
}

func (t *statusText) localOverrides(d gvariant.Value) {
	list, ok := d.LookupType("base-local-replacements", "a(vv)")
	if !ok {
		return
	}
	var active []string
	var groups grouping
	for c := range list.Children() {
		now, old := nevraTuple(c.Child(0).Variant()), nevraTuple(c.Child(1).Variant())
		active = append(active, now.nevra)
		if now.name == old.name {
			groups.add(old.evr+" -> "+now.evr, now.name)
		} else {
			groups.add(old.nevra+" -> "+now.nevra, "")
		}
	}
	t.key("LocalOverrides", groups.String())
	if t.o.Verbose {
		t.words("InactiveLocalOverrides", dictTexts(d, "requested-base-local-replacements"), active)
	}
}

func (t *statusText) remoteOverrides(d gvariant.Value) {
	active := map[string][]string{} // names by source
	var lines []string
	if list, ok := d.LookupType("base-remote-replacements", "a{sv}"); ok {
		for source := range list.Children() {
			name := source.Child(0).Str()
			pairs := source.Child(1).Variant()
			if pairs.Type() != "a(vv)" {
				continue
			}
			lines = append(lines, name)
			for i := range pairs.Len() {
				now, old := nevraTuple(pairs.Child(i).Child(0).Variant()), nevraTuple(pairs.Child(i).Child(1).Variant())
				active[name] = append(active[name], now.name)
				lines = append(lines, t.branch(i == pairs.Len()-1)+" "+now.name+" "+old.evr+" -> "+now.evr)
			}
		}
	}
	t.kvs(textKeyWidth, "RemoteOverrides", lines)
	if t.o.Verbose {
		t.inactiveRemotes(d, active)
	}
}

func (t *statusText) inactiveRemotes(d gvariant.Value, active map[string][]string) {
	list, ok := d.LookupType("requested-base-remote-replacements", "a(sas)")
	if !ok {
		return
	}
	var lines []string
	for c := range list.Children() {
		var idle []string
		source := c.Child(0).Str()
		for _, name := range c.Child(1).Strings() {
			if !slices.Contains(active[source], name) {
				idle = append(idle, name)
			}
		}
		if len(idle) == 0 {
			continue
		}
		lines = append(lines, source)
		for i, name := range idle {
			lines = append(lines, t.branch(i == len(idle)-1)+" "+name)
		}
	}
	t.kvs(textKeyWidth, "InactiveRemoteOverrides", lines)
}

// tuple is a package in the form (sstsss) that metadata have.
type tuple struct{ nevra, name, evr string }

func nevraTuple(v gvariant.Value) tuple {
	if v.Type() != "(sstsss)" {
		return tuple{}
	}
	evr := v.Child(3).Str() + "-" + v.Child(4).Str()
	if epoch := v.Child(2); epoch.Uint64() != 0 {
		evr = strconv.FormatUint(epoch.Uint64(), 10) + ":" + evr
	}
	return tuple{v.Child(0).Str(), v.Child(1).Str(), evr}
}

// grouping joins the names that have a text in common: "a b TEXT, c TEXT".
type grouping struct {
	texts []string
	names map[string][]string
}

func (g *grouping) add(text, name string) {
	if g.names == nil {
		g.names = map[string][]string{}
	}
	if _, ok := g.names[text]; !ok {
		g.texts = append(g.texts, text)
	}
	g.names[text] = append(g.names[text], name)
}

// String returns the groups in the order of their first names.
func (g *grouping) String() string {
	var parts []string
	for _, text := range g.texts {
		parts = append(parts, strings.TrimSpace(strings.Join(g.names[text], " ")+" "+text))
	}
	return strings.Join(parts, ", ")
}
