package rpmtest

import (
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
)

// depTags are the tags of the kinds of dependencies.
var depTags = [...]struct{ names, flags, versions rpm.Tag }{
	rpm.Provides:    {rpm.TagProvideName, rpm.TagProvideFlags, rpm.TagProvideVersion},
	rpm.Requires:    {rpm.TagRequireName, rpm.TagRequireFlags, rpm.TagRequireVersion},
	rpm.Conflicts:   {rpm.TagConflictName, rpm.TagConflictFlags, rpm.TagConflictVersion},
	rpm.Obsoletes:   {rpm.TagObsoleteName, rpm.TagObsoleteFlags, rpm.TagObsoleteVersion},
	rpm.Recommends:  {rpm.TagRecommendName, rpm.TagRecommendFlags, rpm.TagRecommendVersion},
	rpm.Suggests:    {rpm.TagSuggestName, rpm.TagSuggestFlags, rpm.TagSuggestVersion},
	rpm.Supplements: {rpm.TagSupplementName, rpm.TagSupplementFlags, rpm.TagSupplementVersion},
	rpm.Enhances:    {rpm.TagEnhanceName, rpm.TagEnhanceFlags, rpm.TagEnhanceVersion},
	rpm.Order:       {rpm.TagOrderName, rpm.TagOrderFlags, rpm.TagOrderVersion},
}

func (s *Spec) setDeps(b *rpm.HeaderBuilder) error {
	for kind, texts := range [...][]string{
		rpm.Provides: s.Provides, rpm.Requires: s.Requires, rpm.Conflicts: s.Conflicts, rpm.Obsoletes: s.Obsoletes,
		rpm.Recommends: s.Recommends, rpm.Suggests: s.Suggests, rpm.Supplements: s.Supplements,
		rpm.Enhances: s.Enhances, rpm.Order: s.Order,
	} {
		kind := rpm.DepKind(kind)
		deps, err := parseDeps(nil, texts, 0)
		if err != nil {
			return err
		}
		if kind == rpm.Requires {
			if deps, err = parseDeps(deps, s.RequiresPre, evr.ScriptPre); err != nil {
				return err
			}
			if deps, err = parseDeps(deps, s.RequiresPost, evr.ScriptPost); err != nil {
				return err
			}
		}
		if !s.Bare {
			deps = append(deps, s.added(kind)...)
		}
		setDepArrays(b, kind, append(deps, s.Deps[kind]...))
	}
	return nil
}

func parseDeps(deps []evr.Dep, texts []string, flags evr.Flags) ([]evr.Dep, error) {
	for _, t := range texts {
		d, err := evr.ParseDep(t)
		if err != nil {
			return nil, err
		}
		d.Flags |= flags
		deps = append(deps, d)
	}
	return deps, nil
}

func setDepArrays(b *rpm.HeaderBuilder, kind rpm.DepKind, deps []evr.Dep) {
	names, versions, flags := make([]string, len(deps)), make([]string, len(deps)), make([]uint32, len(deps))
	for i, d := range deps {
		names[i], versions[i], flags[i] = d.Name, d.Version, uint32(d.Flags)
	}
	t := depTags[kind]
	b.SetStrings(t.names, names...)
	b.SetStrings(t.versions, versions...)
	b.SetUint32s(t.flags, flags...)
}

// added are the dependencies that rpmbuild adds.
func (s *Spec) added(kind rpm.DepKind) []evr.Dep {
	switch {
	case kind == rpm.Provides && !s.Source:
		return s.addedProvides()
	case kind == rpm.Requires:
		return s.addedRequires()
	}
	return nil
}

func (s *Spec) evr() string {
	return evr.EVR{Epoch: s.Epoch, Version: s.Version, Release: s.Release}.String()
}

func (s *Spec) hasConfig() bool {
	for i := range s.Files {
		if s.Files[i].Flags&rpm.FileConfig != 0 {
			return true
		}
	}
	return false
}

