package rpmdb

import (
	"slices"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
)

// index is a table from the values of a tag to packages.
type index struct {
	name  string
	tag   rpm.Tag
	rule  rule
	blob  bool // keys are binary: no SQL index on them
	array bool // a package has many: there is an SQL index on its number
}

// rule says which values of a tag become rows.
type rule int

const (
	everyString rule = iota
	group
	requires
	richDeps
	trigger
	fileTrigger
	number
	bytesKey
)

// indexes are the tables in the order in which rpm creates them.
var indexes = []index{
	{"Name", rpm.TagName, everyString, false, false},
	{"Basenames", rpm.TagBasenames, everyString, false, true},
	{"Group", rpm.TagGroup, group, false, false},
	{"Requirename", rpm.TagRequireName, requires, false, true},
	{"Providename", rpm.TagProvideName, everyString, false, true},
	{"Conflictname", rpm.TagConflictName, richDeps, false, true},
	{"Obsoletename", rpm.TagObsoleteName, everyString, false, true},
	{"Triggername", rpm.TagTriggerName, trigger, false, true},
	{"Dirnames", rpm.TagDirnames, everyString, false, true},
	{"Installtid", rpm.TagInstallTID, number, true, false},
	{"Sigmd5", rpm.TagSigMD5, bytesKey, true, false},
	{"Sha1header", rpm.TagSHA1Header, everyString, false, false},
	{"Filetriggername", rpm.TagFileTriggerName, fileTrigger, false, true},
	{"Transfiletriggername", rpm.TagTransFileTriggerName, fileTrigger, false, true},
	{"Recommendname", rpm.TagRecommendName, richDeps, false, true},
	{"Suggestname", rpm.TagSuggestName, richDeps, false, true},
	{"Supplementname", rpm.TagSupplementName, richDeps, false, true},
	{"Enhancename", rpm.TagEnhanceName, richDeps, false, true},
}

// indexRow is a row without the number of the package. The key shares the
// header's memory.
type indexRow struct {
	key string
	idx uint32
}

// rows appends the rows of a package, in the order in which rpm inserts them.
func (x *index) rows(dst []indexRow, h *rpm.Header) []indexRow {
	switch x.rule {
	case number:
		for i, v := range h.Uint32s(x.tag) {
			// In the byte order of the machine: little endian wherever rpm
			// with this backend is in use.
			dst = append(dst, indexRow{string([]byte{byte(v), byte(v >> 8), byte(v >> 16), byte(v >> 24)}), uint32(i)})
		}
		return dst
	case bytesKey:
		if b := h.Bytes(x.tag); len(b) > 0 {
			dst = append(dst, indexRow{string(b), 0})
		}
		return dst
	case group:
		names := h.Strings(x.tag)
		if len(names) == 0 {
			return append(dst, indexRow{"Unknown", 0})
		}
		return append(dst, indexRow{names[0], 0})
	}
	names := h.Strings(x.tag)
	dst = slices.Grow(dst, len(names))
	switch x.rule {
	case requires:
		flags := h.Uint32s(rpm.TagRequireFlags)
		for i, s := range names {
			if i >= len(flags) || !transient(evr.Flags(flags[i])) {
				dst = append(dst, indexRow{s, uint32(i)})
				dst = richNames(dst, s, i)
			}
		}
	case richDeps:
		for i, s := range names {
			dst = append(dst, indexRow{s, uint32(i)})
			dst = richNames(dst, s, i)
		}
	case trigger:
		seen := make(map[string]bool, len(names))
		for i, s := range names {
			if !seen[s] {
				seen[s] = true
				dst = append(dst, indexRow{s, uint32(i)})
			}
		}
	case fileTrigger:
		numbers := h.Uint32s(triggerNumbers(x.tag))
		for i, s := range names {
			if i < len(numbers) {
				i = int(numbers[i])
			}
			dst = append(dst, indexRow{s, uint32(i)})
		}
	default:
		for i, s := range names {
			dst = append(dst, indexRow{s, uint32(i)})
		}
	}
	return dst
}

func triggerNumbers(name rpm.Tag) rpm.Tag {
	if name == rpm.TagFileTriggerName {
		return rpm.TagFileTriggerIndex
	}
	return rpm.TagTransFileTriggerIndex
}

// transient tells whether a requirement only matters during the installation
// of the package, and not afterwards or for its removal.
func transient(f evr.Flags) bool {
	const install = evr.ScriptPre | evr.ScriptPost | evr.RPMLib | evr.Keyring | evr.PreTrans | evr.PostTrans
	const erase = evr.ScriptPreUn | evr.ScriptPostUn | evr.PreUnTrans | evr.PostUnTrans
	return f&install != 0 && f&erase == 0 && f&evr.Meta == 0
}

// richNames appends rows for the names in a boolean dependency; what follows it does
// not matter. One that cannot be parsed has no further rows.
func richNames(dst []indexRow, s string, i int) []indexRow {
	if s == "" || s[0] != '(' {
		return dst
	}
	r, _, err := evr.CutRich(s)
	if err != nil {
		return dst
	}
	for _, n := range r.Names() {
		dst = append(dst, indexRow{n, uint32(i)})
	}
	return dst
}
