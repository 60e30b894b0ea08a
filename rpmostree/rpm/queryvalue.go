package rpm

import (
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
)

// value is what a query sees under a tag: one of the three lists, or binary data.
type value struct {
	tag     Tag
	strings []string
	numbers []uint64
	binary  []byte
}

func (v *value) count() int {
	if v.binary != nil {
		return 1
	}
	return max(len(v.strings), len(v.numbers))
}

// value returns what a query shows of a tag, computed or not; nil if there is nothing. The C locale's text stands for a
// translated one.
func (h *Header) value(t Tag) *value {
	if r := t.row(); r != nil {
		if v, computed := h.computed(t); computed {
			if v == nil || v.count() == 0 {
				return nil
			}
			v.tag = t
			return v
		}
	}
	v := h.raw(t)
	if i, _ := h.Info(t); i.Type == TypeI18N {
		v.strings = v.strings[:1]
	}
	return v
}

// raw returns what the header has, a translated text in all languages.
func (h *Header) raw(t Tag) *value {
	e, ok := h.find(t)
	if !ok {
		return nil
	}
	v := &value{tag: t}
	switch e.typ.class() {
	case classString:
		v.strings = h.Strings(t)
	case classNumber:
		v.numbers = h.Uint64s(t)
	default:
		v.binary = h.bytesOf(e)
	}
	return v
}

func stringValue(list ...string) *value    { return &value{strings: list} }
func numberValue(numbers ...uint64) *value { return &value{numbers: numbers} }

// computed returns the value of a tag that queries derive from others, and whether the tag is one of those.
func (h *Header) computed(t Tag) (*value, bool) {
	n := h.NEVRA
	switch t {
	case TagFilenames, TagOrigFilenames:
		paths, err := h.Paths()
		if err != nil {
			return nil, true
		}
		return stringValue(paths...), true
	case TagEVR:
		return stringValue(n().EVR().String()), true
	case TagNVR:
		return stringValue(n().Name + "-" + n().Version + "-" + n().Release), true
	case TagNEVR:
		return stringValue(n().Name + "-" + n().EVR().String()), true
	case TagNEVRA:
		return stringValue(n().String()), true
	case TagNVRA:
		v := n()
		v.Epoch = ""
		return stringValue(v.String()), true
	case TagArchSuffix:
		arch := n().Arch
		if h.IsSource() {
			arch = "src"
			if h.Has(TagNoSource) || h.Has(TagNoPatch) {
				arch = "nosrc"
			}
		}
		return stringValue("." + arch), true
	case TagEpochNum:
		return numberValue(uint64(h.Uint32(TagEpoch))), true
	case TagDBInstance:
		return numberValue(0), true
	case TagLongSize:
		return h.either(TagLongSize, TagSize), true
	case TagLongFileSizes:
		return h.either(TagLongFileSizes, TagFileSizes), true
	case TagLongArchiveSize:
		return h.either(TagLongArchiveSize, TagArchiveSize), true
	case TagLongSigSize:
		return h.either(TagLongSigSize, TagSigSize), true
	case TagFileNLinks:
		return h.linkCounts(), true
	case TagFileClass:
		return h.fileClasses(), true
	case TagHeaderColor:
		return h.color(), true
	case TagTriggerConds:
		return triggerConditions(h.Triggers()), true
	case TagFileTriggerConds:
		return triggerConditions(h.FileTriggers()), true
	case TagTransFileTriggerConds:
		return triggerConditions(h.TransFileTriggers()), true
	case TagTriggerType:
		return triggerTypes(h.Triggers()), true
	case TagFileTriggerType:
		return triggerTypes(h.FileTriggers()), true
	case TagTransFileTriggerType:
		return triggerTypes(h.TransFileTriggers()), true
	}
	for kind, tag := range nevrsTags {
		if tag == t {
			return h.depTexts(DepKind(kind)), true
		}
	}
	return nil, false
}

// nevrsTags are the tags of whole dependencies by their kind.
var nevrsTags = [...]Tag{
	Provides: TagProvideNEVRs, Requires: TagRequireNEVRs, Conflicts: TagConflictNEVRs, Obsoletes: TagObsoleteNEVRs,
	Recommends: TagRecommendNEVRs, Suggests: TagSuggestNEVRs, Supplements: TagSupplementNEVRs, Enhances: TagEnhanceNEVRs,
}

func (h *Header) depTexts(kind DepKind) *value {
	v := &value{}
	for _, d := range h.Deps(kind) {
		v.strings = append(v.strings, d.String())
	}
	return v
}

// either returns the numbers of the first tag that there is.
func (h *Header) either(tags ...Tag) *value {
	for _, t := range tags {
		if h.Has(t) {
			return numberValue(h.Uint64s(t)...)
		}
	}
	return nil
}

func (h *Header) linkCounts() *value {
	files, err := h.Files()
	if err != nil {
		return nil
	}
	v := &value{numbers: make([]uint64, len(files))}
	for i := range v.numbers {
		v.numbers[i] = 1
	}
	for _, set := range HardLinks(files) {
		for _, i := range set {
			v.numbers[i] = uint64(len(set))
		}
	}
	return v
}

// fileClasses are the descriptions that file(1) gave of the files, and rpm's own of what is no regular file.
func (h *Header) fileClasses() *value {
	files, err := h.Files()
	if err != nil {
		return nil
	}
	dict, index := h.Strings(TagClassDict), h.Uint32s(TagFileClass)
	v := &value{}
	for i := range files {
		class := ""
		if i < len(index) && uint64(index[i]) < uint64(len(dict)) {
			class = dict[index[i]]
		}
		if class == "" {
			class = kindName(&files[i])
		}
		v.strings = append(v.strings, class)
	}
	return v
}

func kindName(f *File) string {
	switch f.Mode & ModeType {
	case ModeBlockDev:
		return "block special"
	case ModeCharDev:
		return "character special"
	case ModeDir:
		return "directory"
	case ModeFIFO:
		return "fifo (named pipe)"
	case ModeSocket:
		return "socket"
	case ModeSymlink:
		return "symbolic link to `" + f.LinkTo + "'"
	}
	return ""
}

func (h *Header) color() *value {
	var color uint64
	for _, c := range h.Uint64s(TagFileColors) {
		color |= c
	}
	return numberValue(color & 0x0f)
}

func triggerConditions(triggers []Trigger) *value {
	v := &value{}
	for i := range triggers {
		var words []string
		for _, c := range triggers[i].Conditions {
			words = append(words, evr.Dep{Name: c.Name, Flags: c.Flags & evr.SenseMask, Version: c.Version}.String())
		}
		v.strings = append(v.strings, strings.Join(words, ", "))
	}
	return v
}

func triggerTypes(triggers []Trigger) *value {
	v := &value{}
	for i := range triggers {
		kind := ""
		if c := triggers[i].Conditions; len(c) > 0 {
			kind = triggerType(c[0].Flags)
		}
		v.strings = append(v.strings, kind)
	}
	return v
}

func triggerType(f evr.Flags) string {
	switch {
	case f&evr.TriggerPreIn != 0:
		return "prein"
	case f&evr.TriggerIn != 0:
		return "in"
	case f&evr.TriggerUn != 0:
		return "un"
	case f&evr.TriggerPostUn != 0:
		return "postun"
	}
	return ""
}