func (s *Spec) addedProvides() []evr.Dep {
	list := []evr.Dep{{Name: s.Name, Flags: evr.Equal, Version: s.evr()}}
	if s.hasConfig() {
		list = append(list, evr.Dep{Name: "config(" + s.Name + ")", Flags: evr.Equal | evr.Config, Version: s.evr()})
	}
	if s.Arch != "noarch" {
		isa := strings.ReplaceAll(s.Arch, "_", "-")
		if strings.HasPrefix(s.Arch, "i") && strings.HasSuffix(s.Arch, "86") {
			isa = "x86-32"
		}
		list = append(list, evr.Dep{Name: fmt.Sprintf("%s(%s)", s.Name, isa), Flags: evr.Equal, Version: s.evr()})
	}
	return list
}

// scriptContexts are the flags of requirements for a scriptlet's interpreter.
var scriptContexts = map[rpm.ScriptKind]evr.Flags{
	rpm.ScriptPreTrans: evr.PreTrans, rpm.ScriptPre: evr.ScriptPre, rpm.ScriptPost: evr.ScriptPost,
	rpm.ScriptPreUn: evr.ScriptPreUn, rpm.ScriptPostUn: evr.ScriptPostUn, rpm.ScriptPostTrans: evr.PostTrans,
	rpm.ScriptVerify: evr.ScriptVerify, rpm.ScriptPreUnTrans: evr.PreUnTrans, rpm.ScriptPostUnTrans: evr.PostUnTrans,
}

func (s *Spec) addedRequires() []evr.Dep {
	var list []evr.Dep
	if s.hasConfig() {
		list = append(list, evr.Dep{Name: "config(" + s.Name + ")", Flags: evr.Equal | evr.Config, Version: s.evr()})
	}
	interpreter := func(prog []string, context evr.Flags) {
		name := "/bin/sh"
		if len(prog) > 0 {
			name = prog[0]
		}
		if strings.HasPrefix(name, "/") {
			list = append(list, evr.Dep{Name: name, Flags: evr.Interp | context})
		}
	}
	for kind := rpm.ScriptPreTrans; kind <= rpm.ScriptPostUnTrans; kind++ {
		if script, ok := s.Scripts[kind]; ok {
			interpreter(script.Prog, scriptContexts[kind])
		}
	}
	for _, triggers := range [...][]rpm.Trigger{s.Triggers, s.FileTriggers, s.TransFileTriggers} {
		for i := range triggers {
			interpreter(triggers[i].Prog, 0)
		}
	}
	return append(list, s.features()...)
}

// features are the requirements on rpm itself.
func (s *Spec) features() []evr.Dep {
	need := func(name, version string) evr.Dep {
		return evr.Dep{Name: "rpmlib(" + name + ")", Flags: evr.RPMLib | evr.Less | evr.Equal, Version: version}
	}
	list := []evr.Dep{need("CompressedFileNames", "3.0.4-1"), need("FileDigests", "4.6.0-1")}
	if !s.Stripped {
		list = append(list, need("PayloadFilesHavePrefix", "4.0-1"))
	} else if !s.V6 {
		list = append(list, need("LargeFiles", "4.12.0-1"))
	}
	switch s.Compressor {
	case "xz":
		list = append(list, need("PayloadIsXz", "5.2-1"))
	case "zstd":
		list = append(list, need("PayloadIsZstd", "5.4.18-1"))
	case "lzma":
		list = append(list, need("PayloadIsLzma", "4.4.2-1"))
	}
	for i := range s.Files {
		if s.Files[i].Caps != "" {
			list = append(list, need("FileCaps", "4.6.1-1"))
			break
		}
	}
	return list
}

func (s *Spec) setScripts(b *rpm.HeaderBuilder) {
	tags := map[rpm.ScriptKind]struct{ body, prog, flags rpm.Tag }{
		rpm.ScriptPreTrans:    {rpm.TagPreTrans, rpm.TagPreTransProg, rpm.TagPreTransFlags},
		rpm.ScriptPre:         {rpm.TagPreIn, rpm.TagPreInProg, rpm.TagPreInFlags},
		rpm.ScriptPost:        {rpm.TagPostIn, rpm.TagPostInProg, rpm.TagPostInFlags},
		rpm.ScriptPreUn:       {rpm.TagPreUn, rpm.TagPreUnProg, rpm.TagPreUnFlags},
		rpm.ScriptPostUn:      {rpm.TagPostUn, rpm.TagPostUnProg, rpm.TagPostUnFlags},
		rpm.ScriptPostTrans:   {rpm.TagPostTrans, rpm.TagPostTransProg, rpm.TagPostTransFlags},
		rpm.ScriptVerify:      {rpm.TagVerifyScript, rpm.TagVerifyScriptProg, rpm.TagVerifyScriptFlags},
		rpm.ScriptPreUnTrans:  {rpm.TagPreUnTrans, rpm.TagPreUnTransProg, rpm.TagPreUnTransFlags},
		rpm.ScriptPostUnTrans: {rpm.TagPostUnTrans, rpm.TagPostUnTransProg, rpm.TagPostUnTransFlags},
	}
	for kind, script := range s.Scripts {
		t := tags[kind]
		if script.Body != "" || script.HasBody {
			b.SetString(t.body, script.Body)
		}
		switch len(script.Prog) {
		case 0:
			b.SetString(t.prog, "/bin/sh")
		case 1:
			b.SetString(t.prog, script.Prog[0])
		default:
			b.SetStrings(t.prog, script.Prog...)
		}
		if script.Flags != 0 {
			b.SetUint32s(t.flags, script.Flags)
		}
	}
	setTriggers(b, s.Triggers, [...]rpm.Tag{rpm.TagTriggerScripts, rpm.TagTriggerScriptProg, rpm.TagTriggerScriptFlags,
		rpm.TagTriggerName, rpm.TagTriggerVersion, rpm.TagTriggerFlags, rpm.TagTriggerIndex, 0})
	setTriggers(b, s.FileTriggers, [...]rpm.Tag{rpm.TagFileTriggerScripts, rpm.TagFileTriggerScriptProg, rpm.TagFileTriggerScriptFlags,
		rpm.TagFileTriggerName, rpm.TagFileTriggerVersion, rpm.TagFileTriggerFlags, rpm.TagFileTriggerIndex, rpm.TagFileTriggerPriorities})
	setTriggers(b, s.TransFileTriggers, [...]rpm.Tag{rpm.TagTransFileTriggerScripts, rpm.TagTransFileTriggerScriptProg,
		rpm.TagTransFileTriggerScriptFlags, rpm.TagTransFileTriggerName, rpm.TagTransFileTriggerVersion,
		rpm.TagTransFileTriggerFlags, rpm.TagTransFileTriggerIndex, rpm.TagTransFileTriggerPriorities})
}

// setTriggers writes triggers. The tags are those of bodies, programs, their flags, names, versions, flags, indexes and
// priorities.
func setTriggers(b *rpm.HeaderBuilder, triggers []rpm.Trigger, tags [8]rpm.Tag) {
	var bodies, progs, names, versions []string
	var scriptFlags, flags, index, priorities []uint32
	anyFlags := false
	for i := range triggers {
		t := &triggers[i]
		bodies = append(bodies, t.Body)
		prog := "/bin/sh"
		if len(t.Prog) > 0 {
			prog = t.Prog[0]
		}
		progs = append(progs, prog)
		scriptFlags = append(scriptFlags, t.Flags)
		anyFlags = anyFlags || t.Flags != 0
		priority := t.Priority
		if priority == 0 {
			priority = rpm.DefaultTriggerPriority
		}
		priorities = append(priorities, priority)
		for _, c := range t.Conditions {
			names, versions = append(names, c.Name), append(versions, c.Version)
			flags, index = append(flags, uint32(c.Flags)), append(index, uint32(i))
		}
	}
	b.SetStrings(tags[0], bodies...)
	b.SetStrings(tags[1], progs...)
	if anyFlags {
		b.SetUint32s(tags[2], scriptFlags...)
	}
	b.SetStrings(tags[3], names...)
	b.SetStrings(tags[4], versions...)
	b.SetUint32s(tags[5], flags...)
	b.SetUint32s(tags[6], index...)
	if tags[7] != 0 {
		b.SetUint32s(tags[7], priorities...)
	}
}
